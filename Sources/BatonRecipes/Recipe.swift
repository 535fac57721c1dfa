// What a recipe says, as typed values.

package import BatonCore

/// A recipe: parameters, and steps that run in order.
package struct Recipe: Sendable {
    package var name: String
    /// One line for lists; empty if the recipe has none.
    package var summary: String
    /// What is true when the recipe is done.
    package var outcome: Template?
    /// In the order of the file; a default can use what stands above it.
    package var parameters: [Parameter]
    package var limits: RunLimits
    package var steps: [StepSpec]
    package var source: SourceFile

    package func parameter(_ name: String) -> Parameter? { parameters.first { $0.name == name } }
}

/// Limits of a whole run; nil where the recipe sets none.
package struct RunLimits: Hashable, Sendable {
    package var steps: Int?
    /// Tokens of all model calls, input and output.
    package var tokens: Int?
    /// Model calls.
    package var calls: Int?
    package var time: Duration?

    package init(steps: Int? = nil, tokens: Int? = nil, calls: Int? = nil, time: Duration? = nil) {
        self.steps = steps
        self.tokens = tokens
        self.calls = calls
        self.time = time
    }
}

/// Limits of one step; nil where the recipe sets none.
package struct StepLimits: Hashable, Sendable {
    package var time: Duration?
    package var tokens: Int?
    package var calls: Int?

    package init(time: Duration? = nil, tokens: Int? = nil, calls: Int? = nil) {
        self.time = time
        self.tokens = tokens
        self.calls = calls
    }
}

/// Something that the user gives to a recipe.
package struct Parameter: Hashable, Sendable {
    package var name: String
    package var type: ParameterType
    /// How to ask a person for it.
    package var ask: String?
    /// Nil if a value must be given.
    package var defaultValue: DefaultValue?
    /// Where the name stands in the recipe.
    package var span: SourceSpan

    package enum DefaultValue: Hashable, Sendable {
        case value(JSONValue)
        /// Text over the parameters above this one, read like a value that the user typed.
        case template(Template)
    }
}

/// What values a parameter can have.
package enum ParameterType: Hashable, Sendable {
    /// - Parameter pattern: A regular expression that the whole text must match.
    case string(pattern: String?)
    case integer(minimum: Int?, maximum: Int?)
    case number(minimum: Double?, maximum: Double?)
    case boolean
    /// One of these, at least one.
    case choice([String])
    /// A path inside the working directory.
    case path

    /// The name in a recipe.
    package var name: String {
        switch self {
        case .string: "string"
        case .integer: "integer"
        case .number: "number"
        case .boolean: "boolean"
        case .choice: "choice"
        case .path: "path"
        }
    }

    static let names = ["string", "integer", "number", "boolean", "choice", "path"]
}

/// One step, before its templates are filled in.
package struct StepSpec: Sendable {
    /// Unique in the recipe.
    package var id: String
    package var form: Form
    /// Ids of steps above this one whose results the step is given.
    package var context: [String]
    /// Patterns of the paths that the step may read; empty: all.
    package var reads: [Template]
    /// Patterns of the paths that the step may change; empty: none.
    package var writes: [Template]
    package var success: [SuccessSpec]
    package var conflict: ConflictRule
    /// Whether the step may use the machine's network.
    package var network: Bool
    package var limits: StepLimits
    /// Where the step begins in the recipe.
    package var span: SourceSpan

    package enum Form: Sendable {
        case role(RoleSpec)
        /// A line for `sh -c`.
        case run(Template)
    }
}

/// What a step with a role says beyond what every step says.
package struct RoleSpec: Sendable {
    package var role: String
    package var goal: Template
    /// The members of `settings`.
    package var settings: SettingSpec
    /// The model to use; nil: the default one.
    package var model: Template?
}

/// A JSON value in which texts are templates.
package indirect enum SettingSpec: Sendable {
    case value(JSONValue)
    case text(Template)
    case list([SettingSpec])
    case mapping([String: SettingSpec])
}

/// A check that must pass before the work of a step counts.
package enum SuccessSpec: Sendable {
    /// The file exists.
    case file(Template)
    /// The shell line ends with status 0.
    case command(Template, timeout: Duration?)
}
