// Reads values with filters, and conditions.

/// A value with its filters.
struct TemplateExpression {
    /// As Stencil gets it.
    var canonical: String
    var sources: [String] = []
    var lastFilter: String?
    var isBareVariable = false
    /// Whether it is several texts rather than one: what `split` makes.
    var isList = false
}

extension TemplateParser {
    /// A value and any number of filters: `topic|default:"owls"|slug`.
    mutating func readExpression(_ reader: inout LexemeReader) throws(TemplateFault) -> TemplateExpression {
        let first = reader.next
        var expression = try readOperand(&reader)
        expression.isBareVariable = first?.kind == .word && !expression.sources.isEmpty
        while reader.takeIf("|", .sign) {
            expression.isBareVariable = false
            let name = try reader.take("the name of a filter")
            guard name.kind == .word else {
                throw TemplateFault(message: "expected the name of a filter, found '\(name.text)'", range: name.range)
            }
            guard let filter = TemplateFilter(rawValue: name.text) else {
                throw TemplateFault(
                    problem: .unknownFilter,
                    message: "unknown filter '\(name.text)'",
                    range: name.range,
                    hints: nameHints(name.text, among: TemplateFilter.allCases.map(\.rawValue), calling: "filters")
                )
            }
            let arguments = try readArguments(&reader)
            guard filter.argumentCounts.contains(arguments.count) else {
                throw TemplateFault(
                    message: "filter '\(name.text)' takes \(filter.argumentRule), found \(arguments.count)",
                    range: name.range
                )
            }
            try checkKind(of: &expression, filter, name)
            let list = arguments.map(\.canonical).joined(separator: ",")
            expression.canonical += "|\(name.text)\(list.isEmpty ? "" : ":")\(list)"
            expression.sources += arguments.flatMap(\.sources)
            expression.lastFilter = name.text
        }
        return expression
    }

    /// Refuses filters that Stencil would silently apply to the description of a list, or not at all to a text.
    private func checkKind(
        of expression: inout TemplateExpression,
        _ filter: TemplateFilter,
        _ name: TemplateLexeme
    ) throws(TemplateFault) {
        switch filter {
        case .join where !expression.isList:
            throw TemplateFault(message: "filter 'join' needs a list; make one with 'split'", range: name.range)
        case .slug, .shell, .default, .split, .indent:
            guard !expression.isList else {
                throw TemplateFault(
                    message: "filter '\(name.text)' needs a text, not a list; make one with 'join'",
                    range: name.range
                )
            }
        case .join, .capitalize, .uppercase, .lowercase: break
        }
        if filter == .split { expression.isList = true }
        if filter == .join { expression.isList = false }
    }

    private mutating func readArguments(_ reader: inout LexemeReader) throws(TemplateFault) -> [TemplateExpression] {
        guard reader.takeIf(":", .sign) else { return [] }
        var arguments = [try readOperand(&reader)]
        while reader.takeIf(",", .sign) { arguments.append(try readOperand(&reader)) }
        return arguments
    }

    private mutating func readOperand(_ reader: inout LexemeReader) throws(TemplateFault) -> TemplateExpression {
        let lexeme = try reader.take("a name or a text in quotes")
        switch lexeme.kind {
        case .string: return TemplateExpression(canonical: "\"\(lexeme.text)\"")
        case .number: return TemplateExpression(canonical: lexeme.text)
        case .sign:
            throw TemplateFault(message: "expected a name, found '\(lexeme.text)'", range: lexeme.range)
        case .word where lexeme.text == "true" || lexeme.text == "false":
            return TemplateExpression(canonical: lexeme.text)
        case .word where Self.operators.contains(lexeme.text):
            throw TemplateFault(message: "expected a name, found '\(lexeme.text)'", range: lexeme.range)
        case .word:
            if let sources = loopSources(of: lexeme.text) {
                return TemplateExpression(canonical: lexeme.text, sources: sources)
            }
            variables.append(ParsedTemplate.Use(name: lexeme.text, range: lexeme.range))
            return TemplateExpression(canonical: lexeme.text, sources: [lexeme.text])
        }
    }

    private static let operators: Set<String> = ["and", "or", "not", "in", "if", "else"]
    private static let comparisons: Set<String> = ["==", "!=", "<", "<=", ">", ">=", "in", "and", "or"]

    /// Values with `not`, `and`, `or`, `in` and comparisons between them; Stencil decides what binds tighter.
    mutating func readCondition(_ reader: inout LexemeReader) throws(TemplateFault) -> String {
        var canonical = ""
        while true {
            while reader.takeIf("not", .word) { canonical += "not " }
            canonical += try readExpression(&reader).canonical
            guard let next = reader.next else { return canonical }
            guard Self.comparisons.contains(next.text), next.kind != .string else {
                throw TemplateFault(
                    message: "expected an operator, found '\(next.text)'",
                    range: next.range,
                    hints: ["The operators are 'and', 'or', 'not', 'in', '==', '!=', '<', '<=', '>' and '>='."]
                )
            }
            canonical += " \(try reader.take("an operator").text) "
        }
    }
}
