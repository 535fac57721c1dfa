// What a step comes to. SPDX-License-Identifier: MIT

/// What a step comes to: the document `baton.result/1`.
public struct Report<Outputs: Encodable>: Encodable {
    /// One line that says what was done, in the imperative; it becomes the subject of the step's commit.
    ///
    /// At most 60 characters and without the role's name: the host puts that before it.
    public var summary: String
    /// Typed values for the steps that follow and for the recipe's conditions; a JSON object.
    public var outputs: Outputs

    /// A report.
    public init(summary: String, outputs: Outputs) {
        self.summary = summary
        self.outputs = outputs
    }

    /// Writes the document with its schema.
    ///
    /// - Throws: What the encoder throws.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Keys.self)
        try container.encode("baton.result/1", forKey: .schema)
        try container.encode(summary, forKey: .summary)
        try container.encode(outputs, forKey: .outputs)
    }

    private enum Keys: CodingKey {
        case schema, summary, outputs
    }
}

/// Outputs of a role that has none.
public struct NoOutputs: Codable, Hashable, Sendable {
    /// No outputs.
    public init() {}
}
