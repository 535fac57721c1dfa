// Puts an answer together from its pieces.

import BatonCore

/// Collects what a server sends until the answer is complete; no I/O.
struct CompletionAssembler: Sendable {
    /// What was sent to the server and must not come back in an error.
    let secret: Secret?
    private(set) var text = ""
    private var reasoning = ""
    private var finish: ChatCompletion.Finish?
    private var model: String?
    private var usage: CompletionChunk.Usage?
    /// Whether `[DONE]` came.
    private(set) var isDone = false

    /// Whether what came so far is a whole answer: only the tokens' count may be missing.
    var isComplete: Bool { isDone || finish != nil }

    init(secret: Secret? = nil) {
        self.secret = secret
    }

    /// Takes the data of one event and gives the pieces of the answer in it.
    mutating func consume(_ data: String, contentType: String) throws(ModelError) -> [ChatDelta] {
        if data == "[DONE]" {
            isDone = true
            return []
        }
        guard let chunk = CompletionChunk(json: data.utf8) else {
            throw .notJSON(contentType: contentType, start: foreignLine(data, limit: 80, hiding: secret))
        }
        return try consume(chunk)
    }

    mutating func consume(_ chunk: CompletionChunk) throws(ModelError) -> [ChatDelta] {
        if let failure = chunk.failure {
            let message = foreignLine(failure.message, hiding: secret)
            throw failure.status.flatMap { ModelError(status: $0, message: message) }
                ?? .serverFailed(status: nil, message: message)
        }
        model = model ?? chunk.model
        usage = chunk.usage ?? usage
        guard let choice = chunk.choice else { return [] }
        var deltas: [ChatDelta] = []
        if let piece = choice.reasoning, !piece.isEmpty {
            reasoning += piece
            deltas.append(.reasoning(piece))
        }
        if let piece = choice.text, !piece.isEmpty {
            text += piece
            deltas.append(.text(piece))
        }
        if let reason = choice.finishReason { finish = Self.finish(reason) }
        return deltas
    }

    /// The whole answer to `request`.
    func completion(of request: ChatRequest, model name: String, duration: Duration) -> ChatCompletion {
        ChatCompletion(
            text: text,
            finish: finish ?? .stop,
            model: model.map { foreignLine($0) } ?? name,
            usage: usage.map { ModelUsage(inputTokens: $0.inputTokens, outputTokens: $0.outputTokens, calls: 1) }
                ?? .estimated(input: request.joinedContents, output: reasoning + text),
            usageIsEstimated: usage == nil,
            duration: duration
        )
    }

    private static func finish(_ reason: String) -> ChatCompletion.Finish {
        switch reason {
        case "stop": .stop
        case "length": .length
        default: .other(foreignLine(reason, limit: 40))
        }
    }
}
