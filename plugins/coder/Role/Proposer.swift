// Asks the model for an edit of one file. SPDX-License-Identifier: MIT

import BatonPluginKit
import BatonRoleText

/// Asks the model for an edit of one file, in a form that leaves little to go wrong.
struct Proposer {
    /// How many lines the model may choose from.
    private static let choicesMax = 40
    /// The lines shown around a choice in a long file.
    private static let marginLines = 2
    /// Up to this length a file is shown whole.
    private static let wholeLinesMax = 120
    /// The longest new text, in lines.
    private static let newLinesMax = 60

    /// What is done at the chosen line.
    enum Mode: String, Decodable, CaseIterable {
        case after = "insert after"
        case before = "insert before"
        case replace
    }

    /// An edit as the model says it; the members are written in this order, the place before the text.
    struct Answer: Decodable {
        var line: String
        var mode: Mode
        var text: String
    }

    let path: String
    let text: String
    let output: String
    let step: Step
    let host: any RoleHost

    /// The file's new text; nil if the model proposed nothing that can be done.
    func propose(_ attempt: Int) throws -> String? {
        let choices = Self.choices(of: text, near: "\(step.goal) \(output)")
        guard !choices.isEmpty else {
            host.log(.info, "'\(path)' has no line that could be named")
            return nil
        }
        let schema = JSONSchema.object([
            "line": .string(oneOf: choices, "the line of the file at which to edit"),
            "mode": .string(oneOf: Mode.allCases.map(\.rawValue)),
            "text": .string(maxLength: 1_000, "the new line or lines"),
        ])
        let result = try host.callModel(
            ModelRequest(
                system: "You make one small exact edit in a file, so that the check passes. You answer in JSON.",
                user: prompt(choices),
                maxTokens: 256,
                temperature: [0.1, 0.5, 0.8][min(attempt, 2)],
                seed: step.modelSeed(4000 + attempt),
                responseSchema: schema
            )
        )
        guard let answer = result.decoded(Answer.self) else {
            host.log(.debug, "the answer is no edit: \(Text.shortened(Text.oneLine(result.text), to: 200))")
            return nil
        }
        guard let edited = Self.applied(answer, to: text, isMarkdown: path.hasSuffix(".md")) else {
            host.log(.debug, "the edit cannot be made: \(answer.mode.rawValue) '\(answer.line)': '\(answer.text)'")
            return nil
        }
        return edited
    }

    private func prompt(_ choices: [String]) -> String {
        let failure = output.isEmpty ? "" : "The check says:\n\(output)\n\n"
        return "Goal: \(Text.oneLine(step.goal))\n\n\(failure)File \(path):\n\(excerpt(choices))\n\nGive one edit."
    }

    /// The whole file if it is short, else the lines around those that may be chosen.
    private func excerpt(_ choices: [String]) -> String {
        let lines = Text.lines(text)
        guard lines.count > Self.wholeLinesMax else { return lines.joined(separator: "\n") }
        let chosen = Set(choices)
        var shown = Set<Int>()
        for index in lines.indices where chosen.contains(String(lines[index])) {
            shown.formUnion(max(0, index - Self.marginLines)...min(lines.count - 1, index + Self.marginLines))
        }
        var result: [Substring] = []
        for index in lines.indices {
            if shown.contains(index) {
                result.append(lines[index])
            } else if result.last != "…" {
                result.append("…")
            }
        }
        return result.joined(separator: "\n")
    }

    /// The lines that can be named without doubt, as they stand once; of many, those with words of `hint`.
    static func choices(of text: String, near hint: String) -> [String] {
        let lines = Text.lines(text).map(String.init)
        let counts = Dictionary(lines.map { ($0, 1) }, uniquingKeysWith: +)
        let unique = lines.filter { counts[$0] == 1 && !Text.trimmed($0).isEmpty && $0.count <= 400 }
        guard unique.count > choicesMax else { return unique }
        let words = Set(Words.content(in: hint))
        let shared = unique.map { words.intersection(Words.content(in: $0)) }
        let frequencies = Dictionary(shared.joined().map { ($0, 1.0) }, uniquingKeysWith: +)
        // A word that stands in few lines tells more than one that stands in many.
        let scores = shared.map { $0.reduce(0) { $0 + 1 / (frequencies[$1] ?? 1) } }
        let best = Set(
            scores.enumerated().sorted { ($1.element, $0.offset) < ($0.element, $1.offset) }
                .prefix(choicesMax).map(\.offset)
        )
        return unique.enumerated().filter { best.contains($0.offset) }.map(\.element)
    }

    /// The text after the edit; nil if the line does not stand exactly once, nothing would change, or the new lines do
    /// not go there.
    static func applied(_ answer: Answer, to text: String, isMarkdown: Bool) -> String? {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let places = lines.indices.filter { lines[$0] == answer.line }
        guard places.count == 1, let place = places.first else { return nil }
        var new = answer.text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        while new.last?.isEmpty == true { new.removeLast() }
        // Small models copy the check's words together with its label.
        new = new.map { ExpectedLines.lines(in: $0).first ?? $0 }
        guard new.count <= newLinesMax, answer.mode == .replace || !new.isEmpty else { return nil }
        if isMarkdown, !fits(new, answer, in: lines) { return nil }
        switch answer.mode {
        case .after: lines.insert(contentsOf: new, at: place + 1)
        case .before: lines.insert(contentsOf: new, at: place)
        case .replace: lines.replaceSubrange(place...place, with: new)
        }
        let edited = lines.joined(separator: "\n")
        return edited == text ? nil : edited
    }

    /// In Markdown a heading stays a heading and a list item a list item, and a new item goes into the list.
    private static func fits(_ new: [String], _ answer: Answer, in lines: [String]) -> Bool {
        let first = new.first.map(shape) ?? "text"
        if answer.mode == .replace { return new.isEmpty || first == shape(answer.line) }
        guard first == "bullet", lines.contains(where: { shape($0) == "bullet" }) else { return true }
        return shape(answer.line) == "bullet"
    }

    private static func shape(_ line: String) -> String {
        if line.hasPrefix("#") { return "heading" }
        return Markdown.withoutMark(line).mark == .bullet ? "bullet" : "text"
    }
}
