// What each line of a Markdown file is. SPDX-License-Identifier: MIT

/// A Markdown file line by line, as far as roles need it; any other text counts as paragraphs.
package struct Markdown {
    /// What a line is.
    package enum Kind: Hashable, Sendable {
        case heading(level: Int, text: String)
        case text
        case blank
        case code
        case frontMatter
    }

    /// A line and what it is.
    package struct Line: Hashable, Sendable {
        package var number: Int
        package var text: String
        package var kind: Kind
    }

    /// The mark at the start of a line.
    package enum Mark: Hashable, Sendable {
        case none, bullet, number, quote
    }

    package let lines: [Line]

    package init(_ text: String) {
        var fence: Substring?
        var inFrontMatter = false
        var lines: [Line] = []
        for (index, line) in Text.lines(text).enumerated() {
            let trimmed = Text.trimmed(line)
            let kind: Kind
            if index == 0, trimmed == "---" {
                inFrontMatter = true
                kind = .frontMatter
            } else if inFrontMatter {
                inFrontMatter = trimmed != "---"
                kind = .frontMatter
            } else if let open = fence {
                if trimmed.hasPrefix(open), trimmed.allSatisfy({ $0 == open.first }) { fence = nil }
                kind = .code
            } else if trimmed.hasPrefix("```") || trimmed.hasPrefix("~~~") {
                fence = trimmed.prefix { $0 == trimmed.first }
                kind = .code
            } else if trimmed.isEmpty {
                kind = .blank
            } else if let heading = Self.heading(line) {
                kind = .heading(level: heading.level, text: heading.text)
            } else {
                kind = .text
            }
            lines.append(Line(number: index + 1, text: String(line), kind: kind))
        }
        self.lines = lines
    }

    /// The headings with their lines.
    package var headings: [(line: Int, level: Int, text: String)] {
        lines.compactMap { line in
            if case .heading(let level, let text) = line.kind { (line.number, level, text) } else { nil }
        }
    }

    /// The text of a line without indentation and without its list or quote mark.
    package static func withoutMark(_ line: some StringProtocol) -> (mark: Mark, text: String) {
        let text = trimmed(line)
        if text.hasPrefix(">") {
            return (.quote, trimmed(text.drop { $0 == ">" || $0 == " " }))
        }
        for bullet in ["- ", "* ", "+ "] where text.hasPrefix(bullet) {
            return (.bullet, trimmed(text.dropFirst(2)))
        }
        let digits = text.prefix(while: \.isNumber)
        let rest = text.dropFirst(digits.count)
        if !digits.isEmpty, digits.count < 4, rest.hasPrefix(". ") || rest.hasPrefix(") ") {
            return (.number, trimmed(rest.dropFirst(2)))
        }
        return (.none, text)
    }

    /// The anchor that a heading gets, as GitHub makes it.
    package static func anchor(of heading: String) -> String {
        String(
            heading.lowercased().compactMap { character -> Character? in
                if character == " " { return "-" }
                return character.isLetter || character.isNumber || character == "-" || character == "_"
                    ? character : nil
            }
        )
    }

    private static func heading(_ line: Substring) -> (level: Int, text: String)? {
        let level = line.prefix { $0 == "#" }.count
        guard (1...6).contains(level), line.dropFirst(level).first == " " else { return nil }
        let text = trimmed(line.dropFirst(level))
        return (
            level, trimmed(text.prefix(upTo: text.lastIndex { $0 != "#" }.map(text.index(after:)) ?? text.startIndex))
        )
    }

    private static func trimmed(_ text: some StringProtocol) -> String {
        Text.trimmed(text)
    }
}
