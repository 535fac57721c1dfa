// A chat request as the JSON that servers take.

import BatonCore
import FoundationEssentials

/// Which member limits the answer's length.
///
/// OpenAI calls `max_tokens` deprecated and refuses it for its reasoning models; most other servers know only that.
package enum TokenLimitMember: String, Sendable {
    case maxTokens = "max_tokens"
    case maxCompletionTokens = "max_completion_tokens"
}

extension ChatRequest {
    /// The body of a streaming chat completion request; members are sorted, so equal requests have equal bytes.
    ///
    /// Source: the OpenAI API reference, "Create chat completion".
    func body(model: String, tokenLimit: TokenLimitMember) throws -> [UInt8] {
        var members: [String: JSONValue] = [
            "model": .string(model),
            "messages": .array(
                messages.map { ["role": .string($0.role.rawValue), "content": .string($0.content)] }
            ),
            "stream": true,
            "stream_options": ["include_usage": true],
        ]
        members[tokenLimit.rawValue] = maxTokens.map(JSONValue.integer)
        members["temperature"] = temperature.map(JSONValue.number)
        members["seed"] = seed.map(JSONValue.integer)
        if !stop.isEmpty { members["stop"] = .array(stop.map(JSONValue.string)) }
        if let responseSchema {
            members["response_format"] = [
                "type": "json_schema",
                "json_schema": ["name": "answer", "strict": true, "schema": responseSchema],
            ]
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(JSONValue.object(members)))
    }
}
