// What the sections are, and which facts each has. SPDX-License-Identifier: MIT

import BatonPluginKit
import BatonRoleText

/// A title and sections, each with its facts.
struct Outline: Equatable {
    struct Section: Equatable {
        var heading: String
        var facts: [Fact]
    }

    var title: String
    var sections: [Section]

    private struct Answer: Decodable {
        var headings: [String]
        var title: String
    }

    private static let wordsPerSection = 75
    private static let sectionsMax = 8
    private static let headingWordsMax = 8
    private static let headingLengthMax = 60

    /// Groups the facts, asks the model for headings, and repairs them.
    static func ask(_ brief: Brief, _ material: Material, step: Step, host: any RoleHost) throws -> Outline {
        let count = min(max(1, (brief.words + wordsPerSection / 2) / wordsPerSection), sectionsMax)
        let groups = grouped(material.facts, into: count)
        host.progress("planning \(Text.counted(groups.count, "section"))", permille: 0)
        let parts = groups.enumerated().map { index, facts in
            "\(index + 1). " + Text.shortened(facts.map(\.text).joined(separator: " "), to: 240)
        }
        let schema = JSONSchema.object([
            "headings": .array(of: .string(maxLength: headingLengthMax), count: groups.count...groups.count),
            "title": .string(maxLength: 80),
        ])
        let answer = try host.callModel(
            ModelRequest(
                system: "You plan posts. Headings are short: two to six words.",
                user: """
                    Topic: \(brief.topic)
                    Parts:
                    \(parts.joined(separator: "\n"))

                    Give a heading for each of the \(groups.count) parts, in order, and a title for the post.
                    """,
                maxTokens: 40 + 25 * groups.count,
                temperature: 0.3,
                seed: step.modelSeed(1000),
                responseSchema: schema
            )
        )
        let proposal = answer.decoded(Answer.self)
        if proposal == nil { host.log(.debug, "the outline does not fit its schema; headings come from the sources") }
        let title = repairedTitle(proposal?.title, brief, material.facts)
        return Outline(title: title, sections: repairedHeadings(proposal?.headings ?? [], groups, title: title))
    }

    /// The facts of a source stay together; small groups are joined until there are at most `count`.
    static func grouped(_ facts: [Fact], into count: Int) -> [[Fact]] {
        var order: [String] = []
        var groups: [String: [Fact]] = [:]
        for fact in facts {
            if groups[fact.source.path] == nil { order.append(fact.source.path) }
            groups[fact.source.path, default: []].append(fact)
        }
        var result = order.compactMap { groups[$0] }
        // One long source is split: its facts in order, as evenly as can be.
        while result.count < count, let longest = result.map(\.count).max(), longest >= 4,
            let index = result.firstIndex(where: { $0.count == longest })
        {
            let facts = result[index]
            result.replaceSubrange(
                index...index,
                with: [Array(facts[..<(longest / 2)]), Array(facts[(longest / 2)...])]
            )
        }
        while result.count > count, let (into, from) = nearestPair(result) {
            result[into] += result.remove(at: from)
        }
        return result
    }

    /// The two groups to join, the smallest together and of those the most alike; nil if there are not two.
    private static func nearestPair(_ groups: [[Fact]]) -> (Int, Int)? {
        let words = groups.map { Set(Words.content(in: $0.map(\.text).joined(separator: " "))) }
        var best: (pair: (Int, Int), size: Int, similarity: Double)?
        for first in groups.indices {
            for second in groups.indices.dropFirst(first + 1) {
                let size = groups[first].count + groups[second].count
                let similarity = Words.similarity(words[first], words[second])
                guard let least = best else {
                    best = ((first, second), size, similarity)
                    continue
                }
                if (size, -similarity) < (least.size, -least.similarity) { best = ((first, second), size, similarity) }
            }
        }
        return best?.pair
    }

    static func repairedHeadings(_ proposed: [String], _ groups: [[Fact]], title: String) -> [Section] {
        let titleWords = Set(Words.content(in: title))
        var used = [Set(Words.content(in: Citations.heading))]
        return groups.enumerated().map { index, facts in
            let candidates = (index < proposed.count ? [clean(proposed[index])] : []).filter { fits($0, facts) }
            let fallbacks = facts.map(\.heading) + facts.map { leadingWords($0.text) } + ["Part \(index + 1)"]
            let heading =
                (candidates + fallbacks.map(clean)).first { heading in
                    let words = Set(Words.content(in: heading))
                    return !heading.isEmpty && words != titleWords
                        && !used.contains { Words.similarity($0, words) > 0.6 }
                } ?? "Part \(index + 1)"
            used.append(Set(Words.content(in: heading)))
            return Section(heading: heading, facts: facts)
        }
    }

    static func repairedTitle(_ proposed: String?, _ brief: Brief, _ facts: [Fact]) -> String {
        let title = clean(proposed ?? "")
        let words = Words.content(in: title)
        let known = Words.numbers(in: "\(brief.topic) \(brief.goal)")
        let good =
            (1...12).contains(Words.count(in: title)) && title.count <= 80 && !ModelText.isChatter(title)
            && !Set(words).isDisjoint(with: Words.content(in: brief.topic))
            && Words.numbers(in: title).isSubset(of: known) && !isCut(title, outOf: facts)
        return good ? title : Text.capitalised(brief.topic)
    }

    /// Whether a heading is short, says something, is about its facts and is not just cut out of them.
    private static func fits(_ heading: String, _ facts: [Fact]) -> Bool {
        let text = facts.map { "\($0.heading) \($0.text)" }.joined(separator: " ")
        let words = Words.all(in: heading)
        return (1...headingWordsMax).contains(words.count) && heading.count <= headingLengthMax
            && words.contains { $0.count > 2 && $0.allSatisfy(\.isLetter) }
            && !ModelText.isChatter(heading) && Words.numbers(in: heading).isSubset(of: Words.numbers(in: text))
            && !Set(Words.content(in: heading)).isDisjoint(with: Words.content(in: text))
            && !isCut(heading, outOf: facts)
    }

    private static func isCut(_ heading: String, outOf facts: [Fact]) -> Bool {
        Words.all(in: heading).count > 3
            && facts.contains { Text.oneLine($0.text).lowercased().contains(heading.lowercased()) }
    }

    /// Without marks, numbers and quotes around it, and without a full stop.
    private static func clean(_ heading: String) -> String {
        var text = Text.oneLine(heading.drop { $0 == "#" || $0 == "*" || $0 == " " })
        text = ModelText.withoutQuotes(Markdown.withoutMark(text).text)
        while let last = text.last, ".:,;*#".contains(last) { text.removeLast() }
        return Text.capitalised(Text.trimmed(text))
    }

    private static func leadingWords(_ text: String) -> String {
        text.split(separator: " ").prefix(5).joined(separator: " ")
    }
}
