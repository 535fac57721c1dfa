// Rewrites the sections that a reviewer named, and no others. SPDX-License-Identifier: MIT

import BatonPluginKit
import BatonRoleText

/// What a reviewer found.
struct Finding: Equatable {
    var line: Int?
    var message: String
    var quote: String
}

extension Step {
    /// What the last review in the context found in a file.
    func findings(on path: String) -> [Finding] {
        let review = context.last { $0.outputs["findings"]?.arrayValue != nil }
        return (review?.outputs["findings"]?.arrayValue ?? []).compactMap { finding in
            guard finding["file"]?.stringValue == path, let message = finding["message"]?.stringValue else {
                return nil
            }
            return Finding(
                line: finding["line"]?.intValue,
                message: message,
                quote: finding["quote"]?.stringValue ?? ""
            )
        }
    }
}

/// Rewrites the sections that findings name, and leaves every other line as it is.
struct Revision {
    let findings: [Finding]
    let material: Material
    let sections: SectionWriter

    /// The revised text, and how many sections were written again.
    func revise(_ text: String) throws -> (post: Post, count: Int) {
        let old = OldText(text)
        var post = Post(title: old.title, sections: [])
        post.head = old.head
        post.sources = old.sources
        var said = old.sections.filter { wishes(for: $0).isEmpty }
            .flatMap { Sentences.split(Citations.removed(from: $0.body)) }.map { Set(Words.content(in: $0)) }
        var count = 0
        for (index, section) in old.sections.enumerated() {
            let wishes = wishes(for: section)
            let facts = wishes.isEmpty ? [] : facts(for: section, in: old)
            guard !facts.isEmpty else {
                post.sections.append(Post.Section(heading: section.heading, verbatim: section.text))
                continue
            }
            sections.host.progress("revising '\(section.heading)'", permille: index * 1000 / old.sections.count)
            let words = max(30, Citations.wordCount(of: section.body))
            let outline = Outline.Section(heading: section.heading, facts: facts)
            let revised = try sections.write(outline, words: words, number: 100 + index, wishes: wishes, said: &said)
            post.sections.append(revised)
            count += 1
        }
        return (post, count)
    }

    private func wishes(for section: OldText.Section) -> [String] {
        findings.filter { finding in
            if let line = finding.line { return section.lines.contains(line) }
            return !finding.quote.isEmpty && Text.oneLine(section.text).contains(Text.oneLine(finding.quote))
        }
        .map(\.message)
    }

    /// The facts that the section cites; if it cites none, those that share most words with it.
    private func facts(for section: OldText.Section, in old: OldText) -> [Fact] {
        let cited = Set(
            Citations.numbers(in: section.text).compactMap { number in
                old.sources.indices.contains(number - 1) ? old.sources[number - 1] : nil
            }
        )
        let facts = material.facts.filter { cited.contains($0.source) }
        guard facts.isEmpty else { return facts }
        let words = Set(Words.content(in: section.text))
        return Array(
            material.facts.map { (fact: $0, shared: words.intersection(Words.content(in: $0.text)).count) }
                .filter { $0.shared > 1 }.sorted { $0.shared > $1.shared }.prefix(3).map(\.fact)
        )
    }
}

/// A text that is there already, cut into its sections.
struct OldText {
    struct Section {
        var heading: String
        /// Heading and body, without empty lines at the end.
        var text: String
        var body: String
        var lines: ClosedRange<Int>
    }

    var title: String
    var head: String
    var sections: [Section]
    var sources: [SourceReference]

    init(_ text: String) {
        let lines = Text.lines(text).map(String.init)
        let headings = Markdown(text).headings
        title = headings.first { $0.level == 1 }?.text ?? ""
        sources = Citations.sources(in: text).sorted { $0.number < $1.number }.map(\.source)
        let starts = headings.filter { $0.level == 2 }
        head = Self.joined(lines[..<((starts.first?.line ?? lines.count + 1) - 1)]) + "\n"
        sections = starts.enumerated().compactMap { index, start in
            guard start.text != Citations.heading else { return nil }
            let end = index + 1 < starts.count ? starts[index + 1].line - 1 : lines.count
            return Section(
                heading: start.text,
                text: Self.joined(lines[(start.line - 1)..<end]),
                body: Self.joined(lines[start.line..<end]),
                lines: start.line...end
            )
        }
    }

    private static func joined(_ lines: ArraySlice<String>) -> String {
        let end = lines.lastIndex { !$0.allSatisfy(\.isWhitespace) }.map { $0 + 1 } ?? lines.startIndex
        return lines[lines.startIndex..<end].joined(separator: "\n")
    }
}
