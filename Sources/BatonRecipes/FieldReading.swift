// Reads single values of a recipe: texts, numbers, lists, names, durations.

import BatonCore

extension ObjectReader {
    /// Text on one line, of any look: an unquoted number counts as its text.
    mutating func text(_ key: String) -> String? {
        guard let item = take(key) else { return nil }
        return text(of: item, key: key)
    }

    func text(of item: YAMLItem, key: String) -> String? {
        if let text = item.text, text.contains(where: { !$0.isWhitespace }) { return text }
        if item.text != nil {
            context.problems.add(.invalidValue, "'\(key)' is empty", at: context.span(of: item))
        } else {
            context.reportType(of: item, key: key, expected: "text")
        }
        return nil
    }

    /// A whole number in `range`.
    mutating func integer(_ key: String, in range: ClosedRange<Int>) -> Int? {
        guard let item = take(key) else { return nil }
        guard let value = item.integer else {
            context.reportType(of: item, key: key, expected: "a whole number")
            return nil
        }
        guard range.contains(value) else {
            let rule =
                range.upperBound == .max
                ? "it must be at least \(range.lowerBound)"
                : "it must be from \(range.lowerBound) to \(range.upperBound)"
            context.problems.add(.outOfRange, "'\(key)' is \(value); \(rule)", at: context.span(of: item))
            return nil
        }
        return value
    }

    /// A duration such as `30s`, longer than nothing.
    mutating func duration(_ key: String) -> Duration? {
        guard let item = take(key) else { return nil }
        guard let text = item.text else {
            context.reportType(of: item, key: key, expected: "a duration", hints: [Self.durationHint])
            return nil
        }
        switch RecipeDuration.parse(text) {
        case .duration(let duration): return duration
        case .malformed:
            let message = "'\(text)' is not a duration"
            context.problems.add(.invalidValue, message, at: context.span(of: item), hints: [Self.durationHint])
        case .outOfRange:
            let message = "'\(key)' is \(text); it must be from 1ms to 168h"
            context.problems.add(.outOfRange, message, at: context.span(of: item))
        }
        return nil
    }

    private static let durationHint = "Write a whole number and its unit: 50ms, 30s, 20m or 1h."

    /// The items of a list; nil if the key is not there or not a list.
    mutating func list(_ key: String, example: String) -> [YAMLItem]? {
        guard let item = take(key) else { return nil }
        guard case .list(let items) = item.content else {
            context.reportType(of: item, key: key, expected: "a list", hints: ["Write it as '\(example)'."])
            return nil
        }
        return items
    }
}

/// Durations as recipes write them.
enum RecipeDuration: Equatable {
    case duration(Duration)
    case malformed
    case outOfRange

    /// A week: more than any step takes, and far from where arithmetic ends.
    static let longest = Duration.seconds(168 * 3600)

    static func parse(_ text: String) -> RecipeDuration {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let units = ["ms": Duration.milliseconds(1), "s": .seconds(1), "m": .seconds(60), "h": .seconds(3600)]
        guard !digits.isEmpty, let unit = units[String(text.dropFirst(digits.count))] else { return .malformed }
        guard let count = Int(digits), count > 0, count <= 1_000_000_000, unit * count <= longest else {
            return .outOfRange
        }
        return .duration(unit * count)
    }
}

/// The rules for names.
enum NameRule {
    /// Recipes, steps: small letters, digits and `-`, a letter first.
    static func isName(_ text: String) -> Bool { matches(text, separator: "-") }

    /// Parameters: small letters, digits and `_`, a letter first.
    static func isParameterName(_ text: String) -> Bool { matches(text, separator: "_") }

    /// A name also becomes part of file names and commit trailers, so it stays short.
    static let lengthMax = 64

    private static func matches(_ text: String, separator: Unicode.Scalar) -> Bool {
        let letters: ClosedRange<Unicode.Scalar> = "a"..."z"
        let digits: ClosedRange<Unicode.Scalar> = "0"..."9"
        guard let first = text.unicodeScalars.first, letters.contains(first), text.utf8.count <= lengthMax else {
            return false
        }
        return text.unicodeScalars.allSatisfy { letters.contains($0) || digits.contains($0) || $0 == separator }
    }
}
