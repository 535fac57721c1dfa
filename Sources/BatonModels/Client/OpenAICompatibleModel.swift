// A model behind any server that speaks OpenAI's chat completions.

import AsyncHTTPClient
import BatonCore
import NIOCore
import NIOHTTP1

/// A key, and where it came from.
package struct ModelKey: Hashable, Sendable {
    package var secret: Secret
    /// The environment variable that held it; errors name it.
    package var source: String

    package init(_ secret: Secret, from source: String) {
        self.secret = secret
        self.source = source
    }
}

/// Asks for chat completions over HTTP and reads them as they are made.
///
/// Source: the OpenAI API reference, "Create chat completion" and "Streaming events".
package struct OpenAICompatibleModel: ChatModel {
    package let name: String
    let endpoint: Endpoint
    let key: ModelKey?
    let tokenLimit: TokenLimitMember
    let connections: ModelConnections
    let retries: RetryPolicy
    /// What errors call the place, if the endpoint says nothing to people.
    let shownLocation: String?
    /// Seconds since 1970, for servers that say until when to wait.
    let now: @Sendable () -> Int

    /// A model that its server calls `name`.
    package init(
        name: String,
        endpoint: Endpoint,
        key: ModelKey? = nil,
        tokenLimit: TokenLimitMember = .maxTokens,
        connections: ModelConnections,
        retries: RetryPolicy = RetryPolicy(),
        shownLocation: String? = nil,
        now: @escaping @Sendable () -> Int = { secondsSince1970() }
    ) {
        self.name = name
        self.endpoint = endpoint
        self.key = key
        self.tokenLimit = tokenLimit
        self.connections = connections
        self.retries = retries
        self.shownLocation = shownLocation
        self.now = now
    }

    package func complete(
        _ request: ChatRequest,
        onDelta: @escaping @Sendable (ChatDelta) async -> Void
    ) async throws -> ChatCompletion {
        do {
            return try await completeOrRetry(request, onDelta)
        } catch {
            throw error.explained(at: place)
        }
    }

    var place: ModelPlace {
        ModelPlace(model: name, location: shownLocation ?? "\(endpoint)", keySource: key?.source)
    }

    private func completeOrRetry(
        _ request: ChatRequest,
        _ onDelta: @Sendable (ChatDelta) async -> Void
    ) async throws(ModelError) -> ChatCompletion {
        let start = ContinuousClock.now
        let body: [UInt8]
        do {
            body = try request.body(model: name, tokenLimit: tokenLimit)
        } catch {
            // Only a number that is not finite cannot be written.
            throw .refused(status: 400, message: "the request holds a value that JSON cannot express")
        }
        var attempt = 1
        while true {
            var delivered = false
            do throws(ModelError) {
                let answer = try await ask(body, delivered: &delivered, onDelta)
                return answer.completion(of: request, model: name, duration: .now - start)
            } catch {
                // What was delivered cannot be taken back.
                guard !delivered, let wait = retries.wait(before: attempt, after: error) else { throw error }
                attempt += 1
                try await pause(wait)
            }
        }
    }

    private func pause(_ wait: Duration) async throws(ModelError) {
        do { try await retries.sleep(wait) } catch { throw .cancelled }
    }

    /// One request and its whole answer.
    private func ask(
        _ body: [UInt8],
        delivered: inout Bool,
        _ onDelta: @Sendable (ChatDelta) async -> Void
    ) async throws(ModelError) -> CompletionAssembler {
        var post = httpRequest("/chat/completions")
        post.method = .POST
        post.headers.add(name: "content-type", value: "application/json")
        post.headers.add(name: "accept", value: "text/event-stream, application/json")
        post.body = .bytes(body)
        let response = try await execute(post)
        guard (200..<300).contains(response.status.code) else { throw await failure(response) }

        var reader = AnswerReader(contentType: response.headers.first(name: "content-type"), secret: key?.secret)
        do {
            for try await buffer in response.body {
                var deltas: [ChatDelta] = []
                let result = Result { try reader.consume(buffer.readableBytesView, into: &deltas) }
                for delta in deltas {
                    delivered = true
                    await onDelta(delta)
                }
                try result.get()
            }
        } catch {
            let error = meaning(of: error)
            // Nothing that could still come matters, but cancelling does.
            guard reader.assembler.isComplete, error != .cancelled, error != .tooLarge else { throw error }
        }
        for delta in try reader.finish() {
            delivered = true
            await onDelta(delta)
        }
        return reader.assembler
    }

    func httpRequest(_ path: String) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: endpoint.url(path))
        request.headers.add(name: "user-agent", value: "baton/\(batonVersion)")
        // llama.cpp closes a connection after an answer without saying so, and a request that was just sent on it is
        // lost. Without TLS a new connection costs next to nothing.
        if !endpoint.isEncrypted { request.headers.add(name: "connection", value: "close") }
        if let key { request.headers.add(name: "authorization", value: "Bearer \(key.secret.reveal())") }
        return request
    }

    func execute(
        _ request: HTTPClientRequest,
        within limit: TimeAmount? = nil
    ) async throws(ModelError) -> HTTPClientResponse {
        do {
            let deadline = limit.map { NIODeadline.now() + $0 } ?? .distantFuture
            return try await connections.client.execute(request, deadline: deadline)
        } catch {
            throw meaning(of: error)
        }
    }

    private func meaning(of error: any Error) -> ModelError {
        // A cancelled task ends its connection, which can look like many things.
        Task.isCancelled ? .cancelled : ModelError(error, timeouts: connections.timeouts, secret: key?.secret)
    }
}
