// Writes one section from its facts. SPDX-License-Identifier: MIT

import BatonPluginKit
import BatonRoleText

/// Writes sections, each from its own facts only.
struct SectionWriter {
    /// How often the model is asked for one section.
    private static let asksMax = 2
    /// The paragraphs of a second answer are numbered from here.
    private static let paragraphsMax = 1_000
    /// A section may be longer than planned by this factor.
    private static let lengthFactor = 1.2
    /// With what the sentences left out it may be longer by this one.
    private static let quotesLengthFactor = 1.5
    /// A fact of whose content words fewer than this share are said counts as left out.
    private static let coverageMin = 0.5
    /// Sentences more alike than this say the same.
    private static let similarityMax = 0.7

    let brief: Brief
    let step: Step
    let host: any RoleHost

    func write(_ outline: Outline) throws -> [Post.Section] {
        var sections: [Post.Section] = []
        var said: [Set<String>] = []
        for (index, section) in outline.sections.enumerated() {
            host.progress(
                "writing '\(section.heading)' (\(index + 1) of \(outline.sections.count))",
                permille: (index + 1) * 1000 / (outline.sections.count + 1)
            )
            // What earlier sections fell short of, this one may have, and the other way round.
            let written = sections.reduce(0) { $0 + $1.wordCount }
            let words = max(30, (brief.words - written) / (outline.sections.count - index))
            let result = try write(section, words: words, number: index, said: &said)
            sections.append(result)
        }
        return filled(sections, from: outline)
    }

    /// With quotes of the facts that were left out or hardly told, as long as the text is shorter than asked.
    private func filled(_ sections: [Post.Section], from outline: Outline) -> [Post.Section] {
        var sections = sections
        var written = sections.reduce(0) { $0 + $1.wordCount }
        for (index, section) in outline.sections.enumerated() {
            let quoted = Set(sections[index].quotes.map(\.source))
            let said = Set(sections[index].sentences.flatMap { Words.content(in: $0.text) })
            for fact in section.facts where !quoted.contains(fact.source) {
                let words = Set(Words.content(in: fact.text))
                guard Double(words.intersection(said).count) < Self.coverageMin * Double(words.count) else { continue }
                let length = Words.count(in: fact.text)
                guard written + length <= Int(Double(brief.words) * Self.lengthFactor) else { continue }
                sections[index].quotes.append(fact)
                written += length
            }
            let quotes = Set(sections[index].quotes)
            sections[index].quotes = section.facts.filter(quotes.contains)
        }
        return sections
    }

    /// One section of about `words` words; `wishes` are a reviewer's, `said` is what the text says already.
    func write(
        _ section: Outline.Section,
        words: Int,
        number: Int,
        wishes: [String] = [],
        said: inout [Set<String>]
    ) throws -> Post.Section {
        let support = Support(section.facts, context: brief.topic)
        let limit = Int(Double(words) * Self.lengthFactor)
        var sentences: [Post.Sentence] = []
        for ask in 0..<Self.asksMax where sentences.reduce(0, { $0 + $1.wordCount }) < words / 4 {
            try host.checkCancelled()
            let answer = try self.answer(for: section, words: words, wishes: wishes, seed: number * Self.asksMax + ask)
            for var sentence in kept(answer, support, &said) {
                sentence.paragraph += ask * Self.paragraphsMax
                guard sentences.reduce(sentence.wordCount, { $0 + $1.wordCount }) <= limit else { break }
                sentences.append(sentence)
            }
        }
        var result = Post.Section(heading: section.heading, sentences: sentences)
        let cited = Set(sentences.compactMap(\.source))
        for fact in section.facts where !cited.contains(fact.source) {
            let length = result.wordCount + Words.count(in: fact.text)
            guard result.isEmpty || Double(length) <= Double(words) * Self.quotesLengthFactor else { continue }
            result.quotes.append(fact)
        }
        return result
    }

    private func answer(for section: Outline.Section, words: Int, wishes: [String], seed: Int) throws -> String {
        let notes = section.facts.map(\.text).joined(separator: "\n")
        let wish = wishes.isEmpty ? "" : "A reviewer asks: \(wishes.joined(separator: " "))\n"
        let request = ModelRequest(
            system: """
                You rewrite notes as a section of a post on \(brief.topic). You keep every fact and number and add \
                none. You write about \(words) words of plain text, without a heading and without a list.
                """,
            user: "Heading: \(section.heading)\n\(wish)Notes: \(notes)\nParagraph:",
            maxTokens: max(80, words * 8 / 5),
            temperature: 0.3,
            seed: step.modelSeed(2000 + seed)
        )
        return withoutEcho(try host.callModel(request).text, section.heading)
    }

    /// Without the labels of the prompt, which small models repeat before they begin.
    private func withoutEcho(_ answer: String, _ heading: String) -> String {
        var text = Text.trimmed(answer)
        while let label = ["Heading:", "Notes:", "Paragraph:", heading].first(where: text.hasPrefix) {
            text = Text.trimmed(text.dropFirst(label.count).drop { ":.,-–—* \n".contains($0) })
        }
        return text
    }

    /// The sentences of an answer that may stay, each with its source.
    private func kept(_ answer: String, _ support: Support, _ said: inout [Set<String>]) -> [Post.Sentence] {
        let paragraphs = ModelText.paragraphs(answer)
        let degrees = paragraphs.joined().map(support.degree)
        // An answer that mostly keeps to the facts comes from a model that can be left to join them.
        let trusted = degrees.count { $0 == .most } * 2 >= degrees.count
        var result: [Post.Sentence] = []
        for (index, paragraph) in paragraphs.enumerated() {
            for text in paragraph {
                let sentence = Citations.removed(from: text)
                guard support.degree(of: sentence) >= (trusted ? .some : .most) else {
                    host.log(.debug, "not supported by the notes: \(sentence)")
                    continue
                }
                let words = Set(Words.content(in: sentence))
                guard !said.contains(where: { Words.similarity($0, words) > Self.similarityMax }) else { continue }
                said.append(words)
                result.append(
                    Post.Sentence(text: sentence, source: support.source(of: sentence)?.source, paragraph: index)
                )
            }
        }
        return result
    }
}
