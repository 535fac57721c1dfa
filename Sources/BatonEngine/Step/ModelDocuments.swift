// A plugin's model requests and their results. Schemas "baton.model-request/1" and "baton.model-result/1".

import BatonCore
import BatonModels

extension ChatRequest {
    /// Nil if the document is no model request.
    init?(_ document: JSONValue) {
        guard let messages = document["messages"]?.arrayValue, !messages.isEmpty else { return nil }
        var parsed: [ChatMessage] = []
        for message in messages {
            guard let role = message["role"]?.stringValue.flatMap(ChatMessage.Role.init(rawValue:)),
                let content = message["content"]?.stringValue
            else { return nil }
            parsed.append(ChatMessage(role, content))
        }
        self.init(
            messages: parsed,
            maxTokens: document["max_tokens"]?.intValue.map { max(1, $0) },
            temperature: document["temperature"]?.doubleValue,
            seed: document["seed"]?.intValue,
            stop: document["stop"]?.texts ?? [],
            responseSchema: document["response_schema"]
        )
    }
}

extension ChatCompletion {
    var document: JSONValue {
        let finish =
            switch self.finish {
            case .stop: "stop"
            case .length: "length"
            case .other(let reason): reason
            }
        return [
            "schema": "baton.model-result/1",
            "text": .string(text),
            "finish": .string(finish),
            "model": .string(model),
            "usage": [
                "input_tokens": .integer(usage.inputTokens),
                "output_tokens": .integer(usage.outputTokens),
            ],
        ]
    }
}

extension ModelCallRecord {
    init(_ completion: ChatCompletion, model: String) {
        self.init(
            model: model, usage: completion.usage, usageIsEstimated: completion.usageIsEstimated,
            duration: completion.duration, error: nil
        )
    }
}
