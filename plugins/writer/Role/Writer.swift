// The role that writes a text from given material. SPDX-License-Identifier: MIT

package import BatonPluginKit
import BatonRoleText

/// Writes a text from given material, section by section, each statement with a numbered citation.
///
/// The model proposes headings and prose. Code groups the material, keeps of the prose what the material supports,
/// adds what was left out as quotes, and numbers the sources. Where most of an answer is supported, the model is
/// trusted with the sentences between; where it is not, only supported sentences stay.
package struct Writer: Role {
    package struct Settings: Decodable, Sendable {
        /// How long the text should be, in words; the recipe's parameter `words` if nil, else 400.
        package var words: Int?
    }

    package struct Outputs: Encodable, Equatable {
        /// The file that was written.
        package var path: String
        /// Its length without the list of sources.
        package var words: Int
        /// Its headings.
        package var sections: [String]
    }

    package static let descriptor = RoleDescriptor(
        id: "org.baton.writer",
        name: "writer",
        kind: .writer,
        version: "0.1.0",
        description: "Writes a text from given material, section by section, with numbered sources.",
        permissions: [.readFiles, .writeFiles, .callModel],
        settingsSchema: .object(
            [
                "words": .integer(
                    20...20_000,
                    "how long the text should be; the parameter 'words' if left out, else 400"
                )
            ],
            optional: ["words"]
        ),
        outputSchema: .object([
            "path": .string("the file that was written"),
            "words": .integer(nil, "its length without the list of sources"),
            "sections": .array(of: .string(), "its headings"),
        ]),
        vendor: "The Baton authors",
        license: "MIT"
    )

    let words: Int?

    package init(settings: Settings) throws {
        words = settings.words
        guard (20...20_000).contains(words ?? 400) else {
            throw PluginError(.invalid, "'words' must be from 20 to 20000")
        }
    }

    package func run(_ step: Step, host: any RoleHost) throws -> Report<Outputs> {
        guard let path = step.writes.first, Glob(path).isLiteral else {
            throw PluginError(.invalid, "the writer needs 'writes' with the path of the text, without wildcards")
        }
        let words = words ?? step.parameters["words"]?.intValue ?? 400
        let material = try Material.collect(step, except: path, host: host)
        let brief = Brief(topic: material.topic, goal: Text.oneLine(step.goal), words: words)
        let findings = step.findings(on: path)
        if step.isDryRun {
            host.message("would write '\(path)' from \(Text.counted(material.facts.count, "fact"))")
            return Report(summary: "write \(path)", outputs: Outputs(path: path, words: 0, sections: []))
        }
        let sections = SectionWriter(brief: brief, step: step, host: host)
        let post: Post
        let summary: String
        if !findings.isEmpty, step.workspace.exists(path), let text = try step.workspace.text(of: path) {
            let revision = Revision(findings: findings, material: material, sections: sections)
            let revised = try revision.revise(text)
            post = revised.post
            summary = "revise \(Text.counted(revised.count, "section")) of \(path)"
        } else {
            let outline = try Outline.ask(brief, material, step: step, host: host)
            post = try Post(title: outline.title, sections: sections.write(outline))
            summary = "write \(Text.counted(post.sections.count, "section")) on \(brief.topic)"
        }
        let text = post.markdown()
        try step.workspace.write(text, to: path)
        host.declareArtifact(path, kind: "text")
        return Report(
            summary: Text.shortened(summary, to: 60),
            outputs: Outputs(
                path: path,
                words: Citations.wordCount(of: text),
                sections: post.sections.map(\.heading).filter { !$0.isEmpty }
            )
        )
    }
}

/// What the text is to be.
struct Brief {
    var topic: String
    var goal: String
    var words: Int
}
