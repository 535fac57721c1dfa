// Reads what a recipe asks its user for.

import BatonCore

/// Reads `parameters`.
struct ParameterReader {
    let context: ReadingContext

    func parameters(_ item: YAMLItem) -> [Parameter] {
        guard case .mapping(let entries) = item.content else {
            context.reportType(of: item, key: "parameters", expected: "a mapping")
            return []
        }
        var scope = TemplateScope(later: Set(entries.compactMap(\.key.text)))
        for entry in entries {
            guard let name = name(entry.key) else { continue }
            scope.parameters.append(parameter(name, entry, scope))
            scope.later.remove(name)
        }
        return scope.parameters
    }

    private func name(_ item: YAMLItem) -> String? {
        let name = item.text ?? ""
        if NameRule.isParameterName(name), !Self.reserved.contains(name) { return name }
        let isReserved = Self.reserved.contains(name)
        context.problems.add(
            .invalidName,
            isReserved ? "'\(name)' has a meaning of its own in templates" : "'\(name)' cannot name a parameter",
            at: context.span(of: item),
            hints: isReserved ? [] : ["A name has small letters, digits and '_', and begins with a letter."]
        )
        return nil
    }

    private static let reserved: Set<String> = [
        "recipe", "run", "today", "forloop", "and", "or", "not", "in", "if", "else", "true", "false", "nil", "null",
    ]

    /// One parameter; with faults it is text, so that templates that use it are not reported too.
    private func parameter(_ name: String, _ entry: YAMLEntry, _ scope: TemplateScope) -> Parameter {
        let span = context.span(of: entry.key)
        var parameter = Parameter(name: name, type: .string(pattern: nil), ask: nil, defaultValue: nil, span: span)
        if case .scalar = entry.value.content {
            parameter.type = shortType(entry.value, name) ?? parameter.type
        } else if var reader = ObjectReader(entry.value, name: "parameter '\(name)'", context) {
            read(&parameter, &reader, scope)
        }
        return parameter
    }

    /// `topic: string`, for a parameter that says nothing but its type.
    private func shortType(_ item: YAMLItem, _ name: String) -> ParameterType? {
        guard let text = item.text else {
            context.reportType(of: item, key: name, expected: "a type or a mapping")
            return nil
        }
        if text == "choice" {
            let hints = ["Write it as '\(name): {type: choice, options: [short, long]}'."]
            context.problems.add(
                .missingKey, "parameter '\(name)' has no 'options'", at: context.span(of: item), hints: hints)
            return nil
        }
        return plainType(text, item)
    }

    private func plainType(_ text: String, _ item: YAMLItem) -> ParameterType? {
        switch text {
        case "string": return .string(pattern: nil)
        case "integer": return .integer(minimum: nil, maximum: nil)
        case "number": return .number(minimum: nil, maximum: nil)
        case "boolean": return .boolean
        case "path": return .path
        default:
            let hints = nameHints(text, among: ParameterType.names, calling: "types")
            context.problems.add(.invalidValue, "unknown type '\(text)'", at: context.span(of: item), hints: hints)
            return nil
        }
    }

    private func read(_ parameter: inout Parameter, _ reader: inout ObjectReader, _ scope: TemplateScope) {
        let typeItem = reader.require("type", hint: "The types are \(ParameterType.names.joined(separator: ", ")).")
        parameter.ask = reader.text("ask")
        let defaultItem = reader.take("default")
        var isSound = false
        if let typeItem, let name = reader.text(of: typeItem, key: "type"),
            let type = type(name, typeItem, &reader)
        {
            parameter.type = type
            isSound = true
        }
        reportMisplaced(parameter.type, isSound: isSound, &reader)
        if let defaultItem {
            parameter.defaultValue = defaultValue(defaultItem, parameter, scope, isSound: isSound)
        }
        reader.finish()
    }

    private func type(_ name: String, _ item: YAMLItem, _ reader: inout ObjectReader) -> ParameterType? {
        switch name {
        case "string": return .string(pattern: pattern(&reader))
        case "integer":
            let minimum = reader.integer("minimum", in: .min ... .max)
            let maximum = reader.integer("maximum", in: .min ... .max)
            reportOrder(minimum.map(Double.init), maximum.map(Double.init), reader)
            return .integer(minimum: minimum, maximum: maximum)
        case "number":
            let (minimum, maximum) = (number("minimum", &reader), number("maximum", &reader))
            reportOrder(minimum, maximum, reader)
            return .number(minimum: minimum, maximum: maximum)
        case "choice": return options(&reader).map(ParameterType.choice)
        default: return plainType(name, item)
        }
    }

    private func number(_ key: String, _ reader: inout ObjectReader) -> Double? {
        guard let item = reader.take(key) else { return nil }
        if item.number == nil { context.reportType(of: item, key: key, expected: "a number") }
        return item.number
    }

    private func reportOrder(_ minimum: Double?, _ maximum: Double?, _ reader: ObjectReader) {
        guard let minimum, let maximum, minimum > maximum, let item = reader.entry("maximum")?.value else { return }
        context.problems.add(.outOfRange, "'maximum' is less than 'minimum'", at: context.span(of: item))
    }

    private func pattern(_ reader: inout ObjectReader) -> String? {
        guard let pattern = reader.text("pattern"), let item = reader.entry("pattern")?.value else { return nil }
        if ParameterPattern.isValid(pattern) { return pattern }
        context.problems.add(
            .invalidValue,
            "'pattern' is not a regular expression that Baton takes",
            at: context.span(of: item),
            hints: [ParameterPattern.hint]
        )
        return nil
    }

    private func options(_ reader: inout ObjectReader) -> [String]? {
        guard reader.keys.contains("options") else {
            _ = reader.require("options", hint: "List the values: 'options: [short, long]'.")
            return nil
        }
        guard let items = reader.list("options", example: "[short, long]") else { return nil }
        let options = items.compactMap { reader.text(of: $0, key: "options") }
        if items.isEmpty, let item = reader.entry("options")?.value {
            context.problems.add(.invalidValue, "'options' is empty", at: context.span(of: item))
        }
        for (index, option) in options.enumerated() where options.firstIndex(of: option) != index {
            let span = context.span(of: items[index])
            context.problems.add(.invalidValue, "option '\(option)' is there twice", at: span)
        }
        return options.isEmpty ? nil : options
    }

    /// Reports keys that belong to other types.
    private func reportMisplaced(_ type: ParameterType, isSound: Bool, _ reader: inout ObjectReader) {
        let owners = [
            "options": ["choice"], "pattern": ["string"],
            "minimum": ["integer", "number"], "maximum": ["integer", "number"],
        ]
        for (key, types) in owners.sorted(by: { $0.key < $1.key }) {
            guard reader.take(key) != nil, isSound, !types.contains(type.name), let entry = reader.entry(key) else {
                continue
            }
            let message =
                "'\(key)' belongs to type \(types.map { "'\($0)'" }.joined(separator: " or ")), not '\(type.name)'"
            context.problems.add(.unknownKey, message, at: context.span(of: entry.key))
        }
    }

    private func defaultValue(
        _ item: YAMLItem,
        _ parameter: Parameter,
        _ scope: TemplateScope,
        isSound: Bool
    ) -> Parameter.DefaultValue? {
        guard let text = item.text else {
            context.reportType(of: item, key: "default", expected: "a single value")
            return nil
        }
        if ParsedTemplate(text).canonical != nil {
            return context.template(item, key: "default", scope).map { .template($0) }
        }
        guard isSound else { return nil }
        switch parameter.type.value(text) {
        case .success(let value):
            if let bare = bareKind(of: parameter.type), case .scalar(_, let style) = item.content, style != .plain {
                context.reportType(of: item, key: "default", expected: bare)
            }
            return .value(value)
        case .failure(let fault):
            let message = "the default of '\(parameter.name)' \(fault.reason)"
            let problem: RecipeProblem = fault.isRange ? .outOfRange : .invalidValue
            context.problems.add(problem, message, at: context.span(of: item), hints: fault.hints)
            return nil
        }
    }

    /// What a default of this type is called when it has no quotes; nil if quotes make no difference.
    private func bareKind(of type: ParameterType) -> String? {
        switch type {
        case .integer: "a whole number"
        case .number: "a number"
        case .boolean: "true or false"
        case .string, .choice, .path: nil
        }
    }
}
