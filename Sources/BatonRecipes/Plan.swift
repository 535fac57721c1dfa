// A recipe with all its parameters filled in: what the engine runs.

package import BatonCore

/// A recipe with all its parameters filled in.
package struct Plan: Hashable, Sendable {
    /// The recipe's name.
    package var recipe: String
    package var outcome: String?
    /// The values of all parameters, defaults included.
    package var parameters: [String: JSONValue]
    package var limits: RunLimits
    /// In the order in which they run.
    package var steps: [PlannedStep]

    package init(
        recipe: String,
        outcome: String? = nil,
        parameters: [String: JSONValue] = [:],
        limits: RunLimits = RunLimits(),
        steps: [PlannedStep]
    ) {
        self.recipe = recipe
        self.outcome = outcome
        self.parameters = parameters
        self.limits = limits
        self.steps = steps
    }
}

/// One step of a ``Plan``.
package struct PlannedStep: Hashable, Sendable {
    /// Unique in the plan.
    package var id: String
    package var form: Form
    /// What the role should do; empty for a command.
    package var goal: String
    /// Ids of earlier steps whose results the step is given.
    package var context: [String]
    /// Patterns (``Glob``) of the paths that the step may read; empty: all.
    package var reads: [String]
    /// Patterns (``Glob``) of the paths that the step may change; empty: none.
    ///
    /// They can cover `.git`, which no step may change.
    package var writes: [String]
    /// An object; empty for a command.
    package var settings: JSONValue
    /// The model to use; nil: the default one.
    package var model: String?
    package var success: [SuccessCheck]
    /// What happens where its changes overlap those that others made meanwhile.
    package var conflict: ConflictRule
    /// Whether the step may use the machine's network.
    package var network: Bool
    package var limits: StepLimits

    package enum Form: Hashable, Sendable {
        /// The name of a role.
        case role(String)
        /// A line for `sh -c`.
        case command(String)
    }

    package init(
        id: String,
        form: Form,
        goal: String = "",
        context: [String] = [],
        reads: [String] = [],
        writes: [String] = [],
        settings: JSONValue = [:],
        model: String? = nil,
        success: [SuccessCheck] = [],
        conflict: ConflictRule = .fail,
        network: Bool = false,
        limits: StepLimits = StepLimits()
    ) {
        self.id = id
        self.form = form
        self.goal = goal
        self.context = context
        self.reads = reads
        self.writes = writes
        self.settings = settings
        self.model = model
        self.success = success
        self.conflict = conflict
        self.network = network
        self.limits = limits
    }
}

/// A check that must pass before the work of a step counts.
package enum SuccessCheck: Hashable, Sendable {
    /// The file at this path, relative to the working directory, exists.
    case file(String)
    /// The shell line ends with status 0.
    case command(String, timeout: Duration?)
}

/// What templates can use besides parameters.
package struct BindingContext: Hashable, Sendable {
    /// `run.id`.
    package var runID: String
    /// `today`, as `2026-01-31`.
    package var today: String

    package init(runID: String, today: String) {
        self.runID = runID
        self.today = today
    }
}
