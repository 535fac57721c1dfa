// A recipe's text, cut into lines, to find places in.

import BatonCore

/// A recipe's text as lines of Unicode scalars, counted as libYAML counts them.
struct SourceText: Sendable {
    let file: SourceFile
    private(set) var lines: [[Unicode.Scalar]] = [[]]

    /// A place between two scalars, or at the end of a line.
    struct Position: Hashable, Sendable, Comparable {
        /// Counted from 1.
        var line: Int
        /// Counted from 1.
        var column: Int

        static func < (left: Position, right: Position) -> Bool {
            (left.line, left.column) < (right.line, right.column)
        }
    }

    init(_ file: SourceFile) {
        self.file = file
        var previous: Unicode.Scalar?
        for scalar in file.text.unicodeScalars {
            if scalar == "\u{FEFF}", previous == nil {
                // A byte order mark takes no column.
            } else if scalar == "\n", previous == "\r" {
                // The second half of CR LF.
            } else if SourceFile.isLineBreak(scalar) {
                lines.append([])
            } else {
                lines[lines.count - 1].append(scalar)
            }
            previous = scalar
        }
    }

    /// The scalar at `position`; `\n` at the end of a line, nil past the end of the text.
    subscript(position: Position) -> Unicode.Scalar? {
        guard lines.indices.contains(position.line - 1), position.column > 0 else { return nil }
        let line = lines[position.line - 1]
        if position.column <= line.count { return line[position.column - 1] }
        return position.line < lines.count ? "\n" : nil
    }

    /// The place after the scalar at `position`.
    func position(after position: Position) -> Position {
        guard lines.indices.contains(position.line - 1), position.column <= lines[position.line - 1].count else {
            return Position(line: position.line + 1, column: 1)
        }
        return Position(line: position.line, column: position.column + 1)
    }

    /// The span from `position` to the last visible character of its line.
    func restOfLine(from position: Position) -> SourceSpan {
        guard lines.indices.contains(position.line - 1) else {
            return SourceSpan(line: position.line, column: position.column, length: 0)
        }
        let line = lines[position.line - 1]
        let end = (line.lastIndex { $0 != " " && $0 != "\t" } ?? -1) + 2
        return SourceSpan(line: position.line, column: position.column, length: max(0, end - position.column))
    }

    /// `span`, moved to the end of the text if it lies beyond: libYAML finds some things missing only there.
    func clamped(_ span: SourceSpan) -> SourceSpan {
        guard span.line > lines.count else { return span }
        return SourceSpan(line: lines.count, column: lines[lines.count - 1].count + 1, length: 0)
    }

    /// Whether the text at `position` reads `text`.
    func hasPrefix(_ text: String, at position: Position) -> Bool {
        guard lines.indices.contains(position.line - 1), position.column > 0 else { return false }
        return lines[position.line - 1].dropFirst(position.column - 1).starts(with: text.unicodeScalars)
    }
}
