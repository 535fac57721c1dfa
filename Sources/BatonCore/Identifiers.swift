// Names of runs and steps.

/// The name of one run: eight lowercase hexadecimal digits, random.
package struct RunID: Hashable, Sendable, CustomStringConvertible {
    package let description: String

    /// Nil unless `text` is eight lowercase hexadecimal digits.
    package init?(_ text: some StringProtocol) {
        guard text.utf8.count == 8, text.utf8.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) }) else {
            return nil
        }
        self.description = String(text)
    }

    package static func random(using generator: inout some RandomNumberGenerator) -> RunID {
        let digits = String(UInt32.random(in: .min ... .max, using: &generator), radix: 16)
        return RunID(unchecked: String(repeating: "0", count: 8 - digits.count) + digits)
    }

    private init(unchecked description: String) {
        self.description = description
    }
}

/// One turn of a step in one run, as trailers and people write it.
///
/// The number counts the run's steps from 1 in the order in which they start; the path is the step's id in the recipe.
package struct StepName: Hashable, Sendable, CustomStringConvertible {
    package let number: Int
    package let path: String

    package init(number: Int, path: String) {
        self.number = number
        self.path = path
    }

    /// Reads what ``description`` wrote: `2 draft`.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, let number = Int(parts[0]), number > 0 else { return nil }
        self.init(number: number, path: String(parts[1]))
    }

    package var description: String { "\(number) \(path)" }
}
