// Tells which sentences the facts support. SPDX-License-Identifier: MIT

import BatonRoleText

/// Tells which sentences the facts of a section support, and by which fact.
struct Support {
    /// How well a sentence is supported.
    enum Degree: Comparable {
        /// It is about something else, or has a number or a name that no fact has.
        case none
        /// It has something of the facts and nothing against them.
        case some
        /// Most of what it says stands in one fact.
        case most
    }

    /// A sentence with fewer different content words says nothing.
    private static let wordsMin = 2
    /// The share of content words that makes "most".
    private static let shareMin = 0.7
    /// The share of content words, of any facts, below which a sentence is about something else.
    private static let relatedShareMin = 0.3
    /// So many words in common make a fact the source of a sentence.
    private static let sharedMin = 2

    private let facts: [(fact: Fact, words: Set<String>)]
    private let words: Set<String>
    private let numbers: Set<String>
    private let context: Set<String>

    /// `context` are words that need no source: the topic.
    init(_ facts: [Fact], context: String) {
        self.facts = facts.map { ($0, Set(Words.content(in: $0.text))) }
        words = self.facts.reduce(into: []) { $0.formUnion($1.words) }
        numbers = facts.reduce(into: []) { $0.formUnion(Words.numbers(in: $1.text)) }
        self.context = Set(Words.content(in: context))
    }

    func degree(of sentence: String) -> Degree {
        let said = Set(Words.content(in: sentence))
        guard said.count >= Self.wordsMin, Words.numbers(in: sentence).subtracting(numbers).isSubset(of: context) else {
            return .none
        }
        let known = words.union(context)
        guard Self.names(in: sentence).allSatisfy(known.contains) else { return .none }
        let supported = said.intersection(words).count
        guard supported >= min(Self.sharedMin, said.count),
            Double(supported) >= Self.relatedShareMin * Double(said.count)
        else { return .none }
        let shared = facts.map { said.intersection($0.words.union(context)).count }.max() ?? 0
        let isMost = said.count > Self.wordsMin && Double(shared) >= Self.shareMin * Double(said.count)
        return isMost ? .most : .some
    }

    /// The fact that a sentence says most of; nil if it says too little of any.
    func source(of sentence: String) -> Fact? {
        let said = Set(Words.content(in: sentence))
        let best = facts.max { $0.words.intersection(said).count < $1.words.intersection(said).count }
        guard let best, best.words.intersection(said).count >= min(Self.sharedMin, said.count) else { return nil }
        return best.fact
    }

    /// The stems of words in upper case that do not begin the sentence.
    private static func names(in sentence: String) -> [String] {
        sentence.split(separator: " ").dropFirst()
            .filter { $0.first { $0.isLetter }?.isUppercase == true }
            .flatMap { Words.content(in: $0) }
    }
}
