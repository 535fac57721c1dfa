// The JSON that servers answer with.

import FoundationEssentials

/// One `data` of a stream, or a whole answer that was not streamed.
///
/// Members that Baton does not use are not looked at, and one of an unexpected type counts as absent: servers differ in
/// everything but these few.
struct CompletionChunk: Decodable, Sendable {
    var choice: Choice?
    var model: String?
    var usage: Usage?
    var failure: Failure?

    struct Choice: Sendable {
        var text: String?
        var reasoning: String?
        var finishReason: String?
    }

    struct Usage: Decodable, Sendable {
        var inputTokens: Int
        var outputTokens: Int

        enum CodingKeys: String, CodingKey {
            case inputTokens = "prompt_tokens"
            case outputTokens = "completion_tokens"
        }
    }

    /// An error in place of an answer.
    struct Failure: Sendable {
        var status: Int?
        var message: String
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        choice = container.lenient([Choice].self, .choices)?.first
        model = container.lenient(String.self, .model)
        usage = container.lenient(Usage.self, .usage)
        if container.contains(.error), (try? container.decodeNil(forKey: .error)) != true {
            failure = container.lenient(Failure.self, .error) ?? Failure(status: nil, message: "")
        }
        hasChoices = container.contains(.choices)
    }

    /// False for JSON that is something else altogether.
    let hasChoices: Bool

    /// Nil if `bytes` are not a JSON object.
    init?(json bytes: some Sequence<UInt8>) {
        // The reason does not matter: the caller shows the text itself.
        guard let chunk = try? JSONDecoder().decode(CompletionChunk.self, from: Data(bytes)) else { return nil }
        self = chunk
    }

    fileprivate enum Key: String, CodingKey {
        case choices, model, usage, error
        case delta, message, content, reasoning
        case reasoningContent = "reasoning_content"
        case finishReason = "finish_reason"
        case code, status
    }
}

extension CompletionChunk.Choice: Decodable {
    init(from decoder: any Decoder) throws {
        typealias Key = CompletionChunk.Key
        let choice = try decoder.container(keyedBy: Key.self)
        finishReason = choice.lenient(String.self, .finishReason)
        let content =
            (try? choice.nestedContainer(keyedBy: Key.self, forKey: .delta))
            ?? (try? choice.nestedContainer(keyedBy: Key.self, forKey: .message))
        text = content?.lenient(String.self, .content)
        reasoning = content?.lenient(String.self, .reasoningContent) ?? content?.lenient(String.self, .reasoning)
    }
}

extension CompletionChunk.Failure: Decodable {
    /// Either an object with `message` and perhaps a numeric `code` or `status`, or the message alone.
    init(from decoder: any Decoder) throws {
        if let message = try? decoder.singleValueContainer().decode(String.self) {
            self.init(status: nil, message: message)
            return
        }
        let members = try decoder.container(keyedBy: CompletionChunk.Key.self)
        self.init(
            status: members.lenient(Int.self, .code) ?? members.lenient(Int.self, .status),
            message: members.lenient(String.self, .message) ?? ""
        )
    }
}

extension KeyedDecodingContainer<CompletionChunk.Key> {
    /// The member, or nil if it is absent, null or of another type.
    fileprivate func lenient<Value: Decodable>(_ type: Value.Type, _ key: CompletionChunk.Key) -> Value? {
        (try? decodeIfPresent(type, forKey: key)) ?? nil
    }
}
