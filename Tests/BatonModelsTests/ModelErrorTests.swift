// What people read when a model does not answer.

import BatonCore
import Glibc
import NIOCore
import NIOPosix
import SystemPackage
import Testing

@testable import BatonModels

@Suite("Errors of a model server")
struct ModelErrorTests {
    private let tryAgain = "hint: Try again; if it goes on, look at the server's own log."
    private let checkURL = "hint: Check the URL; that of an OpenAI-compatible server usually ends in '/v1'."

    /// The lines of the error that `reply` leads to, `URL` standing for the server's.
    private func lines(
        _ replies: [[Act]],
        name: String = "m-1",
        key: String? = nil,
        timeouts: ModelConnections.Timeouts = .init()
    ) async throws -> [String] {
        try await RawServer.with(replies) { server in
            let key = key.flatMap { Secret($0) }.map { ModelKey($0, from: "MY_KEY") }
            let error = try await batonError {
                try await withModel(server.url, name: name, key: key, timeouts: timeouts) { model in
                    try await model.complete(.asking("Hi"))
                }
            }
            return error.lines.map { $0.replacing(server.url, with: "URL") }
        }
    }

    @Test("no server")
    func noServer() async throws {
        // A port that nobody listens on: one that was free a moment ago.
        let port = try await RawServer.with([]) { $0.port }
        let waits = Collected<Duration>()

        let error = try await batonError {
            try await withModel("http://127.0.0.1:\(port)/v1", retries: .immediate(waits)) { model in
                try await model.complete(.asking("Hi"))
            }
        }

        #expect(
            error.lines == [
                "model-unavailable: no model server answers at 'http://127.0.0.1:\(port)/v1'",
                "cause: connection refused",
                "hint: Start the server, or see what is set up with 'baton model list'.",
            ])
        #expect(waits.values.isEmpty)
    }

    @Test("no socket")
    func noSocket() async throws {
        let connections = ModelConnections()
        let endpoint = Endpoint(unixSocket: "/nowhere/a.sock")

        let error = try await batonError {
            try await OpenAICompatibleModel(name: "m-1", endpoint: endpoint, connections: connections)
                .complete(.asking("Hi"))
        }
        await connections.shutdown()

        #expect(
            error.lines == [
                "model-unavailable: no model server answers at '/nowhere/a.sock'",
                "cause: no such file or directory",
                "hint: Start the server, or see what is set up with 'baton model list'.",
            ])
    }

    @Test("a server that does not accept connections is tried three times")
    func connectTimeout() async throws {
        // A listener that never accepts and has room for one: the kernel drops what comes then.
        let listener = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        defer { close(listener) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(listener, pointer, length) == 0 && listen(listener, 0) == 0
                    && getsockname(listener, pointer, &length) == 0
            }
        }
        try #require(bound)
        let port = Int(UInt16(bigEndian: address.sin_port))
        let filling = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connect(host: "127.0.0.1", port: port).get()
        let waits = Collected<Duration>()

        let error = try await batonError {
            try await withModel(
                "http://127.0.0.1:\(port)/v1", timeouts: .init(connect: .milliseconds(50)), retries: .immediate(waits)
            ) { model in
                try await model.complete(.asking("Hi"))
            }
        }
        try await filling.close()

        #expect(
            error.lines == [
                "model-unavailable: model server at 'http://127.0.0.1:\(port)/v1' did not accept a connection within 50 ms",
                "hint: Check the URL and the network, or see what is set up with 'baton model list'.",
            ])
        #expect(waits.values == [.milliseconds(500), .seconds(1)])
    }

    @Test(
        "silence before the answer and in the middle of it",
        arguments: [
            [],
            [Act.send("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n")],
            [Act.send("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\ndata: \(piece("a"))\n\n")],
        ])
    func silence(acts: [Act]) async throws {
        let lines = try await lines([acts], timeouts: .init(silence: .milliseconds(60)))

        #expect(lines == ["timed-out: model server at 'URL' sent nothing for 60 ms", tryAgain])
    }

    @Test("a refused key names where it came from", arguments: ["401 Unauthorized", "403 Forbidden"])
    func refusedKey(status: String) async throws {
        let body = #"{"error":{"message":"Incorrect API key provided: sk-canary-1234"}}"#

        let lines = try await lines([response(status, body)], key: "sk-canary-1234")

        #expect(
            lines == [
                "model-refused: model server at 'URL' refused the key from 'MY_KEY' (\(status.prefix(3)))",
                "hint: Set 'MY_KEY' to a key that may use model 'm-1'.",
            ])
    }

    @Test("a missing key")
    func missingKey() async throws {
        let lines = try await lines([response("401 Unauthorized", "{}")])

        #expect(
            lines == [
                "model-refused: model server at 'URL' wants a key, and none was sent (401)",
                "hint: Name the environment variable that holds the key with 'key_env' in models.yaml.",
            ])
    }

    @Test("an unknown model: the nearest name, or the first few")
    func unknownModel() async throws {
        let refusal = response("404 Not Found", #"{"error":{"message":"no such model"}}"#)
        let models = ["qwen-7b", "llama-8b", "phi-4", "gemma", "mistral", "yi", #"x\u001b[31m"#]
        let entries = models.map { #"{"id":"\#($0)"}"# }.joined(separator: ",")
        let list = response("200 OK", #"{"data":[\#(entries)]}"#)

        #expect(
            try await lines([refusal, list], name: "qwen-7c") == [
                "model-refused: model server at 'URL' does not know model 'qwen-7c' (404)",
                "hint: Did you mean 'qwen-7b'?",
            ])
        #expect(
            try await lines([refusal, list], name: "gpt-4o-mini") == [
                "model-refused: model server at 'URL' does not know model 'gpt-4o-mini' (404)",
                "hint: It has 'qwen-7b', 'llama-8b', 'phi-4', 'gemma', 'mistral' and 2 more.",
            ])
        #expect(
            try await lines([refusal, list], name: "phi-4") == [
                "model-refused: model server at 'URL' has model 'phi-4', but no chat completions (404)", checkURL,
            ])
        #expect(
            try await lines([refusal], name: "phi-4") == [
                "model-refused: model server at 'URL' does not know model 'phi-4' (404)",
                "hint: Check the model's name and the URL.",
            ])
    }

    @Test(
        "any other refusal carries the server's words: one clean line of at most 200 characters"
    )
    func refusal() async throws {
        let words = #"bad\n\u001b[31mseed\u001b[0m \u001b]0;title\u0007 "# + String(repeating: "y", count: 300)

        let lines = try await lines([response("400 Bad Request", #"{"error":{"message":"\#(words)"}}"#)])

        #expect(
            lines == [
                "model-refused: model server at 'URL' refused the request (400): bad seed "
                    + String(repeating: "y", count: 190) + "…",
                "hint: Check the model's settings with 'baton model list'.",
            ])
    }

    @Test(
        "a refusal is understood in each of its usual forms",
        arguments: [
            (#"{"error":{"message":"no"}}"#, ": no"), (#"{"error":"no"}"#, ": no"), (#"{"message":"no"}"#, ": no"),
            (#"{"detail":"no"}"#, ": no"), ("no", ": no"), ("<html>no</html>", ""), ("", ""), ("[1]", ""),
        ])
    func refusalForms(body: String, words: String) async throws {
        let lines = try await lines([response("422 Unprocessable", body)])

        #expect(lines.first == "model-refused: model server at 'URL' refused the request (422)" + words)
    }

    @Test("a redirect is not followed")
    func redirect() async throws {
        let lines = try await lines([response("302 Found", "", headers: "location: http://127.0.0.1:1/\r\n")])

        #expect(lines.first == "model-refused: model server at 'URL' refused the request (302)")
    }

    @Test("a server that goes on asking to slow down")
    func rateLimited() async throws {
        let reply = response(
            "429 Too Many Requests", #"{"error":{"message":"slow down"}}"#, headers: "retry-after: 61\r\n")

        #expect(
            try await lines([reply]) == [
                "rate-limited: model server at 'URL' asks to slow down (429): slow down",
                "hint: It asks to wait 61 s; then try again.",
            ])
        #expect(
            try await lines([response("429 Too Many Requests", "")]) == [
                "rate-limited: model server at 'URL' asks to slow down (429)", "hint: Wait a while, then try again.",
            ])
    }

    @Test("a server that goes on failing")
    func serverFailed() async throws {
        #expect(
            try await lines([response("503 Service Unavailable", #"{"error":{"message":"loading"}}"#)]) == [
                "model-unavailable: model server at 'URL' failed (503): loading", tryAgain,
            ])
    }

    @Test("an error in the middle of a stream")
    func failedInStream() async throws {
        let failure = #"{"error":{"message":"out of memory","code":500}}"#
        #expect(
            try await lines([stream([piece("a"), failure])]) == [
                "model-unavailable: model server at 'URL' failed (500): out of memory", tryAgain,
            ])
        #expect(
            try await lines([stream([#"{"error":"it broke"}"#])]) == [
                "model-unavailable: model server at 'URL' failed: it broke", tryAgain,
            ])
    }

    @Test(
        "a connection that is closed before the answer is complete",
        arguments: [
            [Act.close],
            [Act.send("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n: ping\n\n"), .close],
            stream([piece("a")]),
            [Act.send("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\ndata: {\"choi"), .close],
            [
                Act.send(
                    "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n5\r\ndata:"
                ), .close,
            ],
            [
                Act.send(
                    "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 900\r\n\r\n{\"choices\""),
                .close,
            ],
        ])
    func cutStream(acts: [Act]) async throws {
        let lines = try await lines([acts])

        #expect(
            lines == [
                "model-unavailable: model server at 'URL' closed the connection before its answer was complete",
                tryAgain,
            ])
    }

    @Test("something that is not JSON is shown with its type and its first 80 characters")
    func notJSON() async throws {
        let page = "<!doctype html>\n<title>Sign in</title>" + String(repeating: "z", count: 100)

        #expect(
            try await lines([response("200 OK", page, type: "text/html")]) == [
                "model-unavailable: model server at 'URL' did not answer in JSON (text/html): "
                    + "<!doctype html> <title>Sign in</title>" + String(repeating: "z", count: 41) + "…",
                checkURL,
            ])
        #expect(
            try await lines([stream(["oops"])]) == [
                "model-unavailable: model server at 'URL' did not answer in JSON (text/event-stream): oops", checkURL,
            ])
        #expect(
            try await lines([[.send("HTTP/1.1 200 OK\r\n\r\n"), .close]]) == [
                "model-unavailable: model server at 'URL' did not answer in JSON (no content type)", checkURL,
            ])
    }

    @Test("JSON that is something else")
    func notACompletion() async throws {
        #expect(
            try await lines([response("200 OK", #"{"hello": 1}"#)]) == [
                #"model-unavailable: model server at 'URL' answered with JSON that is no chat completion: {"hello": 1}"#,
                checkURL,
            ])
    }

    @Test("something that is not HTTP")
    func notHTTP() async throws {
        #expect(
            try await lines([[.send("SSH-2.0-OpenSSH\r\n"), .close]]) == [
                "model-unavailable: the connection to model server at 'URL' failed",
                "cause: the server does not speak HTTP", tryAgain,
            ])
    }

    @Test("an answer of more than 64 MiB")
    func tooLarge() throws {
        var bytes = ByteBuffer(string: "{")
        bytes.writeRepeatingByte(UInt8(ascii: " "), count: (64 << 20) - 1)
        var reader = AnswerReader(contentType: "application/json", secret: nil)
        var deltas: [ChatDelta] = []

        try reader.consume(bytes.readableBytesView, into: &deltas)
        #expect(throws: ModelError.tooLarge) {
            try reader.consume(ByteBufferView(ByteBuffer(string: "}")), into: &deltas)
        }
        #expect(
            ModelError.tooLarge.explained(at: ModelPlace(model: "m", location: "URL", keySource: nil)).message
                == "model server at 'URL' sent more than 64 MiB, and the answer was dropped")
    }

    @Test(
        "the key is in no error, however the server quotes it",
        arguments: [
            response("400 Bad", #"{"error":{"message":"bad key sk-canary-1234 here"}}"#),
            response("400 Bad", "sk-canary-1234"),
            response("400 Bad", #"{"error":{"message":"\#(String(repeating: "x", count: 190)) sk-canary-1234"}}"#),
            response("400 Bad", #"{"error":{"message":"sk-can\u001b[0mary-1234"}}"#),
            response("429 Slow", #"{"error":"sk-canary-1234"}"#),
            response("500 Oh", #"{"error":"sk-canary-1234"}"#),
            response("200 OK", "your key is sk-canary-1234", type: "text/sk-canary-1234"),
            response("200 OK", #"{"key":"sk-canary-1234"}"#),
            stream([#"{"error":"sk-canary-1234"}"#]),
            stream(["sk-canary-1234"]),
        ])
    func canary(reply: [Act]) async throws {
        let lines = try await lines([reply], key: "sk-canary-1234")

        #expect(!lines.joined().contains("sk-can"), "\(lines)")
    }

    @Test(
        "cancelling ends the request at once, before the answer and in the middle of it",
        arguments: [
            [], [Act.send("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\ndata: \(piece("a"))\n\n")],
        ])
    func cancelling(acts: [Act]) async throws {
        try await RawServer.with([acts]) { server in
            let error = try await batonError {
                try await withModel(server.url) { model in
                    let asking = Task { try await model.complete(.asking("Hi")) }
                    await server.firstRequest()
                    asking.cancel()
                    return try await asking.value
                }
            }

            // The server never ends its answer: were it waited for, the error would be another one, or none would come.
            #expect(error.lines == ["cancelled: the request to model 'm-1' was cancelled"])
        }
    }
}
