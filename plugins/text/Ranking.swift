// Ranks passages by how much they say about a goal. SPDX-License-Identifier: MIT

/// Ranks passages by how much they say about a goal.
///
/// Okapi BM25 over the words of each passage, with the words of its headings counted at half weight: a paragraph under
/// "Sync and conflicts" is about sync even where it does not say so. Source: Robertson and Zaragoza, "The Probabilistic
/// Relevance Framework", 2009.
package struct Ranking {
    private static let saturation = 1.2
    private static let lengthWeight = 0.5
    private static let headingWeight = 0.5
    /// A passage with figures or dates is worth more to quote, by this factor.
    private static let figureFactor = 1.15
    /// Shorter passages say too little to be quoted, in words.
    package static let quotableWordsMin = 6

    private struct Entry {
        var passage: Passage
        var weights: [String: Double]
        var length: Double
    }

    private let entries: [Entry]
    private let frequencies: [String: Int]
    private let meanLength: Double

    /// Ranks the passages that have at least `wordsMin` words.
    package init(_ passages: [Passage], wordsMin: Int = quotableWordsMin) {
        entries = passages.filter { Words.count(in: $0.text) >= wordsMin }.map { passage in
            let words = Words.content(in: passage.text)
            var weights: [String: Double] = [:]
            for word in words + Self.pairs(words) { weights[word, default: 0] += 1 }
            let above = Words.content(in: "\(passage.title). \(passage.heading)")
            for word in Set(above + Self.pairs(above)) { weights[word, default: 0] += Self.headingWeight }
            return Entry(passage: passage, weights: weights, length: Double(words.count))
        }
        var frequencies: [String: Int] = [:]
        for entry in entries {
            for word in entry.weights.keys { frequencies[word, default: 0] += 1 }
        }
        self.frequencies = frequencies
        meanLength = max(1, entries.reduce(0) { $0 + $1.length } / Double(max(1, entries.count)))
    }

    /// The passages that have any of the words, best first; equal ones in the order of their files.
    ///
    /// If some files are about the words and others never mention them, passages of the former count too: in a note on
    /// a topic most paragraphs do not repeat the topic.
    package func ranked(for words: [String]) -> [(passage: Passage, score: Double)] {
        let query = Set(words + Self.pairs(words))
        let scored = entries.map { (passage: $0.passage, score: score($0, query)) }
        let best = scored.map(\.score).max() ?? 0
        guard best > 0 else { return [] }
        let files = Dictionary(grouping: scored, by: \.passage.path).mapValues { $0.map(\.score).max() ?? 0 }
        return scored.map { entry in
            let figures = Words.numbers(in: entry.passage.text).isEmpty ? 1 : Self.figureFactor
            let file = files[entry.passage.path] ?? 0
            return (entry.passage, (entry.score + Self.headingWeight * file / 2) * figures)
        }
        .filter { $0.score > 0 }
        .sorted { left, right in
            if left.score != right.score { return left.score > right.score }
            return (left.passage.path, left.passage.line) < (right.passage.path, right.passage.line)
        }
    }

    /// Neighbours count as a word of their own, so that "local first" is more than "local" and "first".
    private static func pairs(_ words: [String]) -> [String] {
        zip(words, words.dropFirst()).map { "\($0) \($1)" }
    }

    private func score(_ entry: Entry, _ query: Set<String>) -> Double {
        query.reduce(0) { sum, word in
            guard let weight = entry.weights[word] else { return sum }
            let count = Double(entries.count)
            let frequency = Double(frequencies[word] ?? 0)
            let rarity = logarithm(1 + (count - frequency + 0.5) / (frequency + 0.5))
            let norm = 1 - Self.lengthWeight + Self.lengthWeight * entry.length / meanLength
            return sum + rarity * weight * (Self.saturation + 1) / (weight + Self.saturation * norm)
        }
    }
}
