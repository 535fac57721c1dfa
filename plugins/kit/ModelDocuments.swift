// What is sent to a model and what comes back. SPDX-License-Identifier: MIT

/// A question to the step's model: the document `baton.model-request/1`.
public struct ModelRequest: Codable, Hashable, Sendable {
    /// One turn of the conversation.
    public struct Message: Codable, Hashable, Sendable {
        /// Who speaks.
        public enum Speaker: String, Codable, Sendable {
            /// Instructions that come before everything.
            case system
            /// The role.
            case user
            /// The model.
            case assistant
        }

        /// Who speaks.
        public var role: Speaker
        /// What is said.
        public var content: String

        /// A turn.
        public init(_ role: Speaker, _ content: String) {
            self.role = role
            self.content = content
        }
    }

    /// The conversation, oldest turn first.
    public var messages: [Message]
    /// The longest answer, in tokens; nil leaves it to the host.
    public var maxTokens: Int?
    /// How much chance there is, 0 to 2; nil leaves it to the host.
    public var temperature: Double?
    /// Where chance starts, so that an answer can be had again; nil leaves it to the model.
    public var seed: UInt32?
    /// The answer ends before any of these texts.
    public var stop: [String]
    /// What the answer, then a JSON document, has to look like; nil for free text.
    public var responseSchema: JSONSchema?

    /// A question of one or two turns.
    public init(
        system: String? = nil,
        user: String,
        maxTokens: Int? = nil,
        temperature: Double? = nil,
        seed: UInt32? = nil,
        stop: [String] = [],
        responseSchema: JSONSchema? = nil
    ) {
        messages = (system.map { [Message(.system, $0)] } ?? []) + [Message(.user, user)]
        self.maxTokens = maxTokens
        self.temperature = temperature
        self.seed = seed
        self.stop = stop
        self.responseSchema = responseSchema
    }

    /// The same question after examples of what is wanted: each a text of the role and the answer that fits it.
    public func following(_ examples: [(user: String, answer: String)]) -> ModelRequest {
        var request = self
        let turns = examples.flatMap { [Message(.user, $0.user), Message(.assistant, $0.answer)] }
        request.messages.insert(contentsOf: turns, at: messages.first?.role == .system ? 1 : 0)
        return request
    }

    /// Reads the document.
    ///
    /// - Throws: What the decoder throws.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Keys.self)
        messages = try container.decode([Message].self, forKey: .messages)
        maxTokens = try container.decodeIfPresent(Int.self, forKey: .maxTokens)
        temperature = try container.decodeIfPresent(Double.self, forKey: .temperature)
        seed = try container.decodeIfPresent(UInt32.self, forKey: .seed)
        stop = try container.decodeIfPresent([String].self, forKey: .stop) ?? []
        responseSchema = try container.decodeIfPresent(JSONSchema.self, forKey: .responseSchema)
    }

    /// Writes the document with its schema; what is nil or empty is left out.
    ///
    /// - Throws: What the encoder throws.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Keys.self)
        try container.encode("baton.model-request/1", forKey: .schema)
        try container.encode(messages, forKey: .messages)
        try container.encodeIfPresent(maxTokens, forKey: .maxTokens)
        try container.encodeIfPresent(temperature, forKey: .temperature)
        try container.encodeIfPresent(seed, forKey: .seed)
        if !stop.isEmpty { try container.encode(stop, forKey: .stop) }
        try container.encodeIfPresent(responseSchema, forKey: .responseSchema)
    }

    private enum Keys: String, CodingKey {
        case schema, messages, temperature, seed, stop
        case maxTokens = "max_tokens"
        case responseSchema = "response_schema"
    }
}

/// A model's answer: the document `baton.model-result/1`.
public struct ModelResult: Decodable, Hashable, Sendable {
    /// How much was read and written.
    public struct Usage: Decodable, Hashable, Sendable {
        /// Tokens of the question.
        public var inputTokens: Int
        /// Tokens of the answer.
        public var outputTokens: Int

        /// Numbers of tokens.
        public init(inputTokens: Int = 0, outputTokens: Int = 0) {
            self.inputTokens = inputTokens
            self.outputTokens = outputTokens
        }

        private enum CodingKeys: String, CodingKey {
            case inputTokens = "input_tokens"
            case outputTokens = "output_tokens"
        }
    }

    /// The answer.
    public var text: String
    /// Why it ended: `stop`, `length` if it was cut at `maxTokens`, or another word of the provider's.
    public var finish: String
    /// The model that answered; nil if it is not known.
    public var model: String?
    /// How much was read and written; nil if it is not known.
    public var usage: Usage?

    /// An answer, for tests.
    public init(text: String, finish: String = "stop", model: String? = nil, usage: Usage? = nil) {
        self.text = text
        self.finish = finish
        self.model = model
        self.usage = usage
    }

    /// Reads a value out of an answer that was held to a schema; nil if the answer does not fit, as a cut one may not.
    public func decoded<Value: Decodable>(_ type: Value.Type) -> Value? {
        try? BatonPluginKit.decoded(type, from: Array(text.utf8), as: "answer")
    }
}
