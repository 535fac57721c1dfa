// Turns a text that a user typed into a parameter's value.

import BatonCore

/// Why a text is no value of a parameter.
struct ValueFault: Error {
    /// A phrase that follows the parameter's name: "is 50; it must be from 100 to 2000".
    var reason: String
    var isRange = false
    var hints: [String] = []
}

extension ParameterType {
    /// Bytes; long enough for a paragraph, short enough to fill into many templates.
    static let textSizeMax = 64 << 10

    /// The value that `text` means.
    func value(_ text: String) -> Result<JSONValue, ValueFault> {
        guard text.utf8.count <= Self.textSizeMax else {
            return .failure(ValueFault(reason: "is over 64 KiB", isRange: true))
        }
        switch self {
        case .string(let pattern): return string(text, pattern)
        case .integer(let minimum, let maximum):
            guard let value = Int(text) else {
                return .failure(ValueFault(reason: "must be a whole number, not '\(text)'"))
            }
            if minimum.map({ value < $0 }) ?? false || maximum.map({ value > $0 }) ?? false {
                return .failure(range("\(value)", minimum.map(String.init), maximum.map(String.init)))
            }
            return .success(.integer(value))
        case .number(let minimum, let maximum):
            guard let value = YAMLItem.plain(text).number else {
                return .failure(ValueFault(reason: "must be a number, not '\(text)'"))
            }
            if minimum.map({ value < $0 }) ?? false || maximum.map({ value > $0 }) ?? false {
                return .failure(range(text, minimum.map(shown), maximum.map(shown)))
            }
            return .success(.number(value))
        case .boolean:
            guard let value = Self.booleans[text.lowercased()] else {
                return .failure(ValueFault(reason: "must be true or false, not '\(text)'"))
            }
            return .success(.bool(value))
        case .choice(let options):
            if options.contains(text) { return .success(.string(text)) }
            let list = options.map { "'\($0)'" }.joined(separator: ", ")
            let hints = nearestName(to: text, among: options).map { ["Did you mean '\($0)'?"] } ?? []
            return .failure(ValueFault(reason: "must be one of \(list), not '\(text)'", hints: hints))
        case .path:
            if let objection = PathRule.objection(to: text, .file) {
                return .failure(ValueFault(reason: "is '\(text)', which \(objection)", hints: [PathRule.hint]))
            }
            return .success(.string(text))
        }
    }

    /// As shells and configuration files have them; a recipe itself writes `true` and `false`.
    private static let booleans = ["true": true, "yes": true, "false": false, "no": false]

    private func string(_ text: String, _ pattern: String?) -> Result<JSONValue, ValueFault> {
        if text.unicodeScalars.contains("\0") { return .failure(ValueFault(reason: "holds a zero character")) }
        if let pattern, !ParameterPattern.matches(pattern, text) {
            return .failure(ValueFault(reason: "is '\(text)', which does not match '\(pattern)'"))
        }
        return .success(.string(text))
    }

    private func shown(_ value: Double) -> String { Int(exactly: value).map(String.init) ?? "\(value)" }

    private func range(_ value: String, _ minimum: String?, _ maximum: String?) -> ValueFault {
        let rule =
            switch (minimum, maximum) {
            case (let minimum?, let maximum?): "from \(minimum) to \(maximum)"
            case (let minimum?, nil): "at least \(minimum)"
            default: "at most \(maximum ?? "")"
            }
        return ValueFault(reason: "is \(value); it must be \(rule)", isRange: true)
    }
}

extension YAMLItem {
    /// A scalar without quotes that stands nowhere.
    static func plain(_ text: String) -> YAMLItem {
        YAMLItem(content: .scalar(text, .plain), position: SourceText.Position(line: 1, column: 1))
    }
}
