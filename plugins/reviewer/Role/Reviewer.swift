// The role that judges texts and never writes. SPDX-License-Identifier: MIT

package import BatonPluginKit
import BatonRoleText

/// Judges texts: code checks what can be checked, the model reads for the criteria.
///
/// A remark of the model's counts only if it quotes the text, and is grave only if the model says so twice.
package struct Reviewer: Role {
    package struct Settings: Decodable, Sendable {
        /// What the model reads for, a sentence each; the goal if nil.
        package var criteria: [String]?
        /// How long the text should be, in words; the recipe's parameter `words` if nil, else anything.
        package var words: Int?
    }

    package enum Verdict: String, Codable, Sendable {
        /// Nothing grave was found.
        case accept
        /// Something grave was found.
        case revise
        /// There is nothing to review.
        case reject
    }

    package struct Outputs: Encodable, Equatable {
        package var verdict: Verdict
        package var findings: [Finding]
    }

    package static let descriptor = RoleDescriptor(
        id: "org.baton.reviewer",
        name: "reviewer",
        kind: .reviewer,
        version: "0.1.0",
        description: "Judges texts by checks and against criteria, with a typed verdict, and never writes.",
        permissions: [.readFiles, .callModel],
        settingsSchema: .object(
            [
                "criteria": .array(of: .string(), count: 1...20, "what to read for; the goal if left out"),
                "words": .integer(20...20_000, "how long the text should be; the parameter 'words' if left out"),
            ],
            optional: ["criteria", "words"]
        ),
        outputSchema: .object([
            "verdict": .string(oneOf: ["accept", "revise", "reject"]),
            "findings": .array(
                of: .object([
                    "file": .string(),
                    "line": .integer().orNull(),
                    "severity": .string(oneOf: ["major", "minor"]),
                    "quote": .string(),
                    "message": .string(),
                    "source": .string(oneOf: ["check", "model"]),
                ])
            ),
        ]),
        vendor: "The Baton authors",
        license: "MIT"
    )

    let criteria: [String]?
    let words: Int?

    package init(settings: Settings) throws {
        criteria = settings.criteria?.map { Text.oneLine($0) }.filter { !$0.isEmpty }
        words = settings.words
    }

    package func run(_ step: Step, host: any RoleHost) throws -> Report<Outputs> {
        let texts = try TextUnderReview.collect(step, host: host)
        guard !texts.isEmpty else {
            let finding = Finding(
                file: "",
                line: nil,
                severity: .major,
                quote: "",
                message: "there is no text to review"
            )
            return report(.reject, [finding], host)
        }
        let words = words ?? step.parameters["words"]?.intValue
        var findings: [Finding] = []
        for text in texts {
            host.progress("checking \(text.path)")
            findings += Checks(text: text, workspace: step.workspace, words: words).findings()
        }
        if texts.allSatisfy({ Words.count(in: $0.text) == 0 }) { return report(.reject, findings, host) }
        if !step.isDryRun {
            let reading = Reading(criteria: criteria ?? [Text.oneLine(step.goal)], step: step, host: host)
            for text in texts where Words.count(in: text.text) > 0 {
                findings += try reading.findings(in: text)
            }
        }
        return report(findings.contains { $0.severity == .major } ? .revise : .accept, findings, host)
    }

    private func report(_ verdict: Verdict, _ findings: [Finding], _ host: any RoleHost) -> Report<Outputs> {
        for finding in findings {
            let place = finding.line.map { "\(finding.file):\($0)" } ?? finding.file
            host.message("\(finding.severity.rawValue): \(place.isEmpty ? "" : "\(place): ")\(finding.message)")
        }
        let major = findings.count { $0.severity == .major }
        let minor = findings.count - major
        let counts = [(major, "major"), (minor, "minor")].filter { $0.0 > 0 }
            .map { Text.counted($0.0, "\($0.1) finding") }
        let summary = "\(verdict.rawValue) with \(counts.isEmpty ? "no findings" : counts.joined(separator: ", "))"
        return Report(summary: summary, outputs: Outputs(verdict: verdict, findings: findings))
    }
}
