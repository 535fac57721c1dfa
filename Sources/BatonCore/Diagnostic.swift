// A problem in a file that a person wrote, with its place.

/// A text file that diagnostics point into.
package struct SourceFile: Hashable, Sendable {
    /// What messages call the file: its path as the user gave it.
    package var name: String
    package var text: String

    package init(name: String, text: String) {
        self.name = name
        self.text = text
    }
}

extension SourceFile {
    /// The text of line `number`, counted from 1, without its line break; nil past the end.
    ///
    /// Costs a walk over the text up to that line.
    package func line(_ number: Int) -> Substring? {
        var rest = text.unicodeScalars[...]
        if rest.first == "\u{FEFF}" { rest.removeFirst() }
        for _ in 1..<max(number, 1) {
            guard let lineBreak = rest.firstIndex(where: SourceFile.isLineBreak) else { return nil }
            rest = rest[lineBreak...].dropLineBreak()
        }
        return Substring(rest.prefix { !SourceFile.isLineBreak($0) })
    }

    /// Whether `scalar` ends a line for YAML 1.1, which is what libYAML counts lines by.
    package static func isLineBreak(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "\n", "\r", "\u{85}", "\u{2028}", "\u{2029}": true
        default: false
        }
    }
}

extension Substring.UnicodeScalarView {
    /// What follows the line break at the start; CR LF is one break.
    fileprivate func dropLineBreak() -> Self {
        let isPair = first == "\r" && dropFirst().first == "\n"
        return dropFirst(isPair ? 2 : 1)
    }
}

/// A stretch of one line of a ``SourceFile``.
package struct SourceSpan: Hashable, Sendable {
    /// Counted from 1.
    package var line: Int
    /// Counted from 1, in Unicode scalars, as libYAML does; may be one past the end of the line.
    package var column: Int
    /// In Unicode scalars; 0 is a place between two of them.
    package var length: Int

    package init(line: Int, column: Int, length: Int) {
        self.line = line
        self.column = column
        self.length = length
    }
}

extension SourceSpan: Comparable {
    package static func < (left: SourceSpan, right: SourceSpan) -> Bool {
        (left.line, left.column, left.length) < (right.line, right.column, right.length)
    }
}

/// One problem, found before anything ran.
package struct Diagnostic: Hashable, Sendable {
    package enum Severity: String, Hashable, Sendable {
        /// The file cannot be used.
        case error
        /// The file can be used, but probably does not do what was meant.
        case warning
    }

    /// Names the kind of problem, such as `unknown-key`; stable between releases.
    package var id: String
    package var severity: Severity
    /// One phrase in lower case without a final full stop, naming the subject in single quotes.
    package var message: String
    /// Nil if the problem is not in the file, but in what was given on the command line.
    package var span: SourceSpan?
    /// A few words that stand after the carets.
    package var label: String?
    /// Complete sentences, most useful first.
    package var hints: [String]

    package init(
        id: String,
        severity: Severity = .error,
        message: String,
        span: SourceSpan?,
        label: String? = nil,
        hints: [String] = []
    ) {
        self.id = id
        self.severity = severity
        self.message = message
        self.span = span
        self.label = label
        self.hints = hints
    }
}
