// Numbered citations and the list of sources at a text's end. SPDX-License-Identifier: MIT

/// Numbered citations such as `[2]` and the list of sources that they point to.
package enum Citations {
    /// The heading of the list.
    package static let heading = "Sources"

    /// The numbers that a piece of text cites, in order, each as often as it occurs; links and footnotes are none.
    package static func numbers(in text: some StringProtocol) -> [Int] {
        var found: [Int] = []
        var rest = text[...]
        while let open = rest.firstIndex(of: "[") {
            rest = rest[rest.index(after: open)...]
            let digits = rest.prefix(while: \.isNumber)
            let after = rest.dropFirst(digits.count)
            guard let number = Int(digits), after.first == "]" else { continue }
            rest = after.dropFirst()
            if rest.first != "(", rest.first != ":" { found.append(number) }
        }
        return found
    }

    /// The text without its citations.
    package static func removed(from text: String) -> String {
        var result = ""
        var rest = text[...]
        while let open = rest.firstIndex(of: "[") {
            let inside = rest[rest.index(after: open)...]
            let digits = inside.prefix(while: \.isNumber)
            let after = inside.dropFirst(digits.count)
            result += rest[..<open]
            if !digits.isEmpty, after.first == "]" {
                if result.last == " " { result.removeLast() }
                rest = after.dropFirst()
            } else {
                result += "["
                rest = inside
            }
        }
        return result + rest
    }

    /// The list, each source with its number and the line that lists it; empty if the text has none.
    package static func sources(in text: String) -> [(number: Int, source: SourceReference, line: Int)] {
        let document = Markdown(text)
        guard let start = document.headings.last(where: { $0.text == heading })?.line else { return [] }
        return document.lines.dropFirst(start).compactMap { line in
            let (mark, rest) = Markdown.withoutMark(line.text)
            guard mark == .number, let number = Int(Text.trimmed(line.text).prefix(while: \.isNumber)) else {
                return nil
            }
            let reference = rest.filter { $0 != "`" }
            return SourceReference(reference).map { (number, $0, line.number) }
        }
    }

    /// The text above the list of sources; all of it if there is no list.
    package static func body(of text: String) -> String {
        guard let start = Markdown(text).headings.last(where: { $0.text == heading })?.line else { return text }
        return Text.lines(text).prefix(start - 1).joined(separator: "\n")
    }

    /// How many words a reader gets: without the list of sources and without citations.
    package static func wordCount(of text: String) -> Int {
        Words.count(in: removed(from: body(of: text)))
    }

    /// The Markdown form of the list.
    package static func list(_ sources: [SourceReference]) -> String {
        "## \(heading)\n\n" + sources.enumerated().map { "\($0 + 1). `\($1)`\n" }.joined()
    }
}
