// Lines such as `Baton-Run: 1a2b3c4d` at the end of a commit message.

/// One line at the end of a commit message.
///
/// Source: git 2.39 `git-interpret-trailers(1)`.
package struct Trailer: Hashable, Sendable {
    package var key: String
    package var value: String

    package init(_ key: String, _ value: String) {
        self.key = key
        self.value = value
    }

    /// What Baton says about the step that made a commit.
    package enum Key {
        /// The run's id, such as `1a2b3c4d`.
        package static let run = "Baton-Run"
        /// The step's name, such as `2 draft`.
        package static let step = "Baton-Step"
        /// The role and its version, such as `writer 1.0.0`.
        package static let role = "Baton-Role"
        /// The model's name.
        package static let model = "Baton-Model"
        /// What the commit is, if it is not a step's: `preimage` for what the user had not committed before a step.
        package static let kind = "Baton-Kind"
        /// The run and the step that the commit takes back, such as `1a2b3c4d 2 draft`.
        package static let reverts = "Baton-Reverts"
        /// The run and the step to whose state the commit brings files back.
        package static let restores = "Baton-Restores"
        /// What an undo or redo that had to become a commit was about.
        package static let operation = "Baton-Operation"
        /// A step that the commit holds with others: its number, its id, and its own commit.
        package static let squashed = "Baton-Squashed"
        /// Tokens that the step took, in and out together.
        package static let tokens = "Baton-Tokens"
    }

    /// The line in the message; nil if the value has nothing to show.
    var line: String? {
        precondition(Self.isKey(key), "a trailer's key has letters, digits and '-' only, was '\(key)'")
        let value = CommitMessage.oneLine(value)
        return value.isEmpty ? nil : "\(key): \(value)"
    }

    private static func isKey(_ text: some StringProtocol) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { $0 == 0x2D || isLetterOrDigit($0) }
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }
}

/// The trailers of a commit message.
package struct Trailers: Hashable, Sendable {
    package let all: [Trailer]

    /// Reads the last paragraph of `message`, if it consists of trailers; the first paragraph never does.
    ///
    /// Lines that begin with a blank continue the line before, and lines that `git cherry-pick -x` adds are passed
    /// over.
    package init(message: String) {
        let lines = message.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        let isBlank: (Substring) -> Bool = { $0.allSatisfy(\.isWhitespace) }
        let content = lines.reversed().drop(while: isBlank)
        let paragraph = content.prefix { !isBlank($0) }.reversed()
        guard content.count > paragraph.count else {
            self.all = []
            return
        }
        self.all = Self.parse(Array(paragraph)) ?? []
    }

    /// The value of the last trailer called `key`, whatever its case; nil if there is none.
    package subscript(key: String) -> String? {
        all.last { $0.key.lowercased() == key.lowercased() }?.value
    }

    private static func parse(_ lines: [Substring]) -> [Trailer]? {
        var trailers: [Trailer] = []
        for line in lines where !line.hasPrefix("(cherry picked from commit ") {
            if line.first?.isWhitespace == true, !trailers.isEmpty {
                trailers[trailers.count - 1].value += " " + CommitMessage.oneLine(String(line))
            } else if let trailer = Trailer(line: line) {
                trailers.append(trailer)
            } else {
                return nil
            }
        }
        return trailers
    }
}

extension Trailer {
    /// Reads `Key: value`; nil for any other line.
    init?(line: Substring) {
        guard let colon = line.firstIndex(of: ":") else { return nil }
        let key = line[..<colon].prefix { !$0.isWhitespace }
        guard line[key.endIndex..<colon].allSatisfy(\.isWhitespace) else { return nil }
        guard Self.isKey(key) else { return nil }
        self.init(String(key), CommitMessage.oneLine(String(line[line.index(after: colon)...])))
    }
}
