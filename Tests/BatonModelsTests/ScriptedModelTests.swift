// The model that answers from a file.

import BatonCore
import SystemPackage
import Testing

@testable import BatonModels

@Suite("Scripted model")
struct ScriptedModelTests {
    private func text(_ model: ScriptedModel, _ message: String, as role: String? = nil) async throws -> String {
        try await model.complete(.asking(message, as: role)).text
    }

    @Test("gives the first answer that fits and has uses left")
    func order() async throws {
        let model = try ScriptedModel(
            """
            model: scripted-1
            answers:
              - {role: writer, match: outline, text: first outline, times: 1}
              - {role: writer, match: outline, text: next outline}
              - {match: '/v[0-9]+\\b/', text: a version}
              - {role: writer, text: anything}
              - {text: anybody, times: 2}
            """,
            file: "answers.yaml")

        #expect(model.name == "scripted-1")
        #expect(try await text(model, "the outline, please", as: "writer") == "first outline")
        #expect(try await text(model, "the outline, please", as: "writer") == "next outline")
        #expect(try await text(model, "the outline, please", as: "writer") == "next outline")
        #expect(try await text(model, "the outline, please", as: "reviewer") == "anybody")
        #expect(try await text(model, "release v12 now", as: "reviewer") == "a version")
        #expect(try await text(model, "hello", as: "writer") == "anything")
        #expect(try await text(model, "hello") == "anybody")
        let error = try await batonError {
            try await text(model, "hello\n" + String(repeating: "x", count: 80), as: "coder")
        }
        #expect(
            error.lines == [
                "model-unavailable: the script 'answers.yaml' has no answer left for role 'coder', whose last message is 'hello "
                    + String(repeating: "x", count: 53) + "…'",
                "hint: Add an entry under 'answers', or raise the 'times' of one; the first that fits is taken.",
            ])
        let anonymous = try await batonError { try await text(model, "hello") }
        #expect(
            anonymous.message
                == "the script 'answers.yaml' has no answer left for a request without a role, whose last message is 'hello'"
        )
    }

    @Test("looks for the match in all messages")
    func allMessages() async throws {
        let model = try ScriptedModel("answers: [{match: \"secret word\\nnext\", text: found}]", file: "a.yaml")
        let request = ChatRequest(messages: [ChatMessage(.system, "a secret word"), ChatMessage(.user, "next")])

        #expect(try await model.complete(request).text == "found")
        #expect(model.name == "scripted")
    }

    @Test("JSON is written compactly with sorted keys; quotes make text")
    func json() async throws {
        let model = try ScriptedModel(
            "answers: [{json: {b: [1, 2.5, true, ~, '3', three/3, null], a: {x: -1e3}, c: 'no'}}]", file: "a.yaml")

        #expect(
            try await text(model, "") == #"{"a":{"x":-1000},"b":[1,2.5,true,null,"3","three/3",null],"c":"no"}"#)
    }

    @Test("counts tokens as told, else characters divided by four")
    func usage() async throws {
        let model = try ScriptedModel(
            "answers: [{text: abcde, usage: {input: 120, output: 40}, times: 1}, {text: abcde}]", file: "a.yaml")

        let told = try await model.complete(.asking("123456789"))
        #expect(told.usage == ModelUsage(inputTokens: 120, outputTokens: 40, calls: 1))
        #expect(!told.usageIsEstimated)
        let estimated = try await model.complete(.asking("123456789"))
        #expect(estimated.usage == ModelUsage(inputTokens: 3, outputTokens: 2, calls: 1))
        #expect(estimated.usageIsEstimated)
        #expect(estimated.finish == .stop)
        #expect(estimated.model == "scripted")
    }

    @Test(
        "streams in as many pieces as asked for",
        arguments: [
            (1, ["Grüße 🎼"]), (2, ["Grüß", "e 🎼"]), (3, ["Grü", "ße", " 🎼"]),
            (100, ["G", "r", "ü", "ß", "e", " ", "🎼"]),
        ])
    func chunks(count: Int, expected: [String]) async throws {
        let model = try ScriptedModel("answers: [{text: Grüße 🎼, chunks: \(count)}]", file: "a.yaml")
        let pieces = Collected<ChatDelta>()

        _ = try await model.complete(.asking("")) { pieces.append($0) }

        #expect(pieces.values == expected.map { .text($0) })
    }

    @Test("an empty answer has no pieces")
    func empty() async throws {
        let model = try ScriptedModel("answers: [{text: ''}]", file: "a.yaml")
        let pieces = Collected<ChatDelta>()

        let completion = try await model.complete(.asking("")) { pieces.append($0) }

        #expect(completion.text == "")
        #expect(pieces.values.isEmpty)
    }

    @Test(
        "fails as a server does",
        arguments: [
            (
                "{status: 429, retry_after: 2, message: slow down}",
                [
                    "rate-limited: model server at 'scripted:a.yaml' asks to slow down (429): slow down",
                    "hint: It asks to wait 2 s; then try again.",
                ]
            ),
            (
                "{status: 401}",
                [
                    "model-refused: model server at 'scripted:a.yaml' wants a key, and none was sent (401)",
                    "hint: Name the environment variable that holds the key with 'key_env' in models.yaml.",
                ]
            ),
            (
                "{status: 500, message: oh}",
                [
                    "model-unavailable: model server at 'scripted:a.yaml' failed (500): oh",
                    "hint: Try again; if it goes on, look at the server's own log.",
                ]
            ),
            (
                "{kind: no-server}",
                [
                    "model-unavailable: no model server answers at 'scripted:a.yaml'", "cause: connection refused",
                    "hint: Start the server, or see what is set up with 'baton model list'.",
                ]
            ),
            (
                "{kind: cut-stream}",
                [
                    "model-unavailable: model server at 'scripted:a.yaml' closed the connection before its answer was complete",
                    "hint: Try again; if it goes on, look at the server's own log.",
                ]
            ),
            (
                "{kind: not-json}",
                [
                    "model-unavailable: model server at 'scripted:a.yaml' did not answer in JSON (text/html): <!doctype html>",
                    "hint: Check the URL; that of an OpenAI-compatible server usually ends in '/v1'.",
                ]
            ),
            (
                "{kind: silence}",
                [
                    "timed-out: model server at 'scripted:a.yaml' sent nothing for 60 s",
                    "hint: Try again; if it goes on, look at the server's own log.",
                ]
            ),
        ])
    func errors(entry: String, lines: [String]) async throws {
        let model = try ScriptedModel("answers: [{error: \(entry)}]", file: "a.yaml")

        let error = try await batonError { try await model.complete(.asking("")) }

        #expect(error.lines == lines)
    }

    @Test("waits as told, and cancelling ends the wait")
    func delay() async throws {
        let model = try ScriptedModel(
            "answers: [{text: a, delay: 1ms, times: 1}, {text: b, delay: 3600s}]", file: "a.yaml")

        #expect(try await model.complete(.asking("")).duration >= .milliseconds(1))
        let asking = Task { try await model.complete(.asking("")) }
        asking.cancel()
        let error = try await batonError { try await asking.value }
        #expect(error.lines == ["cancelled: the request to model 'scripted' was cancelled"])
    }

    @Test("many at once share the uses")
    func concurrency() async throws {
        let model = try ScriptedModel("answers: [{text: a, times: 10, delay: 1ms}, {text: b}]", file: "a.yaml")

        let texts = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<30 { group.addTask { try await model.complete(.asking("")).text } }
            return try await group.reduce(into: []) { $0.append($1) }
        }

        #expect(texts.count { $0 == "a" } == 10)
        #expect(texts.count { $0 == "b" } == 20)
    }

    @Test(
        "says what is wrong in a script, and where",
        arguments: [
            ("answers:\n  - rol: writer\n    text: a", "unknown key 'rol' in an answer at s.yaml:2:5"),
            ("answer: []", "unknown key 'answer' in a script at s.yaml:1:1"),
            ("model: x", "a script needs 'answers' at s.yaml:1:1"),
            ("", "the script 's.yaml' is empty; it needs 'answers'"),
            ("[a]", "a script must be a mapping at s.yaml:1:1"),
            ("answers: {text: a}", "'answers' must be a list at s.yaml:1:10"),
            ("answers: [a]", "an answer must be a mapping at s.yaml:1:11"),
            (
                "answers: [{role: writer}]",
                "an answer must have exactly one of 'text', 'json' and 'error' at s.yaml:1:11"
            ),
            (
                "answers: [{text: a, json: 1}]",
                "an answer must have exactly one of 'text', 'json' and 'error' at s.yaml:1:11"
            ),
            ("answers: [{text: [a]}]", "'text' must be text at s.yaml:1:18"),
            ("answers: [{text: a, role: [b]}]", "'role' must be text at s.yaml:1:27"),
            ("answers: [{text: a, role: }]", "'role' must be text at s.yaml:1:27"),
            ("answers: [{text: a, match: '/(/'}]", "'/(/' is not a regular expression at s.yaml:1:28"),
            ("answers: [{text: a, times: 0}]", "'times' must be a whole number from 1 to 1000000 at s.yaml:1:28"),
            ("answers: [{text: a, times: '2'}]", "'times' must be a whole number from 1 to 1000000 at s.yaml:1:28"),
            ("answers: [{text: a, chunks: 1.5}]", "'chunks' must be a whole number from 1 to 10000 at s.yaml:1:29"),
            (
                "answers: [{text: a, delay: 50}]",
                "'delay' must be a time such as '50ms' or '1.5s', at most one hour at s.yaml:1:28"
            ),
            (
                "answers: [{text: a, delay: 3601s}]",
                "'delay' must be a time such as '50ms' or '1.5s', at most one hour at s.yaml:1:28"
            ),
            ("answers: [{text: a, usage: {in: 1}}]", "unknown key 'in' in 'usage' at s.yaml:1:29"),
            (
                "answers: [{text: a, usage: {input: -1}}]",
                "'input' must be a whole number from 0 to 1000000000 at s.yaml:1:36"
            ),
            ("answers: [{error: {}}]", "an 'error' needs 'status' or 'kind' at s.yaml:1:19"),
            ("answers: [{error: {status: 200}}]", "'status' must be a whole number from 400 to 599 at s.yaml:1:28"),
            (
                "answers: [{error: {status: 500, retry_after: 1}}]",
                "'retry_after' goes only with status 429 at s.yaml:1:46"
            ),
            (
                "answers: [{error: {kind: loud}}]",
                "'kind' must be one of 'no-server', 'cut-stream', 'not-json', 'silence' at s.yaml:1:26"
            ),
            (
                "answers: [{error: {kind: silence, status: 500}}]",
                "an 'error' with 'kind' has no other keys at s.yaml:1:19"
            ),
            ("answers: [{json: {a: 1, a: 2}}]", "key 'a' stands twice in the mapping at s.yaml:1:19"),
            ("answers: [{text: \"a}]", "found unexpected end of stream at s.yaml:1:22"),
            ("answers:\n\t- a", "found character that cannot start any token at s.yaml:2:1"),
        ])
    func faults(script: String, message: String) async throws {
        let error = try await batonError { try ScriptedModel(script, file: "s.yaml") }

        #expect(error.message == message)
        #expect(error.code == .invalidInput)
    }

    @Test("a mistyped key gets the nearest one as a hint")
    func hint() async throws {
        let near = try await batonError { try ScriptedModel("answers: [{rol: a}]", file: "s.yaml") }
        let far = try await batonError { try ScriptedModel("frobnicate: 1", file: "s.yaml") }

        #expect(near.hints == ["Did you mean 'role'?"])
        #expect(far.hints == ["What can stand there: 'model', 'answers'."])
    }

    @Test("a few lines that stand for a billion items are refused")
    func bomb() async throws {
        let lines = (1...9).map {
            "  - &a\($0) [\(Array(repeating: "*a\($0 - 1)", count: 10).joined(separator: ", "))]"
        }
        let script = "answers:\n  - &a0 x\n" + lines.joined(separator: "\n")

        let error = try await batonError { try ScriptedModel(script, file: "s.yaml") }

        #expect(error.message == "'s.yaml' has more than 1000000 items, aliases counted as copies")
    }

    @Test("a missing file, and one that is not text")
    func files() async throws {
        try await withFolder { folder in
            let missing = try await batonError { try ScriptedModel(file: folder.appending("no.yaml")) }
            #expect(
                missing.lines == [
                    "not-found: cannot read the script of answers '\(folder)/no.yaml'",
                    "cause: no such file or directory",
                ])
            try put("answers: [{text: from a file}]", at: folder.appending("a.yaml"))
            #expect(try await text(ScriptedModel(file: folder.appending("a.yaml")), "") == "from a file")
            let folderItself = try await batonError { try ScriptedModel(file: folder) }
            #expect(folderItself.lines.last == "cause: is a directory")
        }
    }
}
