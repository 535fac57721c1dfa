// What a role says to the person, and asks. SPDX-License-Identifier: MIT

/// A question to the person: the document `baton.question/1`.
public struct Question: Encodable, Hashable, Sendable {
    /// What is asked.
    public var question: String
    /// What may be answered; empty if anything may.
    public var choices: [String]
    /// The answer where nobody can be asked; nil if there is none, and the call then fails.
    public var fallback: String?

    /// A question.
    public init(_ question: String, choices: [String] = [], fallback: String? = nil) {
        self.question = question
        self.choices = choices
        self.fallback = fallback
    }

    /// Writes the document with its schema.
    ///
    /// - Throws: What the encoder throws.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Keys.self)
        try container.encode("baton.question/1", forKey: .schema)
        try container.encode(question, forKey: .question)
        if !choices.isEmpty { try container.encode(choices, forKey: .choices) }
        try container.encodeIfPresent(fallback, forKey: .fallback)
    }

    private enum Keys: String, CodingKey {
        case schema, question, choices
        case fallback = "default"
    }
}

/// The person's answer: the document `baton.answer/1`.
struct Answer: Decodable {
    var answer: String
}

/// Something for the person who watches: the document `baton.message/1`.
struct Remark: Encodable {
    let schema = "baton.message/1"
    var text: String
}

/// A file worth knowing about: the document `baton.artifact/1`.
struct Artifact: Encodable {
    let schema = "baton.artifact/1"
    var path: String
    var kind: String
}

/// What differs from the start of the step: the document `baton.changed-paths/1`.
struct ChangedPaths: Decodable {
    var paths: [String]
}
