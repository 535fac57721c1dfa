// The names that a template may use.

/// The names that a template may use, at its place in the recipe.
struct TemplateScope {
    /// Parameters whose values are known here.
    var parameters: [Parameter] = []
    /// Names of parameters that stand further down.
    var later: Set<String> = []

    /// What every template may use.
    static let builtIn = ["recipe.name", "run.id", "today"]

    var names: [String] { parameters.map(\.name) + Self.builtIn }

    /// Names of parameters whose values can hold characters with a meaning for the shell.
    var foreignTexts: Set<String> {
        Set(parameters.filter(\.type.isForeignText).map(\.name))
    }

    /// What is wrong with `use`; nil if nothing.
    func fault(in use: ParsedTemplate.Use) -> TemplateFault? {
        if names.contains(use.name) { return nil }
        let root = use.name.prefix { $0 != "." }
        if root != use.name, parameters.contains(where: { $0.name == root }) {
            return TemplateFault(
                problem: .unknownVariable,
                message: "'\(root)' has no parts; '\(use.name)' means nothing",
                range: use.range
            )
        }
        if later.contains(use.name) {
            return TemplateFault(
                problem: .unknownVariable,
                message: "a default can use only parameters above it; '\(use.name)' is not above",
                range: use.range,
                hints: ["Move '\(use.name)' up."]
            )
        }
        return TemplateFault(
            problem: .unknownVariable,
            message: "unknown variable '\(use.name)'",
            range: use.range,
            hints: nameHints(use.name, among: names, calling: "variables here")
        )
    }
}

extension ParameterType {
    /// Whether a value is any text that the user likes.
    var isForeignText: Bool {
        switch self {
        case .string, .path: true
        case .integer, .number, .boolean, .choice: false
        }
    }
}
