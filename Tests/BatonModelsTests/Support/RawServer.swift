// A server on the loopback address that sends exactly the bytes it is told to.

import NIOCore
import NIOPosix
import Synchronization

/// What the server does with one request.
enum Act: Sendable {
    case send(String)
    case sendBytes([UInt8])
    /// Ends the connection.
    case close
    /// Answers no more, and keeps the connection.
}

/// Answers the first request with the first reply, and so on; further requests get the last one again.
final class RawServer: Sendable {
    private let channel: any Channel
    private let log: Log

    /// Runs `body` with a server that exists as long as it does.
    static func with<Result>(_ replies: [[Act]], _ body: (RawServer) async throws -> Result) async throws -> Result {
        let server = try await RawServer(replies)
        do {
            let result = try await body(server)
            try await server.channel.close()
            return result
        } catch {
            try await server.channel.close()
            throw error
        }
    }

    private init(_ replies: [[Act]]) async throws {
        let log = Log(replies)
        self.log = log
        self.channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(RequestHandler(log))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
    }

    var port: Int { channel.localAddress?.port ?? 0 }
    var url: String { "http://127.0.0.1:\(port)/v1" }
    /// The requests so far, heads and bodies.
    var requests: [String] { log.state.withLock { $0.requests } }

    /// Waits until a request has come.
    func firstRequest() async {
        for await _ in log.arrivals { return }
    }
}

private final class Log: Sendable {
    struct State {
        var replies: [[Act]]
        var requests: [String] = []
    }

    let state: Mutex<State>
    let arrivals: AsyncStream<Void>
    private let arrival: AsyncStream<Void>.Continuation

    init(_ replies: [[Act]]) {
        self.state = Mutex(State(replies: replies))
        (self.arrivals, self.arrival) = AsyncStream<Void>.makeStream()
    }

    func reply(to request: String) -> [Act] {
        defer { arrival.yield() }
        return state.withLock { state in
            state.requests.append(request)
            return state.replies.count > 1 ? state.replies.removeFirst() : state.replies.first ?? []
        }
    }
}

private final class RequestHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let log: Log
    private var text = ""

    init(_ log: Log) {
        self.log = log
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        text += String(buffer: unwrapInboundIn(data))
        guard let head = text.firstRange(of: "\r\n\r\n") else { return }
        let length =
            text.lowercased().split(separator: "\r\n").lazy
            .compactMap { $0.hasPrefix("content-length: ") ? Int($0.dropFirst(16)) : nil }.first ?? 0
        guard text[head.upperBound...].utf8.count >= length else { return }
        let request = text
        text = ""
        for act in log.reply(to: request) {
            switch act {
            case .send(let text): context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
            case .sendBytes(let bytes): context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: bytes)), promise: nil)
            case .close: context.close(promise: nil)
            }
        }
    }
}

/// An answer with a length, so that the connection can be used again.
func response(_ status: String, _ body: String, type: String = "application/json", headers: String = "") -> [Act] {
    let head = "HTTP/1.1 \(status)\r\ncontent-type: \(type)\r\ncontent-length: \(body.utf8.count)\r\n\(headers)\r\n"
    return [.send(head + body)]
}

/// An event stream of these data, ended by the connection's end.
func stream(_ data: [String]) -> [Act] {
    let events = data.map { "data: \($0)\n\n" }.joined()
    return [.send("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n" + events), .close]
}

/// A chunk with a piece of text.
func piece(_ text: String) -> String { #"{"model":"m-1","choices":[{"index":0,"delta":{"content":"\#(text)"}}]}"# }

let finished = #"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#
let counted = #"{"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":3,"total_tokens":10}}"#
