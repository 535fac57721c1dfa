// Chooses what to quote of a passage. SPDX-License-Identifier: MIT

extension Passage {
    /// The longest quote, in words; a longer passage is cut to its best sentences.
    private static let quoteWordsMax = 60

    /// The whole passage if it is short, else the run of sentences that has most of the words.
    package func bestQuote(for words: Set<String>) -> Piece? {
        let sentences = sentences
        guard Words.count(in: text) > Self.quoteWordsMax, sentences.count > 1 else {
            return Piece(line: line, text: text)
        }
        var best: (score: Int, piece: Piece)?
        for start in sentences.indices {
            var run = sentences[start].text
            for next in sentences[(start + 1)...] {
                guard Words.count(in: run) + Words.count(in: next.text) <= Self.quoteWordsMax else { break }
                run += " " + next.text
            }
            let content = Set(Words.content(in: run))
            let score = content.intersection(words).count * 3 + Words.numbers(in: run).count + content.count / 8
            if score > best?.score ?? -1 { best = (score, Piece(line: sentences[start].line, text: run)) }
        }
        return best?.piece
    }
}
