// The role that collects what files say about a goal. SPDX-License-Identifier: MIT

package import BatonPluginKit
import BatonRoleText

/// Collects what files say about a goal: verbatim quotes with file and line, each verified against the file.
///
/// Code finds, ranks and verifies; the model only says in a sentence what a quote means, and a sentence that does not
/// fit its quote is left out.
package struct Researcher: Role {
    package struct Settings: Decodable, Sendable {
        /// The most quotes; 6 if nil.
        package var quotes: Int?
        /// The most quotes from one file; 2 if nil, unless the files are too few.
        package var perFile: Int?

        private enum CodingKeys: String, CodingKey {
            case quotes
            case perFile = "per_file"
        }
    }

    package struct Outputs: Encodable, Equatable {
        package var quotes: Int
        /// The files that are quoted.
        package var sources: [String]
        /// The file that was written.
        package var notes: String
    }

    package static let descriptor = RoleDescriptor(
        id: "org.baton.researcher",
        name: "researcher",
        kind: .researcher,
        version: "0.1.0",
        description: "Collects what files say about a goal, as verified quotes with file and line.",
        permissions: [.readFiles, .writeFiles, .callModel],
        settingsSchema: .object(
            [
                "quotes": .integer(1...50, "the most quotes; 6 if left out"),
                "per_file": .integer(1...50, "the most quotes from one file; 2 if left out"),
            ],
            optional: ["quotes", "per_file"]
        ),
        outputSchema: .object([
            "quotes": .integer(0...50, "how many quotes were written"),
            "sources": .array(of: .string(), "the files that are quoted"),
            "notes": .string("the file that was written"),
        ]),
        vendor: "The Baton authors",
        license: "MIT"
    )

    let quotes: Int
    let perFile: Int?

    package init(settings: Settings) throws {
        quotes = settings.quotes ?? 6
        perFile = settings.perFile
        guard (1...50).contains(quotes) else { throw PluginError(.invalid, "'quotes' must be from 1 to 50") }
        guard (1...50).contains(perFile ?? 1) else { throw PluginError(.invalid, "'per_file' must be from 1 to 50") }
    }

    package func run(_ step: Step, host: any RoleHost) throws -> Report<Outputs> {
        guard let path = step.writes.first, Glob(path).isLiteral else {
            throw PluginError(.invalid, "the researcher needs 'writes' with the path of the notes, without wildcards")
        }
        let topic = step.topic
        let library = try Library.read(step, except: path, host: host)
        let ranked = Ranking(library.passages).ranked(for: step.subject)
        guard !ranked.isEmpty else {
            throw PluginError(.failed, "nothing about '\(topic)' in \(Text.counted(library.files.count, "file"))")
        }
        let chosen = Selection(count: quotes, perFile: perFile).choose(from: ranked, in: library, for: step.subject)
        guard !chosen.isEmpty else {
            throw PluginError(.failed, "no quote about '\(topic)' could be verified")
        }
        let sources = Set(chosen.map(\.source.path)).sorted()
        let summary = Text.shortened(
            "collect \(Text.counted(chosen.count, "quote")) from \(Text.counted(sources.count, "file")) on \(topic)",
            to: 60
        )
        let outputs = Outputs(quotes: chosen.count, sources: sources, notes: path)
        if step.isDryRun {
            host.message("would write '\(path)' with \(Text.counted(chosen.count, "quote"))")
            return Report(summary: summary, outputs: outputs)
        }
        let notes = ResearchNotes(
            title: topic,
            goal: Text.oneLine(step.goal),
            findings: try Statements(step: step, host: host).stated(chosen),
            gaps: library.gaps(for: step.subjectWords)
        )
        try step.workspace.write(notes.markdown(), to: path)
        host.declareArtifact(path, kind: "notes")
        for gap in notes.gaps { host.message(gap) }
        return Report(summary: summary, outputs: outputs)
    }
}

extension Step {
    /// What it is about, in a few words: the parameter `topic`, else the goal's own words.
    var topic: String {
        if let topic = parameters["topic"]?.stringValue, !Text.trimmed(topic).isEmpty { return Text.oneLine(topic) }
        return subjectWords.isEmpty ? Text.oneLine(goal) : subjectWords.joined(separator: " ")
    }

    /// The words that carry meaning, as they were written in lower case, each once.
    var subjectWords: [String] {
        var seen: Set<String> = []
        let words = Words.all(in: "\(parameters["topic"]?.stringValue ?? "") \(goal)")
        return words.filter { word in
            guard let stem = Words.subject(of: word).first else { return false }
            return seen.insert(stem).inserted
        }
    }

    /// The stems to look for; all words of the goal if none of them carries meaning by itself.
    var subject: [String] {
        let words = subjectWords
        return words.isEmpty ? Words.all(in: goal).map(Words.stem) : words.map(Words.stem)
    }
}
