// Complete conversations with a server.

import BatonCore
import Testing

@testable import BatonModels

/// A model at `url` that never really waits, for a while or for good.
func withModel<Result>(
    _ url: String,
    name: String = "m-1",
    key: ModelKey? = nil,
    timeouts: ModelConnections.Timeouts = .init(),
    retries: RetryPolicy = .immediate(Collected()),
    _ body: (OpenAICompatibleModel) async throws -> Result
) async throws -> Result {
    let connections = ModelConnections(timeouts: timeouts)
    let endpoint = try #require(Endpoint(url))
    let model = OpenAICompatibleModel(
        name: name, endpoint: endpoint, key: key, connections: connections, retries: retries, now: { 784_111_777 }
    )
    do {
        let result = try await body(model)
        await connections.shutdown()
        return result
    } catch {
        await connections.shutdown()
        throw error
    }
}

extension RetryPolicy {
    /// Notes the waits instead of waiting; its random number is always one half.
    static func immediate(_ waits: Collected<Duration>) -> RetryPolicy {
        var policy = RetryPolicy()
        policy.sleep = { waits.append($0) }
        policy.random = { 0.5 }
        return policy
    }
}

@Suite("OpenAI-compatible server")
struct OpenAICompatibleModelTests {
    @Test("hands out the pieces in order and puts them together")
    func streaming() async throws {
        let reply = stream([piece("Hel"), piece("lo"), finished, counted, "[DONE]"])
        try await RawServer.with([reply]) { server in
            let pieces = Collected<ChatDelta>()

            let completion = try await withModel(server.url) { model in
                try await model.complete(.asking("Hi")) { pieces.append($0) }
            }

            #expect(pieces.values == [.text("Hel"), .text("lo")])
            #expect(completion.text == "Hello")
            #expect(completion.finish == .stop)
            #expect(completion.model == "m-1")
            #expect(completion.usage == ModelUsage(inputTokens: 7, outputTokens: 3, calls: 1))
            #expect(!completion.usageIsEstimated)
            #expect(completion.duration > .zero)
        }
    }

    @Test("sends what was asked, and nothing that was not")
    func requestBody() async throws {
        try await RawServer.with([stream([finished])]) { server in
            let key = try #require(Secret("sk-canary-1234").map { ModelKey($0, from: "MY_KEY") })
            var request = ChatRequest(messages: [ChatMessage(.system, "Be brief."), ChatMessage(.user, "a/b")])
            request.asker = "writer"
            _ = try await withModel(server.url, key: key) { try await $0.complete(request) }
            request.maxTokens = 9
            request.temperature = 0.5
            request.seed = 7
            request.stop = ["END"]
            request.responseSchema = ["type": "object"]
            _ = try await withModel(server.url) { try await $0.complete(request) }

            let first = try #require(server.requests.first)
            #expect(first.hasPrefix("POST /v1/chat/completions HTTP/1.1\r\n"))
            #expect(first.contains("authorization: Bearer sk-canary-1234\r\n"))
            #expect(
                first.hasSuffix(
                    """
                    \r\n\r\n{"messages":[{"content":"Be brief.","role":"system"},{"content":"a/b","role":"user"}],\
                    "model":"m-1","stream":true,"stream_options":{"include_usage":true}}
                    """))
            let second = try #require(server.requests.last)
            #expect(!second.lowercased().contains("authorization"))
            #expect(
                second.hasSuffix(
                    """
                    \r\n\r\n{"max_tokens":9,"messages":[{"content":"Be brief.","role":"system"},\
                    {"content":"a/b","role":"user"}],"model":"m-1","response_format":{"json_schema":{"name":"answer",\
                    "schema":{"type":"object"},"strict":true},"type":"json_schema"},"seed":7,"stop":["END"],\
                    "stream":true,"stream_options":{"include_usage":true},"temperature":0.5}
                    """))
        }
    }

    @Test("estimates the tokens when the server does not count them, reasoning included")
    func estimate() async throws {
        let thought = #"{"choices":[{"delta":{"reasoning_content":"hmm hmm "}}]}"#
        try await RawServer.with([stream([thought, piece("12345"), finished])]) { server in
            let pieces = Collected<ChatDelta>()

            let completion = try await withModel(server.url) { model in
                try await model.complete(.asking("ten chars.")) { pieces.append($0) }
            }

            #expect(pieces.values == [.reasoning("hmm hmm "), .text("12345")])
            #expect(completion.text == "12345")
            #expect(completion.usage == ModelUsage(inputTokens: 3, outputTokens: 4, calls: 1))
            #expect(completion.usageIsEstimated)
        }
    }

    @Test(
        "understands a server that does not stream, whatever it calls its answer",
        arguments: [
            "application/json", "text/event-stream", "text/plain",
        ])
    func notStreamed(type: String) async throws {
        let body = """
             \n{"model":"m-2","choices":[{"message":{"role":"assistant","content":"All at once"},"finish_reason":"length"}],
            "usage":{"prompt_tokens":1,"completion_tokens":2}}
            """
        try await RawServer.with([response("200 OK", body, type: type)]) { server in
            let pieces = Collected<ChatDelta>()

            let completion = try await withModel(server.url) { model in
                try await model.complete(.asking("Hi")) { pieces.append($0) }
            }

            #expect(pieces.values == [.text("All at once")])
            #expect(completion.finish == .length)
            #expect(completion.model == "m-2")
            #expect(completion.usage.tokens == 3)
        }
    }

    @Test("a finish reason of the server's own is kept")
    func otherFinish() async throws {
        let last = #"{"choices":[{"delta":{},"finish_reason":"content_filter"}]}"#
        try await RawServer.with([stream([piece("a"), last])]) { server in
            let completion = try await withModel(server.url) { try await $0.complete(.asking("Hi")) }

            #expect(completion.finish == .other("content_filter"))
        }
    }

    @Test(
        "an answer is complete with [DONE] alone, with a finish reason alone, and without the last empty line",
        arguments: [
            "data: \(piece("ok"))\n\ndata: [DONE]",
            "data: \(piece("ok"))\n\ndata: \(finished)\n",
            ": ping\n\ndata: \(piece("ok"))\n\n: ping\n\ndata: [DONE]\n\n",
        ])
    func endings(body: String) async throws {
        let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n"
        try await RawServer.with([[.send(head + body), .close]]) { server in
            let completion = try await withModel(server.url) { try await $0.complete(.asking("Hi")) }

            #expect(completion.text == "ok")
        }
    }

    @Test("a character that is split between two reads arrives whole")
    func splitCharacter() async throws {
        let bytes = Array("data: \(piece("Grüße 🎼"))\n\ndata: [DONE]\n\n".utf8)
        let chunks = bytes.map { Act.sendBytes(Array("1\r\n".utf8) + [$0] + Array("\r\n".utf8)) }
        let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
        try await RawServer.with([[.send(head)] + chunks + [.send("0\r\n\r\n")]]) { server in
            let completion = try await withModel(server.url) { try await $0.complete(.asking("Hi")) }

            #expect(completion.text == "Grüße 🎼")
        }
    }

    @Test("a server that closes each connection after its answer, without saying so, is asked on a new one")
    func silentClose() async throws {
        let body = "data: \(piece("ok"))\n\ndata: \(finished)\n\n"
        let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nkeep-alive: timeout=5\r\n"
        let length = "content-length: \(body.utf8.count)\r\n\r\n"
        try await RawServer.with([[.send(head + length + body), .close]]) { server in
            try await withModel(server.url) { model in
                for _ in 0..<20 {
                    let completion = try await model.complete(.asking("Hi"))
                    #expect(completion.text == "ok")
                }
            }

            #expect(server.requests.allSatisfy { $0.contains("connection: close\r\n") })
        }
    }

    @Test("64 requests at once use 64 connections")
    func concurrency() async throws {
        try await RawServer.with([stream([piece("x"), finished])]) { server in
            let texts = try await withModel(server.url) { model in
                try await withThrowingTaskGroup(of: String.self) { group in
                    for number in 0..<64 { group.addTask { try await model.complete(.asking("\(number)")).text } }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
            }

            #expect(texts == Array(repeating: "x", count: 64))
            #expect(server.requests.count == 64)
        }
    }
}
