// The documents that go out, written out.

import BatonPluginKit
import FoundationEssentials
import Testing

@Suite("Documents")
struct DocumentTests {
    private func json(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    @Test("a model request has its schema and leaves out what is not said")
    func modelRequest() throws {
        #expect(
            try json(ModelRequest(user: "Hi")) == """
                {"messages":[{"content":"Hi","role":"user"}],"schema":"baton.model-request/1"}
                """
        )
        let request = ModelRequest(
            system: "Be short.",
            user: "Hi",
            maxTokens: 200,
            temperature: 0.5,
            seed: 1,
            stop: ["\n"],
            responseSchema: .object(["a": .string(maxLength: 3)])
        )
        #expect(
            try json(request) == #"""
                {"max_tokens":200,"messages":[{"content":"Be short.","role":"system"},{"content":"Hi","role":"user"}],\#
                "response_schema":{"additionalProperties":false,"properties":{"a":{"maxLength":3,"type":"string"}},\#
                "required":["a"],"type":"object"},"schema":"baton.model-request/1",\#
                "seed":1,"stop":["\n"],"temperature":0.5}
                """#
        )
    }

    @Test("examples come after the system's turn and before the question")
    func examples() {
        let request = ModelRequest(system: "S", user: "Q").following([(user: "U", answer: "A")])

        #expect(request.messages.map(\.content) == ["S", "U", "A", "Q"])
        #expect(request.messages.map(\.role) == [.system, .user, .assistant, .user])
    }

    @Test("a command has its schema, a result may lack members")
    func command() throws {
        #expect(
            try json(Command(shell: "make test", timeoutSeconds: 60, outputBytesMax: 65_536)) == """
                {"argv":["sh","-c","make test"],"directory":".","output_bytes_max":65536,\
                "schema":"baton.exec-request/1","timeout_seconds":60}
                """
        )
        let killed = try JSONDecoder().decode(CommandResult.self, from: Data(#"{"signal":9,"timed_out":true}"#.utf8))
        #expect(killed == CommandResult(exitStatus: nil, signal: 9, timedOut: true))
        #expect(!killed.succeeded)
    }

    @Test("a report has its schema")
    func report() throws {
        #expect(
            try json(Report(summary: "write x", outputs: ["path": "x"])) == """
                {"outputs":{"path":"x"},"schema":"baton.result/1","summary":"write x"}
                """
        )
    }

    @Test("a question calls its fallback the default")
    func question() throws {
        #expect(
            try json(Question("Go on?", choices: ["yes", "no"], fallback: "no")) == """
                {"choices":["yes","no"],"default":"no","question":"Go on?","schema":"baton.question/1"}
                """
        )
    }

    @Test("an answer that does not fit its schema is nil")
    func answers() {
        #expect(ModelResult(text: #"["a"]"#).decoded([String].self) == ["a"])
        #expect(ModelResult(text: #"["a"#).decoded([String].self) == nil)
        #expect(ModelResult(text: "").decoded([String].self) == nil)
    }

    @Test("schemas say their limits")
    func schemas() throws {
        #expect(
            try JSONSchema.array(of: .string(oneOf: ["a", "b"]), count: 1...3).document.text()
                == #"{"items":{"enum":["a","b"],"type":"string"},"maxItems":3,"minItems":1,"type":"array"}"#
        )
        #expect(
            try JSONSchema.object(["n": .integer(1...5, "how many")], optional: ["n"]).document.text()
                == """
                {"additionalProperties":false,"properties":{"n":{"description":"how many","maximum":5,"minimum":1,\
                "type":"integer"}},"type":"object"}
                """
        )
        #expect(
            try JSONSchema.boolean().orNull().document.text() == #"{"anyOf":[{"type":"boolean"},{"type":"null"}]}"#
        )
    }

    @Test("any JSON survives reading and writing")
    func json() throws {
        let text = #"{"a":[1,1.5,true,null,"é"],"b":{}}"#
        #expect(try JSON(parsing: text).text() == text)
        #expect(throws: PluginError(.invalid, "document is wrong: it is not JSON")) { try JSON(parsing: "{") }
    }
}
