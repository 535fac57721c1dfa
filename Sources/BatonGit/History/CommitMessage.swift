// The text of a commit.

/// The text of a commit that Baton makes.
///
/// Rendered as git expects it: the subject, an empty line, the body, an empty line, the trailers.
package struct CommitMessage: Hashable, Sendable {
    /// One line of at most ``subjectLimit`` characters.
    package let subject: String
    package let body: String?
    package let trailers: [Trailer]
    /// The whole text, if somebody else has had the last word on it.
    private let text: String?

    /// The longest subject, in characters.
    ///
    /// Source: the width that `git log` leaves on a terminal of 80 columns.
    package static let subjectLimit = 72

    /// Makes a message out of any text, such as a model's.
    ///
    /// - Parameters:
    ///   - subject: Joined to one line and cut at a word; control characters are removed.
    ///   - body: Control characters other than line ends and tabs are removed; nil or blank for none.
    ///   - trailers: Values are joined to one line; those that end up empty are left out.
    package init(subject: String, body: String? = nil, trailers: [Trailer] = []) {
        let subject = Self.shortened(Self.oneLine(Self.withoutRevertMark(subject)))
        self.subject = subject.isEmpty ? "(no subject)" : subject
        let body = body.map { Self.tidy(Self.withoutRevertMark($0)) } ?? ""
        self.body = body.isEmpty ? nil : body
        self.trailers = trailers
        self.text = nil
    }

    /// The message as a hook has left it; nil if nothing is left of it.
    package init?(edited text: String) {
        let tidy = Self.tidy(text)
        guard !tidy.isEmpty else { return nil }
        self.subject = String(tidy.prefix { $0 != "\n" })
        self.body = nil
        self.trailers = Trailers(message: tidy).all
        self.text = tidy + "\n"
    }

    /// The message of the commit that takes `commit` back, in the words of `git revert`.
    init(reverting commit: ObjectID, subject: String, trailers: [Trailer]) {
        self.subject = "Revert \"\(subject)\""
        self.body = "\(Self.revertMark) \(commit.hex)."
        self.trailers = trailers
        self.text = nil
    }

    /// A message of Baton's own about another commit, whose text it may quote.
    init(quoting subject: String, body: String, trailers: [Trailer]) {
        self.subject = Self.shortened(Self.oneLine(subject))
        self.body = body.isEmpty ? nil : body
        self.trailers = trailers
        self.text = nil
    }

    /// What the commit holds, with a final line end.
    package var rendered: String {
        if let text { return text }
        let lines = trailers.compactMap(\.line)
        let paragraphs: [String?] = [subject, body, lines.isEmpty ? nil : lines.joined(separator: "\n")]
        return paragraphs.compactMap(\.self).joined(separator: "\n\n") + "\n"
    }

    /// How `git revert` begins the line that names the commit it took back; the history trusts it.
    static let revertMark = "This reverts commit"

    /// A role's own words must not make the history believe that something was taken back.
    private static func withoutRevertMark(_ text: String) -> String {
        var text = text
        while let range = text.firstRange(of: revertMark) {
            text.replaceSubrange(range, with: "this reverts commit")
        }
        return text
    }
}

// MARK: - Text

extension CommitMessage {
    /// `text` with every run of blanks, line ends and tabs turned into one blank, and no control characters.
    static func oneLine(_ text: String) -> String {
        let words = text.unicodeScalars.split(whereSeparator: \.properties.isWhitespace)
        return words.map { String(String.UnicodeScalarView($0.filter { !$0.isControl })) }
            .filter { !$0.isEmpty }
            .joined(separator: " ")
    }

    /// `line` cut to ``subjectLimit`` characters, before a word if it has several, with an ellipsis.
    static func shortened(_ line: String) -> String {
        guard line.count > subjectLimit else { return line }
        let head = line.prefix(subjectLimit - 1)
        // A word that ends exactly here is whole.
        let isWhole = line[head.endIndex] == " "
        let cut = isWhole ? head : head.lastIndex(of: " ").map { head[..<$0] } ?? head
        return cut + "…"
    }

    /// `text` without control characters, blanks at line ends, and empty lines at its ends or in a row.
    static func tidy(_ text: String) -> String {
        var lines: [String] = []
        for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
            let scalars = line.unicodeScalars.filter { !$0.isControl || $0 == "\t" }
            let kept = scalars.reversed().drop(while: \.properties.isWhitespace).reversed()
            let line = String(String.UnicodeScalarView(kept))
            if line.isEmpty, lines.last?.isEmpty ?? true { continue }
            lines.append(line)
        }
        if lines.last?.isEmpty == true { lines.removeLast() }
        return lines.joined(separator: "\n")
    }
}

extension Unicode.Scalar {
    /// A character that shows nothing and can change how the text around it looks.
    ///
    /// That is control characters, and marks that turn the direction of writing. Source: Unicode 15, UAX #9, explicit
    /// formatting characters.
    var isControl: Bool {
        switch value {
        case 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069, 0xFEFF: true
        default: properties.generalCategory == .control
        }
    }
}
