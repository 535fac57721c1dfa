// The text as it is written to the file. SPDX-License-Identifier: MIT

import BatonRoleText

/// A text with sections and numbered sources.
struct Post: Equatable {
    struct Sentence: Equatable {
        var text: String
        /// Where it comes from; nil if it only joins others.
        var source: SourceReference?
        /// Sentences with the same number stand in one paragraph.
        var paragraph: Int

        var wordCount: Int { Words.count(in: text) }
    }

    struct Section: Equatable {
        var heading: String
        var sentences: [Sentence] = []
        /// What the sentences leave out, word by word.
        var quotes: [Fact] = []
        /// Lines that are taken over as they are, instead of sentences and quotes; their citations keep their numbers.
        var verbatim: String?

        var isEmpty: Bool { sentences.isEmpty && quotes.isEmpty && verbatim == nil }

        var wordCount: Int {
            sentences.reduce(0) { $0 + $1.wordCount } + quotes.reduce(0) { $0 + Words.count(in: $1.text) }
                + Words.count(in: verbatim ?? "")
        }
    }

    var title: String
    var sections: [Section]
    /// Sources that have a number already, in order.
    var sources: [SourceReference] = []
    /// Lines before the first section, when a text is revised: the title and what follows it.
    var head: String?

    init(title: String, sections: [Section]) {
        self.title = title
        self.sections = sections
    }

    /// The Markdown form, with the list of sources at its end.
    func markdown() -> String {
        var numbering = Numbering(sources: sources)
        var text = head ?? "# \(title)\n"
        for section in sections where !section.isEmpty {
            if let verbatim = section.verbatim {
                text += "\n\(verbatim)\n"
                continue
            }
            text += "\n## \(section.heading)\n"
            let paragraphs = Dictionary(grouping: section.sentences, by: \.paragraph).sorted { $0.key < $1.key }
            for (_, sentences) in paragraphs {
                text += "\n\(Self.paragraph(sentences, &numbering))\n"
            }
            for quote in section.quotes {
                text += "\n> \(quote.text) [\(numbering.number(of: quote.source))]\n"
            }
        }
        return numbering.sources.isEmpty ? text : text + "\n" + Citations.list(numbering.sources)
    }

    /// Sentences in a row with the same source have its number after the last of them.
    private static func paragraph(_ sentences: [Sentence], _ numbering: inout Numbering) -> String {
        var parts: [String] = []
        for (index, sentence) in sentences.enumerated() {
            let next = index + 1 < sentences.count ? sentences[index + 1].source : nil
            if let source = sentence.source, source != next {
                parts.append(cited(sentence.text, numbering.number(of: source)))
            } else {
                parts.append(sentence.text)
            }
        }
        return parts.joined(separator: " ")
    }

    private static func cited(_ sentence: String, _ number: Int) -> String {
        guard let last = sentence.last, ".!?".contains(last) else { return "\(sentence) [\(number)]" }
        return "\(sentence.dropLast()) [\(number)]\(last)"
    }
}

/// Gives each source a number at its first use.
private struct Numbering {
    var sources: [SourceReference]

    mutating func number(of source: SourceReference) -> Int {
        if let index = sources.firstIndex(of: source) { return index + 1 }
        sources.append(source)
        return sources.count
    }
}
