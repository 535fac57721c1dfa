// Regular expressions that recipes set for parameters.

/// Regular expressions of parameters.
///
/// The matcher goes back and tries again, so some expressions take exponential time. A recipe can come from anywhere
/// and is checked in many places; therefore only expressions are taken that cannot: few repetitions, none of a group.
enum ParameterPattern {
    /// Characters of an expression, and of a text that is matched.
    private static let lengthMax = 200
    /// Of `*`, `+` and `{…}`; the time grows with the length of the text to this power.
    private static let repetitionsMax = 3

    static let hint =
        "It can have at most \(lengthMax) characters and \(repetitionsMax) repetitions ('*', '+', '{2,5}'),"
        + " none of a group."

    static func isValid(_ pattern: String) -> Bool {
        // Why it cannot be compiled does not help its author.
        pattern.count <= lengthMax && isTame(pattern) && (try? Regex(pattern)) != nil
    }

    static func matches(_ pattern: String, _ text: String) -> Bool {
        // That it compiles was checked when the recipe was loaded.
        guard text.count <= lengthMax, let regex = try? Regex(pattern) else { return false }
        return text.wholeMatch(of: regex) != nil
    }

    private static func isTame(_ pattern: String) -> Bool {
        var repetitions = 0
        var previous: Character?
        var isEscaped = false
        var isInSet = false
        for character in pattern {
            if isEscaped {
                isEscaped = false
                previous = nil
                continue
            }
            switch character {
            case "\\": isEscaped = true
            case "[": isInSet = true
            case "]": isInSet = false
            case "*" where !isInSet, "+" where !isInSet, "{" where !isInSet:
                repetitions += 1
                if previous == ")" { return false }
            default: break
            }
            previous = character
        }
        return repetitions <= repetitionsMax
    }
}
