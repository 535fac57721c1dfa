// Reads a recipe file into typed values.

package import BatonCore

extension Recipe {
    /// Reads a recipe and finds everything that is wrong with it.
    ///
    /// - Parameters:
    ///   - file: Its text, and the name under which messages show it.
    ///   - roles: The installed roles; nil if they are not known, so that role names are not checked.
    /// - Returns: The recipe, unless a diagnostic is an error; and all diagnostics in the order of the file.
    package static func load(_ file: SourceFile, roles: RoleDirectory?) -> (Recipe?, [Diagnostic]) {
        let problems = Problems()
        let context = ReadingContext(source: SourceText(file), problems: problems, roles: roles)
        let item = YAMLDocument.read(context.source, problems)
        if let item, var reader = ObjectReader(item, name: "the recipe", context) {
            let recipe = reader.recipe()
            return (problems.hasErrors ? nil : recipe, problems.sorted)
        }
        if item == nil, !problems.hasErrors {
            let span = SourceSpan(line: 1, column: 1, length: 0)
            problems.add(.missingKey, "the file is empty; a recipe has at least 'recipe' and 'steps'", at: span)
        }
        return (nil, problems.sorted)
    }
}

extension ObjectReader {
    fileprivate mutating func recipe() -> Recipe? {
        let name = require("recipe", hint: "Begin with the recipe's name: 'recipe: blog-post'.").flatMap(recipeName)
        let summary = text("summary").map { $0.split(whereSeparator: \.isWhitespace).joined(separator: " ") }
        let parameters = take("parameters").map { ParameterReader(context: context).parameters($0) } ?? []
        let scope = TemplateScope(parameters: parameters)
        let outcome = take("outcome").flatMap { context.template($0, key: "outcome", scope) }
        let limits = runLimits()
        let steps =
            require("steps", hint: "Add a list of steps; each has a 'role' or a 'run'.")
            .map { StepsReader(context: context, scope: scope).steps($0) } ?? []
        if let limit = limits.steps, limit < steps.count, let entry = entry("limits") {
            let message = "'steps' is \(limit), but the recipe has \(steps.count) steps"
            let item = entry.value.value(of: "steps") ?? entry.value
            context.problems.add(.outOfRange, message, at: context.span(of: item))
        }
        finish()
        return name.map {
            Recipe(
                name: $0,
                summary: summary ?? "",
                outcome: outcome,
                parameters: parameters,
                limits: limits,
                steps: steps,
                source: context.source.file
            )
        }
    }

    private func recipeName(_ item: YAMLItem) -> String? {
        guard let text = text(of: item, key: "recipe") else { return nil }
        guard NameRule.isName(text) else {
            let hints = ["A name has small letters, digits and '-', and begins with a letter, such as 'blog-post'."]
            context.problems.add(
                .invalidName, "'\(text)' cannot name a recipe", at: context.span(of: item), hints: hints)
            return nil
        }
        return text
    }

    private mutating func runLimits() -> RunLimits {
        guard let item = take("limits"), var reader = ObjectReader(item, name: "'limits'", context) else {
            return RunLimits()
        }
        let limits = RunLimits(
            steps: reader.integer("steps", in: 1...Int.max),
            tokens: reader.integer("tokens", in: 1...Int.max),
            calls: reader.integer("calls", in: 1...Int.max),
            time: reader.duration("time")
        )
        reader.refuse(["cost"], hints: ["Limit 'tokens' or 'calls' instead."])
        reader.finish()
        return limits
    }
}

extension YAMLItem {
    /// The value of `key` in a mapping.
    func value(of key: String) -> YAMLItem? {
        guard case .mapping(let entries) = content else { return nil }
        return entries.first { $0.key.text == key }?.value
    }
}
