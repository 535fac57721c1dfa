// What the researcher finds, and what it writes.

import BatonPluginKit
import FoundationEssentials
import ResearcherRole
import Testing

@Suite("Researcher")
struct ResearcherTests {
    private let notes = [
        "notes/sync.md": """
        # Sync

        We keep 212 GB in sync between two laptops.

        ## Conflicts

        In six months of sync there were 23 conflict files,
        and nineteen of them came from one spreadsheet.

        - Many small files sync better than one big file does.
        """,
        "notes/cost.md": "# Cost\n\nSync software costs us nothing, and the small computer cost 329 euros in March.\n",
        "notes/garden.md": "# Garden\n\nTomatoes need six hours of sun and a wall that keeps the wind away.\n",
        "other.md": "# Other\n\nSync is mentioned here as well, but nobody may read this file at all.\n",
    ]

    private func step(_ folder: TemporaryFolder, goal: String = "Collect what the notes say about sync.") -> Step {
        Step(goal: goal, workspace: folder.workspace, reads: ["notes/**"], writes: ["research/sync.md"])
    }

    private func run(_ json: String = "{}", _ step: Step, _ host: FakeHost) throws -> Report<Researcher.Outputs> {
        let settings = try JSONDecoder().decode(Researcher.Settings.self, from: Data(json.utf8))
        return try Researcher(settings: settings).run(step, host: host)
    }

    @Test("writes verified quotes with file and line, and the statements that fit them")
    func writes() throws {
        let folder = try TemporaryFolder(notes)
        let host = FakeHost { request in
            let text = request.messages.last?.content ?? ""
            return text.contains("23 conflict") ? "One spreadsheet made nineteen of 23 conflict files." : ""
        }

        let report = try run(#"{"quotes":3}"#, step(folder), host)

        #expect(report.summary == "collect 3 quotes from 2 files on sync")
        #expect(
            try json(report.outputs)
                == #"{"notes":"research/sync.md","quotes":3,"sources":["notes/cost.md","notes/sync.md"]}"#
        )
        #expect(host.artifacts == ["research/sync.md notes"])
        #expect(
            try folder.workspace.text(of: "research/sync.md") == """
                # Notes: sync

                Collect what the notes say about sync.

                ## Findings

                ### 1. Sync

                > We keep 212 GB in sync between two laptops.

                Source: `notes/sync.md:3`

                ### 2. Cost

                > Sync software costs us nothing, and the small computer cost 329 euros in March.

                Source: `notes/cost.md:3`

                ### 3. Conflicts

                One spreadsheet made nineteen of 23 conflict files.

                > In six months of sync there were 23 conflict files, and nineteen of them came from one spreadsheet.

                Source: `notes/sync.md:7`

                """
        )
    }

    @Test(
        "a statement that does not fit its quote is left out",
        arguments: [
            "", "   ", "The quote is a sentence.", "Bananas are yellow and grow in warm countries.",
            "We keep 999 GB in sync between two laptops.", "We keep 212 GB in sync between two laptops.",
            "As an AI language model I keep sync between laptops.", "<think>sync laptops", "# Sync\n```\n",
            "Sync keeps laptops without an end",
        ]
    )
    func statements(answer: String) throws {
        let folder = try TemporaryFolder(["notes/sync.md": notes["notes/sync.md"] ?? ""])

        _ = try run(#"{"quotes":1}"#, step(folder), FakeHost(answers: [answer]))

        let text = try #require(try folder.workspace.text(of: "research/sync.md"))
        let expected =
            answer.hasSuffix("end")
            ? "### 1. Sync\n\nSync keeps laptops without an end.\n\n> We keep" : "### 1. Sync\n\n> We keep"
        #expect(text.contains(expected))
    }

    @Test("says which words of the goal stand in no file")
    func gaps() throws {
        let folder = try TemporaryFolder(notes)
        let host = FakeHost(answers: [""])

        _ = try run("{}", step(folder, goal: "Collect what the notes say about sync and pricing."), host)

        #expect(host.messages == ["No file mentions 'pricing'."])
        #expect(
            try folder.workspace.text(of: "research/sync.md")?.hasSuffix("## Gaps\n\n- No file mentions 'pricing'.\n")
                == true
        )
    }

    @Test("reads only what it may: no links out, no binaries, no large files, no .git, not its own output")
    func reads() throws {
        let outside = try TemporaryFolder(["secret.md": "Sync secrets that must never be read by anybody here."])
        let folder = try TemporaryFolder([
            "a.md": "Sync is the subject of this short note about laptops.",
            "code.swift": "let sync = 1 // sync sync sync",
            ".git/sync.md": "Sync in the git folder is not a source for anything.",
            "research/sync.md": "Sync was researched before, and this is what came of it.",
        ])
        try folder.workspace.write(Array("Sync with a NUL byte in the middle of it \0 is binary".utf8), to: "binary.md")
        try folder.workspace.write(String(repeating: "Sync is long. ", count: 80_000), to: "large.md")
        folder.link("link.md", to: "\(outside.path)/secret.md")
        folder.link("linked", to: outside.path)
        var step = step(folder)
        step.reads = []

        let report = try run("{}", step, FakeHost(answers: [""]))

        #expect(report.outputs.sources == ["a.md"])
    }

    @Test("takes at most two quotes from a file while there are others, and never the same twice")
    func variety() throws {
        let long = (1...9).map {
            "Sync rule number \($0) says that laptop \($0 * 7) keeps folder \($0 * 31) in sync.\n"
        }
        let folder = try TemporaryFolder([
            "notes/a.md": long.joined(separator: "\n"),
            "notes/b.md": String(repeating: "Sync between laptops is quick on the office network.\n\n", count: 2),
            "notes/c.md": "A backup is not sync, because what is deleted is gone everywhere.\n",
        ])

        let report = try run(#"{"quotes":4}"#, step(folder), FakeHost(answers: [""]))

        #expect(report.outputs.quotes == 4)
        #expect(report.outputs.sources == ["notes/a.md", "notes/b.md", "notes/c.md"])
    }

    @Test("finding nothing is a failure that says what was looked for")
    func nothing() throws {
        let folder = try TemporaryFolder(notes)

        #expect(throws: PluginError(.failed, "nothing about 'zebras' in 3 files")) {
            try run("{}", step(folder, goal: "Collect what the notes say about zebras."), FakeHost(answers: [""]))
        }
        var unread = step(folder)
        unread.reads = ["none/**"]
        #expect(throws: PluginError(.failed, "there is no text file that matches 'none/**'")) {
            try run("{}", unread, FakeHost(answers: [""]))
        }
        #expect(!folder.workspace.exists("research/sync.md"))
    }

    @Test("needs a path to write to", arguments: [[], ["research/**"]])
    func path(writes: [String]) throws {
        let folder = try TemporaryFolder(notes)
        var step = step(folder)
        step.writes = writes

        #expect(
            throws: PluginError(.invalid, "the researcher needs 'writes' with the path of the notes, without wildcards")
        ) {
            try run("{}", step, FakeHost(answers: [""]))
        }
    }

    @Test("refuses settings out of range", arguments: [#"{"quotes":0}"#, #"{"quotes":51}"#, #"{"per_file":0}"#])
    func settings(json: String) throws {
        let folder = try TemporaryFolder(notes)
        #expect(throws: PluginError.self) { try run(json, step(folder), FakeHost(answers: [""])) }
    }

    @Test("stops when it is told to, and lets a model's failure through, leaving no file")
    func stops() throws {
        let folder = try TemporaryFolder(notes)
        let cancelled = FakeHost(answers: [""])
        cancelled.answer = { _ in
            cancelled.isCancelled = true
            return ""
        }
        let broke = FakeHost { _ in throw PluginError(.budget, "spent") }

        #expect(throws: PluginError.cancelled) { try run("{}", step(folder), cancelled) }
        #expect(cancelled.requests.count == 1)
        #expect(throws: PluginError(.budget, "spent")) { try run("{}", step(folder), broke) }
        #expect(!folder.workspace.exists("research/sync.md"))
    }

    @Test("a dry run asks no model and writes nothing")
    func dryRun() throws {
        let folder = try TemporaryFolder(notes)
        var step = step(folder)
        step.isDryRun = true
        let host = FakeHost()

        let report = try run("{}", step, host)

        #expect(report.outputs.quotes == 4)
        #expect(host.messages == ["would write 'research/sync.md' with 4 quotes"])
        #expect(!folder.workspace.exists("research/sync.md"))
    }
}
