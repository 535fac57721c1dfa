// What the writer writes from good, weak and hostile answers.

import BatonPluginKit
import Testing
import WriterRole

@Suite("Writer")
struct WriterTests {
    private let notes = """
        # Notes: local-first software

        Collect what the notes say about local-first software.

        ## Findings

        ### 1. Why we moved

        > On 6 February 2024 our project board was down for seven hours.

        Source: `notes/why.md:5`

        ### 2. Why we moved

        > In local-first software the copy on our disk is the real one, and the server holds a spare.

        Source: `notes/why.md:20`

        ### 3. What it costs

        The studio paid less.

        > In 2023 we paid 4,310 euros for subscriptions, and in 2025 it will be 1,890 euros.

        Source: `notes/costs.md:6`

        """

    private func folder() throws -> TemporaryFolder {
        try TemporaryFolder(["research/x.md": notes])
    }

    private func step(_ folder: TemporaryFolder, context: [Step.Context] = []) -> Step {
        Step(
            goal: "Write about local-first software from the facts.",
            workspace: folder.workspace,
            context: [Step.Context(step: "facts", role: "researcher", paths: ["research/x.md"])] + context,
            writes: ["posts/x.md"],
            parameters: ["topic": "local-first software"]
        )
    }

    /// Answers the outline, then sections by their heading.
    private func host(outline: String, sections: [String: String]) -> FakeHost {
        FakeHost { request in
            let text = request.messages.last?.content ?? ""
            if request.responseSchema != nil { return outline }
            return sections.first { text.contains("Heading: \($0.key)\n") }?.value ?? ""
        }
    }

    @Test("writes section by section with numbered sources")
    func good() throws {
        let folder = try folder()
        let host = host(
            outline:
                #"{"headings":["A board that was down","Subscriptions then and now"],"title":"Local-first works"}"#,
            sections: [
                "A board that was down": """
                Our project board was down for seven hours on 6 February 2024. In local-first software the real copy \
                is the one on our disk.
                """,
                "Subscriptions then and now":
                    "Subscriptions were 4,310 euros in 2023.\n\nIn 2025 we pay 1,890 euros for subscriptions.",
            ]
        )

        let report = try role(Writer.self, #"{"words":120}"#).run(step(folder), host: host)

        #expect(report.summary == "write 2 sections on local-first software")
        let outputs = try json(report.outputs)
        #expect(
            outputs == """
                {"path":"posts/x.md","sections":["A board that was down","Subscriptions then and now"],"words":49}
                """
        )
        #expect(
            try folder.workspace.text(of: "posts/x.md") == """
                # Local-first works

                ## A board that was down

                Our project board was down for seven hours on 6 February 2024 [1]. In local-first software the real \
                copy is the one on our disk [2].

                ## Subscriptions then and now

                Subscriptions were 4,310 euros in 2023 [3].

                In 2025 we pay 1,890 euros for subscriptions [3].

                ## Sources

                1. `notes/why.md:5`
                2. `notes/why.md:20`
                3. `notes/costs.md:6`

                """
        )
        #expect(host.artifacts == ["posts/x.md text"])
    }

    @Test(
        "whatever a weak model says, the post keeps to the facts",
        arguments: [
            "", "Sure! Here is the section you asked for:", "# What it costs\n\n## Why we moved",
            "In 2019 the company Acme sold 9,999 licences. Local-first software is a game changer for everybody.",
            "As an AI language model, I cannot help with local-first software and its copy on disk.",
            "Heading: Why we moved\nNotes:", "The the the", "{\"headings\":[]}", "<think>the copy on our disk is real.",
            "In this section, the server holds a spare copy of our disk.", "TODO", "```\ncopy\n```",
        ]
    )
    func weak(answer: String) throws {
        let folder = try folder()

        let report = try role(Writer.self, #"{"words":120}"#).run(step(folder), host: FakeHost(answers: [answer]))

        #expect(report.outputs.sections == ["Why we moved", "What it costs"])
        #expect(
            try folder.workspace.text(of: "posts/x.md") == """
                # Local-first software

                ## Why we moved

                > On 6 February 2024 our project board was down for seven hours. [1]

                > In local-first software the copy on our disk is the real one, and the server holds a spare. [2]

                ## What it costs

                > In 2023 we paid 4,310 euros for subscriptions, and in 2025 it will be 1,890 euros. [3]

                ## Sources

                1. `notes/why.md:5`
                2. `notes/why.md:20`
                3. `notes/costs.md:6`

                """
        )
    }

    @Test("takes off labels that a model repeats, and quotes what it hardly tells")
    func labels() throws {
        let folder = try folder()
        let answer = """
            Heading: Why we moved
            Notes: The project board was down for seven hours. Our copy. The disk copy counts.
            """

        _ = try role(Writer.self, #"{"words":60}"#).run(step(folder), host: FakeHost(answers: [answer]))

        let text = try #require(try folder.workspace.text(of: "posts/x.md"))
        #expect(
            text == """
                # Local-first software

                ## Why we moved

                The project board was down for seven hours [1]. The disk copy counts [2].

                > In local-first software the copy on our disk is the real one, and the server holds a spare. [2]

                > In 2023 we paid 4,310 euros for subscriptions, and in 2025 it will be 1,890 euros. [3]

                ## Sources

                1. `notes/why.md:5`
                2. `notes/why.md:20`
                3. `notes/costs.md:6`

                """
        )
    }

    @Test("what is said once is not said again, and a sentence that was cut is left out")
    func repeats() throws {
        let folder = try folder()
        let answer = """
            Here is the rewritten paragraph: In local-first software, the copy on our disk is the real one. In \
            local-first software, the copy on our disk is the real one. The server holds a copy that is on the
            """

        _ = try role(Writer.self, #"{"words":40}"#).run(step(folder), host: FakeHost(answers: [answer]))

        #expect(
            try folder.workspace.text(of: "posts/x.md") == """
                # Local-first software

                ## Why we moved

                In local-first software, the copy on our disk is the real one [1].

                > On 6 February 2024 our project board was down for seven hours. [2]

                > In 2023 we paid 4,310 euros for subscriptions, and in 2025 it will be 1,890 euros. [3]

                ## Sources

                1. `notes/why.md:20`
                2. `notes/why.md:5`
                3. `notes/costs.md:6`

                """
        )
    }

    @Test("a model that keeps to the facts may join them, one that does not may not")
    func trust() throws {
        let joining = "The server is a spare for our disk and for bad days."
        let folder = try folder()
        let good = "Our project board was down for seven hours on 6 February 2024. \(joining)"
        let bad = "\(joining) The project of our server is a disk of the down and out."

        _ = try role(Writer.self, #"{"words":40}"#).run(step(folder), host: FakeHost(answers: [good]))
        #expect(try folder.workspace.text(of: "posts/x.md")?.contains(joining.dropLast()) == true)
        _ = try role(Writer.self, #"{"words":40}"#).run(step(folder), host: FakeHost(answers: [bad]))
        #expect(try folder.workspace.text(of: "posts/x.md")?.contains(joining.dropLast()) == false)
    }

    @Test("headings that are too long, twice, numbered or about nothing are replaced")
    func headings() throws {
        let folder = try folder()
        let outlines = [
            #"{"headings":["Why we moved","Why we moved"],"title":"x"}"#,
            ###"{"headings":["## 1. **","2023"],"title":""}"###,
            #"{"headings":["Copy that goes on and on and on without any end to it","Zebras"],"title":"As an AI"}"#,
            #"{"headings":["Sources","In 2023 we paid 4,310 euros"],"title":"our project board was down"}"#,
        ]
        for outline in outlines {
            let report = try role(Writer.self, #"{"words":120}"#)
                .run(step(folder), host: host(outline: outline, sections: [:]))

            #expect(report.outputs.sections == ["Why we moved", "What it costs"])
            #expect(try folder.workspace.text(of: "posts/x.md")?.hasPrefix("# Local-first software\n") == true)
        }
    }

    @Test("writes from any text, in the order in which it stands")
    func anyText() throws {
        let folder = try TemporaryFolder([
            "brief.md": "# Brief\n\nThe shop opens on 3 May.\n\nIt sells bread and cake.\n"
        ])
        let step = Step(
            goal: "Announce the shop",
            workspace: folder.workspace,
            reads: ["*.md"],
            writes: ["news/shop.md"],
            parameters: ["words": 40]
        )

        let report = try role(Writer.self).run(
            step,
            host: FakeHost(answers: ["The shop opens on 3 May. It sells bread and cake."])
        )

        #expect(report.summary == "write 1 section on announce shop")
        let text = try #require(try folder.workspace.text(of: "news/shop.md"))
        #expect(
            text == """
                # Announce shop

                ## Brief

                The shop opens on 3 May [1]. It sells bread and cake [2].

                ## Sources

                1. `brief.md:3`
                2. `brief.md:5`

                """
        )
    }

    @Test("revises only the sections that findings name, and keeps every other line")
    func revises() throws {
        let post = """
            # A title of mine

            A lead that stays.

            ## First

            Our board was down [1]. This   spacing stays.

            ## Second

            We paid 4,310 euros in 2023 [2], and it rained.

            ## Sources

            1. `notes/why.md:5`
            2. `notes/costs.md:6`

            """
        let folder = try TemporaryFolder(["research/x.md": notes, "posts/x.md": post])
        let findings: JSON = [
            "verdict": "revise",
            "findings": [
                [
                    "file": "posts/x.md", "line": 11, "severity": "major", "quote": "it rained",
                    "message": "Drop the rain.",
                ],
                ["file": "other.md", "line": 7, "severity": "major", "quote": "", "message": "Not here."],
            ],
        ]
        let host = FakeHost(answers: ["In 2023 we paid 4,310 euros for subscriptions."])

        let report = try role(Writer.self).run(
            step(
                folder,
                context: [
                    Step.Context(step: "draft", role: "writer", paths: ["posts/x.md"]),
                    Step.Context(step: "review", role: "reviewer", outputs: findings),
                ]
            ),
            host: host
        )

        #expect(report.summary == "revise 1 section of posts/x.md")
        #expect(host.requests.count == 1)
        #expect(host.requests.first?.messages.last?.content.contains("A reviewer asks: Drop the rain.") == true)
        #expect(
            try folder.workspace.text(of: "posts/x.md")
                == post.replacing(
                    "We paid 4,310 euros in 2023 [2], and it rained.",
                    with: "In 2023 we paid 4,310 euros for subscriptions [2]."
                )
        )
    }

    @Test("has to have something to write from, and a path to write to")
    func refuses() throws {
        let folder = try TemporaryFolder()
        let nothing = Step(goal: "Write", workspace: folder.workspace, writes: ["x.md"])
        let nowhere = Step(goal: "Write", workspace: folder.workspace, writes: ["*.md"])

        #expect(
            throws: PluginError(.failed, "there is nothing to write from; give the step 'context' or 'reads' with text")
        ) {
            try role(Writer.self).run(nothing, host: FakeHost(answers: [""]))
        }
        #expect(throws: PluginError(.invalid, "the writer needs 'writes' with the path of the text, without wildcards"))
        {
            try role(Writer.self).run(nowhere, host: FakeHost(answers: [""]))
        }
        #expect(throws: PluginError(.invalid, "'words' must be from 20 to 20000")) {
            try role(Writer.self, #"{"words":19}"#)
        }
    }

    @Test("writes nothing when it is stopped, when the model fails, and in a dry run")
    func stops() throws {
        let folder = try folder()
        let stopped = FakeHost(answers: [""])
        stopped.isCancelled = true
        var dry = step(folder)
        dry.isDryRun = true

        #expect(throws: PluginError.cancelled) { try role(Writer.self).run(step(folder), host: stopped) }
        #expect(throws: PluginError(.unavailable, "no model")) {
            try role(Writer.self).run(step(folder), host: FakeHost())
        }
        _ = try role(Writer.self).run(dry, host: FakeHost())
        #expect(!folder.workspace.exists("posts/x.md"))
    }
}
