// Builds the JSON Schema of an answer, of settings or of outputs. SPDX-License-Identifier: MIT

/// A JSON Schema: what a model's answer, a role's settings or its outputs look like.
///
/// ```swift
/// let schema = JSONSchema.object(["verdict": .string(oneOf: ["accept", "revise"]), "reason": .string(maxLength: 200)])
/// ```
///
/// A model that is held to a schema writes the members in the schema's order, which is alphabetical here: name them so
/// that what has to be decided first comes first.
public struct JSONSchema: Hashable, Sendable {
    /// The schema as a document.
    public let document: JSON

    /// A schema that is written out.
    public init(_ document: JSON) {
        self.document = document
    }

    /// Text, of at most `maxLength` characters (nil: no limit).
    public static func string(maxLength: Int? = nil, _ description: String? = nil) -> JSONSchema {
        make("string", ["maxLength": maxLength.map(JSON.integer)], description)
    }

    /// One of the given texts.
    public static func string(oneOf values: [String], _ description: String? = nil) -> JSONSchema {
        make("string", ["enum": .array(values.map(JSON.string))], description)
    }

    /// A whole number inside a range.
    public static func integer(_ range: ClosedRange<Int>? = nil, _ description: String? = nil) -> JSONSchema {
        make("integer", bounds(range.map { (.integer($0.lowerBound), .integer($0.upperBound)) }), description)
    }

    /// A number inside a range.
    public static func number(_ range: ClosedRange<Double>? = nil, _ description: String? = nil) -> JSONSchema {
        make("number", bounds(range.map { (.number($0.lowerBound), .number($0.upperBound)) }), description)
    }

    /// True or false.
    public static func boolean(_ description: String? = nil) -> JSONSchema {
        make("boolean", [:], description)
    }

    /// A list whose length is inside a range.
    public static func array(
        of element: JSONSchema,
        count: ClosedRange<Int>? = nil,
        _ description: String? = nil
    ) -> JSONSchema {
        let lengths: [String: JSON?] = [
            "items": element.document,
            "minItems": count.map { .integer($0.lowerBound) },
            "maxItems": count.map { .integer($0.upperBound) },
        ]
        return make("array", lengths, description)
    }

    /// An object with these members and no others; all are required save those named in `optional`.
    public static func object(
        _ properties: [String: JSONSchema],
        optional: Set<String> = [],
        _ description: String? = nil
    ) -> JSONSchema {
        let required = properties.keys.filter { !optional.contains($0) }.sorted()
        let members: [String: JSON?] = [
            "properties": .object(properties.mapValues(\.document)),
            "required": required.isEmpty ? .some(nil) : .array(required.map(JSON.string)),
            "additionalProperties": false,
        ]
        return make("object", members, description)
    }

    /// The schema, or null.
    public func orNull() -> JSONSchema {
        JSONSchema(["anyOf": [document, ["type": "null"]]])
    }

    private static func bounds(_ range: (JSON, JSON)?) -> [String: JSON?] {
        ["minimum": range?.0, "maximum": range?.1]
    }

    private static func make(_ type: String, _ members: [String: JSON?], _ description: String?) -> JSONSchema {
        var document = members.compactMapValues { $0 == .some(.null) ? nil : $0 }
        document["type"] = .string(type)
        document["description"] = description.map(JSON.string)
        return JSONSchema(.object(document))
    }
}

extension JSONSchema: Codable {
    /// Reads a schema.
    ///
    /// - Throws: What the decoder throws.
    public init(from decoder: any Decoder) throws {
        self.init(try JSON(from: decoder))
    }

    /// Writes the schema.
    ///
    /// - Throws: What the encoder throws.
    public func encode(to encoder: any Encoder) throws {
        try document.encode(to: encoder)
    }
}
