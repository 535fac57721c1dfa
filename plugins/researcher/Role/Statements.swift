// Asks the model what quotes say, and checks the answers. SPDX-License-Identifier: MIT

import BatonPluginKit
import BatonRoleText

/// Asks the model what each quote says, and keeps an answer only if it fits the quote.
struct Statements {
    /// The longest statement, in words.
    private static let wordsMax = 40
    /// The least share of a statement's content words that stand in the quote.
    private static let supportMin = 0.5
    /// Shows a small model what is wanted, which it does not see from an instruction alone.
    private static let example = (
        user: """
        Text: Rain fell on 18 days in May. The river rose by two metres and the lower bridge was closed for a week.
        Summary:
        """,
        answer: "After 18 days of rain in May the river rose by two metres and closed the lower bridge for a week."
    )

    let step: Step
    let host: any RoleHost

    func stated(_ findings: [ResearchNotes.Finding]) throws -> [ResearchNotes.Finding] {
        try findings.enumerated().map { index, finding in
            try host.checkCancelled()
            host.progress(
                "reading \(finding.source) (\(index + 1) of \(findings.count))",
                permille: index * 1000 / findings.count
            )
            var finding = finding
            finding.statement = try statement(of: finding.quote, number: index)
            return finding
        }
    }

    private func statement(of quote: String, number: Int) throws -> String? {
        let request = ModelRequest(
            system: "You summarize texts in one short sentence.",
            user: "Text: \(quote)\nSummary:",
            maxTokens: 60,
            temperature: 0.2,
            seed: step.modelSeed(number)
        )
        let answer = try host.callModel(request.following([Self.example]))
        guard let sentence = ModelText.sentence(answer.text) else {
            host.log(.debug, "no usable statement: \(Text.shortened(Text.oneLine(answer.text), to: 200))")
            return nil
        }
        guard Self.fits(sentence, quote) else {
            host.log(.debug, "the statement does not fit its quote: \(sentence)")
            return nil
        }
        return sentence
    }

    /// Whether a statement is about its quote, invents no number, and is not just the quote again.
    static func fits(_ statement: String, _ quote: String) -> Bool {
        let said = Set(Words.content(in: statement))
        let given = Set(Words.content(in: quote))
        guard !said.isEmpty, Words.count(in: statement) <= wordsMax else { return false }
        guard Words.numbers(in: statement).isSubset(of: Words.numbers(in: quote)) else { return false }
        let shared = said.intersection(given).count
        guard shared > 0, Double(shared) >= supportMin * Double(said.count) else { return false }
        return ModelText.key(statement) != ModelText.key(quote)
    }
}
