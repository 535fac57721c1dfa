// What a text may be written from. SPDX-License-Identifier: MIT

import BatonPluginKit
import BatonRoleText

/// A fact: words of a source, and where they stand.
struct Fact: Hashable {
    var text: String
    var source: SourceReference
    /// What the source is about there; empty if it does not say.
    var heading: String
}

/// What a text may be written from.
struct Material {
    /// The most facts taken from files that are no research notes.
    private static let factsMax = 16

    /// What the text is about, in a few words.
    var topic: String
    var facts: [Fact]

    /// Reads the files that earlier steps made, and those that `reads` names.
    ///
    /// Research notes are taken as they are. From other files the passages are taken that fit the goal best.
    static func collect(_ step: Step, except output: String, host: any RoleHost) throws -> Material {
        var paths = step.context.flatMap(\.paths)
        paths += step.workspace.files(matching: step.reads.map(Glob.init))
        var seen: Set<String> = [output]
        var notes: [ResearchNotes] = []
        var passages: [Passage] = []
        for path in paths where seen.insert(path).inserted && step.workspace.exists(path) {
            guard let text = try step.workspace.text(of: path) else { continue }
            if let parsed = ResearchNotes(parsing: text) {
                notes.append(parsed)
            } else {
                passages += Passage.all(in: text, path: path)
            }
        }
        // Notes are what somebody chose; beside them, the files they quote would only come in twice.
        let quoted = Set(notes.flatMap(\.findings).map(\.source.path))
        passages.removeAll { quoted.contains($0.path) }
        var facts = notes.flatMap(\.findings).map { Fact(text: $0.quote, source: $0.source, heading: $0.heading) }
        facts += chosen(from: passages, for: Words.subject(of: step.goal))
        guard !facts.isEmpty else {
            throw PluginError(.failed, "there is nothing to write from; give the step 'context' or 'reads' with text")
        }
        host.log(.info, "writing from \(Text.counted(facts.count, "fact"))")
        let topic = step.parameters["topic"]?.stringValue.map { Text.oneLine($0) } ?? ""
        return Material(topic: topic.isEmpty ? notes.first?.title ?? derivedTopic(step) : topic, facts: facts)
    }

    private static func chosen(from passages: [Passage], for words: [String]) -> [Fact] {
        let ranked = Ranking(passages, wordsMin: 3).ranked(for: words).map(\.passage)
        let best = (ranked.isEmpty ? passages : ranked).prefix(factsMax)
        // The order of the source is the better order to tell it in.
        return passages.filter(best.contains).compactMap { passage in
            guard let quote = passage.bestQuote(for: Set(words)) else { return nil }
            return Fact(
                text: quote.text,
                source: SourceReference(path: passage.path, line: quote.line),
                heading: passage.heading
            )
        }
    }

    private static func derivedTopic(_ step: Step) -> String {
        let words = Words.all(in: step.goal).filter { !Words.subject(of: $0).isEmpty && !$0.allSatisfy(\.isNumber) }
        return words.isEmpty ? Text.oneLine(step.goal) : words.joined(separator: " ")
    }
}
