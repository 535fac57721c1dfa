// What the coder changes, and what it puts back.

import BatonPluginKit
import CoderRole
import Testing

@Suite("Coder")
struct CoderTests {
    private let index = "# Posts\n\nNewest first.\n\n- [Old](old.md)\n\nMail us.\n"
    private let settings = #"{"files":["index.md"],"check":"sh check.sh","attempts":2}"#

    /// A check that asks for a line of index.md, as a program would.
    private func host(_ folder: TemporaryFolder, answers: [String], wants line: String = "- [New](new.md)") -> FakeHost
    {
        let host = FakeHost(answers: answers)
        host.command = { command in
            #expect(command.argv == ["sh", "-c", "sh check.sh"])
            let text = try folder.workspace.text(of: "index.md") ?? ""
            let lines = text.split(separator: "\n").map(String.init)
            guard !lines.contains(line) || !lines.contains("- [Old](old.md)") else { return CommandResult() }
            return CommandResult(exitStatus: 1, stdout: "checking\nmissing line: \(line)\n", stderr: "failed\n")
        }
        return host
    }

    private func step(_ folder: TemporaryFolder, goal: String = "List the new post in index.md") -> Step {
        Step(goal: goal, workspace: folder.workspace, writes: ["index.md"])
    }

    @Test("keeps the first edit of the model's that passes the check")
    func model() throws {
        let folder = try TemporaryFolder(["index.md": index])
        let host = host(
            folder,
            answers: [
                #"{"line":"- [Old](old.md)","mode":"replace","text":"- [New](new.md)"}"#,
                #"{"line":"- [Old](old.md)","mode":"insert before","text":"- [New](new.md)\n"}"#,
            ]
        )

        let report = try role(Coder.self, settings).run(step(folder), host: host)

        #expect(report.summary == "edit index.md; the check passes")
        #expect(
            try json(report.outputs) == """
                {"attempts":2,"by":"model","check":{"command":"sh check.sh","passed":true},"edited":["index.md"]}
                """
        )
        #expect(
            try folder.workspace.text(of: "index.md")
                == "# Posts\n\nNewest first.\n\n- [New](new.md)\n- [Old](old.md)\n\nMail us.\n"
        )
        #expect(host.requests.count == 2)
        #expect(host.requests[0].seed != host.requests[1].seed)
        #expect((host.requests[0].temperature ?? 1) < (host.requests[1].temperature ?? 0))
    }

    @Test("takes the check's label off a line that the model copied")
    func label() throws {
        let folder = try TemporaryFolder(["index.md": index])
        let host = host(
            folder,
            answers: [#"{"line":"- [Old](old.md)","mode":"insert after","text":"Missing line: - [New](new.md)"}"#]
        )

        let report = try role(Coder.self, settings).run(step(folder), host: host)

        #expect(report.outputs.by == .model)
        #expect(
            try folder.workspace.text(of: "index.md")
                == "# Posts\n\nNewest first.\n\n- [Old](old.md)\n- [New](new.md)\n\nMail us.\n"
        )
    }

    @Test("lets the model choose only among lines that stand in the file once")
    func choices() throws {
        let folder = try TemporaryFolder(["index.md": "a\nb\n\na\nc\n"])
        let host = host(folder, answers: [""])

        #expect(throws: PluginError.self) { try role(Coder.self, settings).run(step(folder), host: host) }

        let line = host.requests.first?.responseSchema?.document["properties"]?["line"]
        #expect(line?["enum"] == ["b", "c"])
        let prompt = host.requests.first?.messages.last?.content ?? ""
        #expect(prompt.contains("The check says:\nmissing line: - [New](new.md)\nfailed\n"))
        #expect(prompt.contains("File index.md:\na\nb\n\na\nc\n"))
    }

    @Test("of a long file the lines near the goal are offered, 40 at most")
    func longFile() throws {
        let lines = (1...400).map { $0 == 300 ? "the zebra stands here" : "line number \($0)" }
        let folder = try TemporaryFolder(["index.md": lines.joined(separator: "\n") + "\n"])
        let host = host(folder, answers: [""], wants: "zebra")

        #expect(throws: PluginError.self) {
            try role(Coder.self, #"{"check":"sh check.sh","attempts":1}"#).run(
                step(folder, goal: "Paint the zebra"),
                host: host
            )
        }

        let offered = host.requests.first?.responseSchema?.document["properties"]?["line"]?["enum"]?.arrayValue ?? []
        #expect(offered.count == 40)
        #expect(offered.contains("the zebra stands here"))
        let prompt = host.requests.first?.messages.last?.content ?? ""
        #expect(prompt.contains("line number 299\nthe zebra stands here\nline number 301"))
        #expect(!prompt.contains("line number 200\n"))
    }

    @Test(
        "answers that cannot be done are skipped, and the check's own words are tried last",
        arguments: [
            "", "nonsense", "{}", #"{"line":"not there","mode":"replace","text":"x"}"#,
            #"{"line":"- [Old](old.md)","mode":"replace","text":"- [Old](old.md)"}"#,
            ##"{"line":"# Posts","mode":"replace","text":"- [New](new.md)"}"##,
            #"{"line":"Mail us.","mode":"insert after","text":"- [New](new.md)"}"#,
            #"{"line":"- [Old](old.md)","mode":"insert after","text":""}"#,
            #"{"line":"- [Old](old.md)","mode":"delete","text":""}"#,
            #"{"line":"- [Old](old.md)","mode":"insert after","text":"nice"}"#,
        ]
    )
    func weak(answer: String) throws {
        let folder = try TemporaryFolder(["index.md": index])

        let report = try role(Coder.self, settings).run(step(folder), host: host(folder, answers: [answer]))

        #expect(
            try json(report.outputs) == """
                {"attempts":2,"by":"check output","check":{"command":"sh check.sh","passed":true},"edited":["index.md"]}
                """
        )
        #expect(
            try folder.workspace.text(of: "index.md")
                == "# Posts\n\nNewest first.\n\n- [Old](old.md)\n- [New](new.md)\n\nMail us.\n"
        )
    }

    @Test("the same edit is not checked twice")
    func same() throws {
        let folder = try TemporaryFolder(["index.md": index])
        let host = host(folder, answers: [#"{"line":"Mail us.","mode":"insert after","text":"x"}"#])

        _ = try role(Coder.self, settings).run(step(folder), host: host)

        #expect(host.requests.count == 2)
        // At the start, for the model's edit, and for the line that the check asks for.
        #expect(host.commands.count == 3)
    }

    @Test("puts the file back when nothing passes, and says what the check said last")
    func nothingPasses() throws {
        let folder = try TemporaryFolder(["index.md": index])
        let host = FakeHost(answers: [#"{"line":"Mail us.","mode":"replace","text":"Call us."}"#])
        host.command = { _ in CommandResult(exitStatus: 2, stdout: "one\ntwo\n", stderr: "three\nfour\n") }

        let error = #expect(throws: PluginError.self) { try role(Coder.self, settings).run(step(folder), host: host) }

        #expect(
            error?.message == "'sh check.sh' still fails after 2 tries; nothing was changed: two | three | four"
        )
        #expect(error?.status == .failed)
        #expect(error?.detail?["output"] == "one\ntwo\nthree\nfour\n")
        #expect(try folder.workspace.text(of: "index.md") == index)
    }

    @Test("puts the file back when the check cannot be run")
    func checkBreaks() throws {
        let folder = try TemporaryFolder(["index.md": index])
        let host = FakeHost(answers: [#"{"line":"Mail us.","mode":"replace","text":"Call us."}"#])
        host.command = { _ in
            guard host.commands.count == 1 else { throw PluginError(.deadline, "too late") }
            return CommandResult(exitStatus: 1)
        }

        #expect(throws: PluginError(.deadline, "too late")) {
            try role(Coder.self, settings).run(step(folder), host: host)
        }
        #expect(try folder.workspace.text(of: "index.md") == index)
    }

    @Test("changes nothing when the check passes already")
    func green() throws {
        let folder = try TemporaryFolder(["index.md": index])
        let host = FakeHost()
        host.command = { _ in CommandResult() }

        let report = try role(Coder.self, settings).run(step(folder), host: host)

        #expect(report.summary == "change nothing; the check passes")
        #expect(
            try json(report.outputs)
                == #"{"attempts":0,"by":null,"check":{"command":"sh check.sh","passed":true},"edited":[]}"#
        )
        #expect(host.messages == ["'sh check.sh' passes already; nothing was changed"])
    }

    // MARK: Instructions

    @Test("does exactly what the goal says exactly, without a model")
    func instruction() throws {
        let folder = try TemporaryFolder(["index.md": index])
        let goal = "Replace `Mail us.` with `Call us.`, and change `Newest` to `Oldest`"

        let report = try role(Coder.self).run(step(folder, goal: goal), host: FakeHost())

        #expect(report.summary == "edit index.md; there is no check")
        #expect(try json(report.outputs) == #"{"attempts":0,"by":"instruction","check":null,"edited":["index.md"]}"#)
        #expect(
            try folder.workspace.text(of: "index.md") == "# Posts\n\nOldest first.\n\n- [Old](old.md)\n\nCall us.\n"
        )
    }

    @Test("replaces at every place only if the goal says so")
    func everywhere() throws {
        let folder = try TemporaryFolder(["index.md": "a b a\n", "more.md": "a\n"])
        var step = step(folder, goal: "Replace every `a` by `c`")
        step.writes = ["*.md"]

        let report = try role(Coder.self).run(step, host: FakeHost())

        #expect(report.outputs.edited == ["index.md", "more.md"])
        #expect(try folder.workspace.text(of: "index.md") == "c b c\n")
        step.goal = "Replace `c` with `d`"
        #expect(throws: PluginError(.failed, "'c' stands at 3 places; say 'every' or more of the line")) {
            try role(Coder.self).run(step, host: FakeHost())
        }
        step.goal = "Replace `zebra` with `d`"
        #expect(throws: PluginError(.failed, "'zebra' stands in none of the files")) {
            try role(Coder.self).run(step, host: FakeHost())
        }
    }

    @Test("an instruction that fails the check is taken back")
    func instructionFails() throws {
        let folder = try TemporaryFolder(["index.md": index])
        let host = FakeHost()
        host.command = { _ in CommandResult(exitStatus: 1, stdout: "no\n") }

        #expect(throws: PluginError.self) {
            try role(Coder.self, settings).run(step(folder, goal: "Replace `Mail` with `Call`"), host: host)
        }
        #expect(try folder.workspace.text(of: "index.md") == index)
    }

    @Test(
        "a goal that only mentions code is no instruction",
        arguments: ["Fix `add` so that `2` comes out", "Explain `a` with `b`", "Replace `a`", "Replace `` with `b`"]
    )
    func noInstruction(goal: String) throws {
        let folder = try TemporaryFolder(["index.md": "2 add a b\n"])
        let host = FakeHost(answers: [""])

        #expect(throws: PluginError(.failed, "no edit was found after 3 tries; nothing was changed")) {
            try role(Coder.self).run(step(folder, goal: goal), host: host)
        }
        #expect(host.requests.count == 3)
    }

    // MARK: Limits

    @Test("edits only what the step may write")
    func denied() throws {
        let folder = try TemporaryFolder(["index.md": index, "other.md": "x\n"])

        #expect(throws: PluginError(.denied, "'other.md' is not among the files that the step may write")) {
            try role(Coder.self, #"{"files":["*.md"]}"#).run(step(folder), host: FakeHost())
        }
        #expect(throws: PluginError(.failed, "there is no file 'none.md'")) {
            try role(Coder.self, #"{"files":["none.md"]}"#).run(step(folder), host: FakeHost())
        }
        var nothing = step(folder)
        nothing.writes = []
        #expect(throws: PluginError.self) { try role(Coder.self).run(nothing, host: FakeHost()) }
        #expect(throws: PluginError(.invalid, "'attempts' must be from 0 to 20")) {
            try role(Coder.self, #"{"attempts":21}"#)
        }
    }

    @Test("keeps a missing line break at the end of the file")
    func lineBreak() throws {
        let folder = try TemporaryFolder(["index.md": "- [Old](old.md)\n- last"])
        let host = host(folder, answers: [""])

        _ = try role(Coder.self, settings).run(step(folder), host: host)

        #expect(try folder.workspace.text(of: "index.md") == "- [Old](old.md)\n- last\n- [New](new.md)")
    }

    @Test("stops between tries when it is told to")
    func cancelled() throws {
        let folder = try TemporaryFolder(["index.md": index])
        let host = host(folder, answers: [])
        host.answer = { _ in
            host.isCancelled = true
            return ""
        }

        #expect(throws: PluginError.cancelled) { try role(Coder.self, settings).run(step(folder), host: host) }
        #expect(host.requests.count == 1)
        #expect(try folder.workspace.text(of: "index.md") == index)
    }
}
