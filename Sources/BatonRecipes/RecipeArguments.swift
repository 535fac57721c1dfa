// Values that a user gives to a recipe.

package import BatonCore

extension Recipe {
    /// Reads `key=value` words; a value may hold `=` again, or be empty.
    package static func arguments(from words: [String]) -> ([String: String], [Diagnostic]) {
        let problems = Problems()
        var arguments: [String: String] = [:]
        for word in words {
            guard let sign = word.firstIndex(of: "="), sign != word.startIndex else {
                let hints = ["Write it as NAME=VALUE; put a value with spaces in quotes."]
                problems.add(.invalidArgument, "'\(word)' is not a parameter and its value", at: nil, hints: hints)
                continue
            }
            let name = String(word[..<sign])
            if arguments[name] != nil {
                problems.add(.invalidArgument, "parameter '\(name)' is given twice", at: nil)
            }
            arguments[name] = String(word[word.index(after: sign)...])
        }
        return (arguments, problems.sorted)
    }

    /// The parameters that `arguments` must still give a value for.
    package func missingParameters(in arguments: [String: String]) -> [Parameter] {
        parameters.filter { $0.defaultValue == nil && arguments[$0.name] == nil }
    }

    /// The values of all parameters; nil if one is missing or wrong, which was reported then.
    func values(_ arguments: [String: String], _ context: BindingContext, _ problems: Problems) -> [String: JSONValue]?
    {
        reportUnknown(arguments, problems)
        reportMissing(arguments, problems)
        var values: [String: JSONValue] = [:]
        for parameter in parameters {
            if let text = arguments[parameter.name] {
                values[parameter.name] = parameter.value(text, problems)
            } else if !problems.hasErrors {
                values[parameter.name] = defaultValue(of: parameter, values, context, problems)
            }
        }
        return problems.hasErrors ? nil : values
    }

    private func reportUnknown(_ arguments: [String: String], _ problems: Problems) {
        for name in arguments.keys.sorted() where parameter(name) == nil {
            let hints = nameHints(name, among: parameters.map(\.name), calling: "parameters of '\(self.name)'")
            problems.add(.unknownParameter, "recipe '\(self.name)' has no parameter '\(name)'", at: nil, hints: hints)
        }
    }

    private func reportMissing(_ arguments: [String: String], _ problems: Problems) {
        let missing = missingParameters(in: arguments)
        guard !missing.isEmpty else { return }
        let names = missing.map { "'\($0.name)'" }.joined(separator: ", ")
        let questions = missing.compactMap { parameter in parameter.ask.map { "\(parameter.name): \($0)" } }
        let words = missing.map { "\($0.name)=…" }.joined(separator: " ")
        problems.add(
            .missingParameter,
            "recipe '\(name)' needs a value for \(names)",
            at: nil,
            hints: questions + ["Give it in this way: baton run \(name) \(words)"]
        )
    }

    private func defaultValue(
        of parameter: Parameter,
        _ values: [String: JSONValue],
        _ context: BindingContext,
        _ problems: Problems
    ) -> JSONValue? {
        switch parameter.defaultValue {
        case nil: return nil
        case .value(let value): return value
        case .template(let template):
            switch TemplateRenderer(variables(values, context)).render(template) {
            case .failure(let failure):
                let message = "the default of '\(parameter.name)' cannot be filled in: \(failure.reason)"
                problems.add(.templateSyntax, message, at: template.span)
            case .success(let text):
                switch parameter.type.value(text) {
                case .success(let value): return value
                case .failure(let fault):
                    let message = "the default of '\(parameter.name)' \(fault.reason)"
                    let hints = fault.hints + ["Give another value: \(parameter.name)=…"]
                    problems.add(.invalidArgument, message, at: template.span, hints: hints)
                }
            }
            return nil
        }
    }

    /// All names that templates can use, with their values.
    func variables(_ values: [String: JSONValue], _ context: BindingContext) -> [String: JSONValue] {
        var variables = values
        variables["recipe.name"] = .string(name)
        variables["run.id"] = .string(context.runID)
        variables["today"] = .string(context.today)
        return variables
    }
}

extension Parameter {
    /// Why `text` is no value of the parameter; nil if it is one.
    ///
    /// For asking until the answer is right.
    package func objection(to text: String) -> Diagnostic? {
        let problems = Problems()
        _ = value(text, problems)
        return problems.sorted.first
    }

    fileprivate func value(_ text: String, _ problems: Problems) -> JSONValue? {
        if case .string = type, defaultValue == nil, text.allSatisfy(\.isWhitespace) {
            problems.add(
                .invalidArgument, "parameter '\(name)' must not be empty", at: nil, hints: ask.map { [$0] } ?? [])
            return nil
        }
        switch type.value(text) {
        case .success(let value): return value
        case .failure(let fault):
            problems.add(.invalidArgument, "parameter '\(name)' \(fault.reason)", at: nil, hints: fault.hints)
            return nil
        }
    }
}
