// What the reviewer finds, and what it leaves alone.

import BatonPluginKit
import ReviewerRole
import Testing

@Suite("Reviewer")
struct ReviewerTests {
    private let source = "# Costs\n\nIn 2023 we paid 4,310 euros.\n"
    private let good = """
        # What we pay

        ## Then

        In 2023 we paid 4,310 euros [1]. See [the older post](old.md#a-heading) and [below](#then).

        ## Sources

        1. `notes/costs.md:3`

        """
    private let accept = #"{"quote":"In 2023 we paid 4,310 euros","reason":"Fine.","verdict":"accept"}"#

    private func review(
        _ text: String,
        settings: String = "{}",
        host: FakeHost? = nil
    ) throws -> (report: Report<Reviewer.Outputs>, host: FakeHost) {
        let folder = try TemporaryFolder([
            "notes/costs.md": source, "posts/old.md": "# Old\n\n## A heading\n\nText.\n", "posts/x.md": text,
        ])
        let step = Step(
            goal: "Is every claim supported?",
            workspace: folder.workspace,
            context: [
                Step.Context(step: "facts", role: "researcher", paths: ["research/x.md"]),
                Step.Context(step: "draft", role: "writer", paths: ["posts/x.md"]),
            ]
        )
        let host = host ?? FakeHost(answers: [accept])
        let before = folder.workspace.files(matching: [Glob("**")])
        let report = try role(Reviewer.self, settings).run(step, host: host)
        #expect(folder.workspace.files(matching: [Glob("**")]) == before)
        return (report, host)
    }

    private func found(_ text: String, settings: String = "{}") throws -> [String] {
        try review(text, settings: settings).report.outputs.findings.map { finding in
            "\(finding.line ?? 0) \(finding.severity.rawValue): \(finding.message)"
        }
    }

    @Test("accepts a text in which everything is right")
    func accepts() throws {
        let (report, host) = try review(good)

        #expect(report.summary == "accept with no findings")
        #expect(try json(report.outputs) == #"{"findings":[],"verdict":"accept"}"#)
        #expect(host.requests.count == 1)
        #expect(host.requests.first?.messages.last?.content.contains("Criterion: Is every claim supported?") == true)
        #expect(host.requests.first?.messages.last?.content.contains("## Sources") == false)
    }

    @Test("finds defects of structure")
    func structure() throws {
        #expect(try found("Text without any title.\n") == ["1 major: there is no title"])
        #expect(
            try found("# One\n\nText.\n\n# Two\n\n### Three\n\nText.\n\n## Four\n") == [
                "5 major: there is a second title", "7 minor: the heading skips from level 1 to 3",
                "11 major: the section is empty",
            ]
        )
        #expect(try found("# Title\n\n```\n# no title\n## nor this\n```\n\nText.\n").isEmpty)
    }

    @Test("finds links and anchors that lead nowhere")
    func links() throws {
        let text = """
            # Links

            [a](old.md) [b](none.md) [c](old.md#none) [d](#nowhere) [e](../../out.md) [f](https://example.org/x)
            [g]() `[h](none.md)` ![i](pic%20ture.png) [j](<old.md>) [k](/posts/old.md "title") [l](mailto:a@b.example)

            """

        #expect(
            try found(text) == [
                "3 major: 'posts/none.md' does not exist", "3 major: 'posts/old.md' has no heading for '#none'",
                "3 major: 'posts/x.md' has no heading for '#nowhere'", "3 major: the link leads out of the project",
                "4 major: the link has no target", "4 major: 'posts/pic ture.png' does not exist",
            ]
        )
    }

    @Test("finds citations without a source, sources without a place, and numbers without a source")
    func citations() throws {
        let text = """
            # Numbers

            In 2023 we paid 4,310 euros [1], which is 17 percent [4] of 2 budgets.

            ## Sources

            1. `notes/costs.md:3`
            2. `notes/costs.md:99`
            3. `notes/none.md:1`

            """

        #expect(
            try found(text) == [
                "3 major: source 4 is not listed", "8 minor: source 2 is not cited",
                "8 major: 'notes/costs.md' has only 3 lines", "9 minor: source 3 is not cited",
                "9 major: source 'notes/none.md' does not exist", "3 minor: '17' stands in none of the sources",
                "3 minor: '2' stands in none of the sources",
            ]
        )
    }

    @Test("finds what is left over from writing")
    func leftOvers() throws {
        let text = "# Title\n\nTODO write this. As an AI, I like it.\n\nLorem ipsum dolor. Todos are fine.\n"

        #expect(
            try found(text) == [
                "3 major: 'TODO' is left in the text", "3 major: this is not part of the text",
                "5 major: this is not part of the text",
            ]
        )
    }

    @Test("says when the length is off, and that it is grave when it is off by half")
    func length() throws {
        let words = "# T\n\n" + String(repeating: "word ", count: 79) + ".\n"

        #expect(try found(words, settings: #"{"words":80}"#).isEmpty)
        #expect(try found(words, settings: #"{"words":93}"#).isEmpty)
        #expect(try found(words, settings: #"{"words":100}"#) == ["0 minor: the text has 80 words; 100 were asked for"])
        #expect(try found(words, settings: #"{"words":200}"#) == ["0 major: the text has 80 words; 200 were asked for"])
    }

    @Test("rejects when there is nothing to review")
    func rejects() throws {
        let folder = try TemporaryFolder()
        let step = Step(goal: "Is it good?", workspace: folder.workspace, reads: ["*.md"])
        let host = FakeHost()

        let nothing = try role(Reviewer.self).run(step, host: host)
        let empty = try review(" \n\n").report

        #expect(nothing.summary == "reject with 1 major finding")
        #expect(
            try json(nothing.outputs) == """
                {"findings":[{"file":"","line":null,"message":"there is no text to review","quote":"",\
                "severity":"major","source":"check"}],"verdict":"reject"}
                """
        )
        #expect(empty.outputs.verdict == .reject)
        #expect(host.requests.isEmpty)
    }

    @Test("a remark of the model's that it makes twice is grave")
    func modelTwice() throws {
        let answer = #"{"quote":"\"In 2023 we paid 4,310 euros\"","reason":"It says not for what.","verdict":"revise"}"#

        let (report, host) = try review(good, host: FakeHost(answers: [answer]))

        #expect(report.outputs.verdict == .revise)
        #expect(
            report.outputs.findings == [
                Finding(
                    file: "posts/x.md",
                    line: 5,
                    severity: .major,
                    quote: "In 2023 we paid 4,310 euros",
                    message: "It says not for what.",
                    source: .model
                )
            ]
        )
        #expect(host.requests.map(\.seed).count == 2 && host.requests[0].seed != host.requests[1].seed)
        #expect(host.messages == ["major: posts/x.md:5: It says not for what."])
    }

    @Test("a remark that it makes once is not")
    func modelOnce() throws {
        let answer = #"{"quote":"In 2023 we paid 4,310 euros [1].","reason":"","verdict":"revise"}"#

        let report = try review(good, host: FakeHost(answers: [answer, accept])).report

        #expect(report.outputs.verdict == .accept)
        #expect(report.outputs.findings.map(\.message) == ["does not meet: Is every claim supported?"])
        #expect(report.outputs.findings.map(\.severity) == [.minor])
    }

    @Test(
        "a remark without a quote that stands in the text does not count",
        arguments: [
            "", "nonsense", #"{"quote":"We paid a million.","reason":"Wrong.","verdict":"revise"}"#,
            #"{"quote":"","reason":"Wrong.","verdict":"revise"}"#, #"{"quote":"we","reason":"x","verdict":"revise"}"#,
            #"{"quote":"What we pay","reason":"x","verdict":"revise"}"#, #"{"verdict":"revise"}"#,
            #"{"quote":"In 2023 we paid 4,310 euros","reason":"x","verdict":"perhaps"}"#,
        ]
    )
    func invented(answer: String) throws {
        let report = try review(good, host: FakeHost(answers: [answer])).report

        #expect(report.outputs.verdict == .accept)
        #expect(report.outputs.findings.isEmpty)
    }

    @Test("asks for each criterion")
    func criteria() throws {
        let host = FakeHost(answers: [accept])

        _ = try review(good, settings: #"{"criteria":["Is it clear?"," ","Is it kind?"]}"#, host: host)

        let asked = host.requests.compactMap { $0.messages.last?.content.split(separator: "\n").first }
        #expect(asked == ["Criterion: Is it clear?", "Criterion: Is it kind?"])
    }
}
