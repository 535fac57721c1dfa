// Splits a text into the passages that can be quoted. SPDX-License-Identifier: MIT

/// A paragraph, list item or table row, with the lines it stands on.
package struct Passage: Hashable, Sendable {
    /// A piece of a passage: a line of the file, without its list or quote mark.
    package struct Piece: Hashable, Sendable {
        package var line: Int
        package var text: String

        package init(line: Int, text: String) {
            self.line = line
            self.text = text
        }
    }

    /// The file.
    package var path: String
    /// The file's title: its first heading, else empty.
    package var title: String
    /// The nearest heading above; the title if there is none.
    package var heading: String
    /// The lines, at least one.
    package var pieces: [Piece]

    /// The passage on one line.
    package var text: String {
        Text.oneLine(pieces.map(\.text).joined(separator: " "))
    }

    /// The number of the first line, from 1.
    package var line: Int { pieces.first?.line ?? 1 }

    /// The sentences, each with the number of the line that it begins on.
    package var sentences: [Piece] {
        var characters: [Character] = []
        var lineAt: [Int] = []
        for piece in pieces {
            characters += Array(piece.text) + [" "]
            lineAt += [Int](repeating: piece.line, count: piece.text.count + 1)
        }
        return Sentences.ranges(in: characters).compactMap { range in
            guard let first = range.first(where: { !characters[$0].isWhitespace }) else { return nil }
            return Piece(line: lineAt[first], text: Text.oneLine(String(characters[range])))
        }
    }
}

extension Passage {
    /// The passages of a text; front matter, headings and code blocks are none.
    package static func all(in text: String, path: String) -> [Passage] {
        var reader = PassageReader(path: path)
        for line in Markdown(text).lines {
            reader.read(line)
        }
        return reader.finished()
    }

    /// The line that `quote` begins on if it stands in `text` at or after `line`, white space and marks set aside.
    package static func lineOf(_ quote: String, in text: String, from line: Int) -> Int? {
        let wanted = Text.oneLine(quote)
        guard !wanted.isEmpty else { return nil }
        let lines = Text.lines(text).map { Markdown.withoutMark($0).text }
        guard line >= 1, line <= lines.count else { return nil }
        var start = line - 1
        while start < lines.count {
            var joined = ""
            for next in lines[start...].prefix(quoteLinesMax) {
                joined = Text.oneLine("\(joined) \(next)")
                if joined.contains(wanted) { return start + 1 }
            }
            start += 1
            // The quote has to begin near where it was found; elsewhere it would be another one's line.
            if start > line + 1 { return nil }
        }
        return nil
    }

    private static let quoteLinesMax = 40
}

private struct PassageReader {
    let path: String
    var title = ""
    var heading = ""
    var pieces: [Passage.Piece] = []
    var found: [Passage] = []

    mutating func read(_ line: Markdown.Line) {
        switch line.kind {
        case .heading(let level, let text):
            end()
            if level == 1, title.isEmpty { title = text }
            heading = text
        case .text:
            let (mark, text) = Markdown.withoutMark(line.text)
            if mark != .none || line.text.hasPrefix("|") { end() }
            if !text.contains(where: { $0.isLetter || $0.isNumber }) { return end() }
            pieces.append(Passage.Piece(line: line.number, text: text))
        case .blank, .code, .frontMatter:
            end()
        }
    }

    mutating func end() {
        guard !pieces.isEmpty else { return }
        found.append(Passage(path: path, title: title, heading: heading.isEmpty ? title : heading, pieces: pieces))
        pieces = []
    }

    mutating func finished() -> [Passage] {
        end()
        return found.map { passage in
            var passage = passage
            passage.title = title
            return passage
        }
    }
}
