// Chooses quotes from ranked passages. SPDX-License-Identifier: MIT

import BatonRoleText

/// Chooses quotes from ranked passages so that sources vary and nothing is said twice.
struct Selection {
    /// Quotes that are more alike than this say the same.
    private static let similarityMax = 0.6
    /// What a further passage of the same file is worth.
    private static let repeatFactor = 0.7

    var count: Int
    var perFile: Int?

    func choose(
        from ranked: [(passage: Passage, score: Double)],
        in library: Library,
        for words: [String]
    ) -> [ResearchNotes.Finding] {
        let files = Set(ranked.map(\.passage.path)).count
        // With few files a limit of 2 would leave quotes out for no reason.
        let limit = perFile ?? max(2, (count + files - 1) / max(1, files))
        var chosen: [ResearchNotes.Finding] = []
        var taken: [String: Int] = [:]
        var said: [Set<String>] = []
        var rest = ranked[...]
        while chosen.count < count, let next = best(of: rest, taken) {
            let passage = rest.remove(at: next).passage
            guard taken[passage.path, default: 0] < limit else { continue }
            guard let quote = passage.bestQuote(for: Set(words)) else { continue }
            let content = Set(Words.content(in: quote.text))
            guard !said.contains(where: { Words.similarity($0, content) > Self.similarityMax }) else { continue }
            guard let file = library.files[passage.path],
                let line = Passage.lineOf(quote.text, in: file, from: quote.line)
            else { continue }
            taken[passage.path, default: 0] += 1
            said.append(content)
            chosen.append(
                ResearchNotes.Finding(
                    statement: nil,
                    quote: quote.text,
                    source: SourceReference(path: passage.path, line: line),
                    heading: passage.heading
                )
            )
        }
        return chosen
    }

    /// The next passage: the best one, where each quote already taken from its file makes it a worse one.
    private func best(of ranked: ArraySlice<(passage: Passage, score: Double)>, _ taken: [String: Int]) -> Int? {
        let scores = ranked.map { entry in
            (0..<taken[entry.passage.path, default: 0]).reduce(entry.score) { score, _ in score * Self.repeatFactor }
        }
        guard let best = scores.max(), let index = scores.firstIndex(of: best) else { return nil }
        return ranked.startIndex + index
    }
}
