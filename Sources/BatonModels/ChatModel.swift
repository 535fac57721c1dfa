// What a role asks a model, and what it gets back.

package import BatonCore

/// One message of a conversation.
package struct ChatMessage: Hashable, Sendable {
    package var role: Role
    package var content: String

    package init(_ role: Role, _ content: String) {
        self.role = role
        self.content = content
    }

    package enum Role: String, Hashable, Sendable {
        case system, user, assistant
    }
}

/// One question to a model.
package struct ChatRequest: Hashable, Sendable {
    package var messages: [ChatMessage]
    /// The most tokens that the answer may have; nil leaves it to the model.
    package var maxTokens: Int?
    /// Nil leaves it to the model.
    package var temperature: Double?
    /// The same seed asks for the same answer; not every model heeds it.
    package var seed: Int?
    /// Texts at which the answer ends; they are not part of it.
    package var stop: [String]
    /// The JSON schema that the answer must satisfy; nil for plain text.
    package var responseSchema: JSONValue?
    /// The name of the role that asks.
    ///
    /// It is not sent; the scripted model picks its answer by it.
    package var asker: String?

    package init(
        messages: [ChatMessage],
        maxTokens: Int? = nil,
        temperature: Double? = nil,
        seed: Int? = nil,
        stop: [String] = [],
        responseSchema: JSONValue? = nil,
        asker: String? = nil
    ) {
        self.messages = messages
        self.maxTokens = maxTokens
        self.temperature = temperature
        self.seed = seed
        self.stop = stop
        self.responseSchema = responseSchema
        self.asker = asker
    }
}

/// A model's whole answer.
package struct ChatCompletion: Hashable, Sendable {
    package var text: String
    package var finish: Finish
    /// The model as its server names it, or else the name that was asked for.
    package var model: String
    package var usage: ModelUsage
    /// True if the server did not count tokens: ``usage`` is then characters divided by 4.
    package var usageIsEstimated: Bool
    /// From the call to the end of the answer, waiting and retries included.
    package var duration: Duration

    package init(
        text: String,
        finish: Finish,
        model: String,
        usage: ModelUsage,
        usageIsEstimated: Bool = false,
        duration: Duration
    ) {
        self.text = text
        self.finish = finish
        self.model = model
        self.usage = usage
        self.usageIsEstimated = usageIsEstimated
        self.duration = duration
    }

    /// Why the answer ends.
    package enum Finish: Hashable, Sendable {
        /// The model was done, or met a stop text.
        case stop
        /// The limit of tokens was reached.
        case length
        /// A reason of the server's own, such as `content_filter`.
        case other(String)
    }
}

/// A piece of an answer, as it arrives.
package enum ChatDelta: Hashable, Sendable {
    /// A piece of the answer: all of them, joined, are ``ChatCompletion/text``.
    case text(String)
    /// What a reasoning model thinks aloud; not part of the answer.
    case reasoning(String)
}

/// Something that answers chat requests.
package protocol ChatModel: Sendable {
    /// What a commit's `Baton-Model` trailer says, such as `SmolLM2-135M-Instruct` or `gpt-4o-mini`.
    var name: String { get }

    /// Asks the model and waits for the whole answer.
    ///
    /// `onDelta` gets the pieces one after the other, each awaited before the next is read. Cancelling the task ends
    /// the request at once.
    ///
    /// - Throws: ``BatonError`` with one of the codes `modelUnavailable`, `modelRefused`, `rateLimited`, `timedOut` and
    ///   `cancelled`.
    func complete(
        _ request: ChatRequest,
        onDelta: @escaping @Sendable (ChatDelta) async -> Void
    ) async throws -> ChatCompletion
}

extension ChatModel {
    /// Asks the model, without looking at the pieces.
    package func complete(_ request: ChatRequest) async throws -> ChatCompletion {
        try await complete(request, onDelta: { _ in })
    }
}

extension ChatRequest {
    /// The contents of all messages, a line break between them.
    var joinedContents: String { messages.map(\.content).joined(separator: "\n") }
}

extension ModelUsage {
    /// The usual guess when nobody counted: four characters are a token.
    static func estimated(input: String, output: String) -> ModelUsage {
        ModelUsage(inputTokens: (input.count + 3) / 4, outputTokens: (output.count + 3) / 4, calls: 1)
    }
}
