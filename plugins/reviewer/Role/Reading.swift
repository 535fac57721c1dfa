// Has the model read a text for criteria, and keeps what stands up. SPDX-License-Identifier: MIT

import BatonPluginKit
import BatonRoleText

/// Has the model read texts for criteria, one by one.
struct Reading {
    /// The longest piece of a text that the model reads at once, in words; small models have little room.
    private static let pieceWordsMax = 1_200
    /// The most pieces of a text that are read.
    private static let piecesMax = 8
    /// The shortest quote that tells a place, in words.
    private static let quoteWordsMin = 2

    private struct Answer: Decodable {
        var quote: String
        var reason: String
        var verdict: String
    }

    /// The members are written in alphabetical order, so the model quotes and reasons before it decides.
    private static let schema = JSONSchema.object([
        "quote": .string(maxLength: 200),
        "reason": .string(maxLength: 200),
        "verdict": .string(oneOf: ["accept", "revise"]),
    ])

    let criteria: [String]
    let step: Step
    let host: any RoleHost

    func findings(in text: TextUnderReview) throws -> [Finding] {
        var findings: [Finding] = []
        let pieces = pieces(of: text.text)
        for (index, criterion) in criteria.enumerated() {
            host.progress(
                "reading \(text.path) (\(index + 1) of \(criteria.count))",
                permille: index * 1000 / criteria.count
            )
            for (number, piece) in pieces.enumerated() {
                let seed = 3000 + index * 100 + number * 2
                guard var found = try finding(in: piece, of: text, criterion, seed: seed) else { continue }
                // A weak model finds fault by chance: only what it finds again is grave.
                let again = try finding(in: piece, of: text, criterion, seed: seed + 1)
                found.severity = again?.line == found.line ? .major : .minor
                if !findings.contains(where: { $0.quote == found.quote }) { findings.append(found) }
            }
        }
        return findings
    }

    private func finding(
        in piece: String,
        of text: TextUnderReview,
        _ criterion: String,
        seed: Int
    ) throws -> Finding? {
        try host.checkCancelled()
        let result = try host.callModel(
            ModelRequest(
                system: "You review texts against one criterion. You quote the worst sentence word by word.",
                user: """
                    Criterion: \(criterion)
                    Text:
                    \(piece)

                    Quote the sentence that meets the criterion least, give the reason in one sentence, and say \
                    whether the text can stay ("accept") or has to be revised ("revise").
                    """,
                maxTokens: 160,
                temperature: 0.2,
                seed: step.modelSeed(seed),
                responseSchema: Self.schema
            )
        )
        guard let answer = result.decoded(Answer.self), answer.verdict == "revise" else { return nil }
        let quote = Text.oneLine(ModelText.withoutQuotes(Text.oneLine(answer.quote)))
        guard Words.count(in: quote) >= Self.quoteWordsMin, let line = line(of: quote, in: text.text) else {
            host.log(.info, "left out a remark whose quote does not stand in the text: \(quote)")
            return nil
        }
        let message = Text.oneLine(answer.reason)
        return Finding(
            file: text.path,
            line: line,
            severity: .minor,
            quote: quote,
            message: message.isEmpty ? "does not meet: \(criterion)" : message,
            source: .model
        )
    }

    /// The line on which a quote begins, citations and white space set aside; headings do not count.
    private func line(of quote: String, in text: String) -> Int? {
        let wanted = Text.oneLine(Citations.removed(from: quote))
        let lines = Markdown(Citations.body(of: text)).lines
        for (index, line) in lines.enumerated() where line.kind == .text {
            let rest = lines[index...].prefix { $0.kind == .text }
            let joined = Text.oneLine(rest.map { Markdown.withoutMark($0.text).text }.joined(separator: " "))
            guard Text.oneLine(Citations.removed(from: joined)).contains(wanted) else { continue }
            // It begins on the last line from which it can still be read.
            let next = rest.dropFirst().first
            let after = Text.oneLine(rest.dropFirst().map { Markdown.withoutMark($0.text).text }.joined(separator: " "))
            if next != nil, Text.oneLine(Citations.removed(from: after)).contains(wanted) { continue }
            return line.number
        }
        return nil
    }

    /// The body cut at headings and paragraphs into pieces that a small model can read.
    private func pieces(of text: String) -> [String] {
        var pieces: [String] = []
        var piece = ""
        for paragraph in Citations.body(of: text).split(separator: "\n\n", omittingEmptySubsequences: true) {
            if !piece.isEmpty, Words.count(in: piece) + Words.count(in: paragraph) > Self.pieceWordsMax {
                pieces.append(piece)
                piece = ""
            }
            piece += piece.isEmpty ? "\(paragraph)" : "\n\n\(paragraph)"
        }
        if !piece.isEmpty { pieces.append(piece) }
        if pieces.count > Self.piecesMax {
            host.log(.warning, "reading the first \(Self.piecesMax) of \(pieces.count) parts")
        }
        return Array(pieces.prefix(Self.piecesMax))
    }
}
