// Values to JSON text and back, with errors that a person can read. SPDX-License-Identifier: MIT

import FoundationEssentials

extension JSON {
    /// Reads a document from its text.
    ///
    /// - Throws: A `PluginError` with status `invalid` if `text` is not JSON.
    public init(parsing text: some StringProtocol) throws {
        self = try decoded(JSON.self, from: Array(text.utf8), as: "document")
    }

    /// The document as text: on one line, members in alphabetical order.
    ///
    /// - Throws: A `PluginError` with status `invalid` if a number is not finite.
    public func text() throws -> String {
        String(decoding: try encoded(self), as: UTF8.self)
    }
}

/// JSON text of `value`, members in alphabetical order, so that the same value always has the same text.
func encoded(_ value: some Encodable) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    do {
        return Array(try encoder.encode(value))
    } catch let error as EncodingError {
        throw PluginError(.invalid, "a value cannot be written as JSON", detail: .string("\(error)"))
    }
}

/// The value in a JSON text; `subject` names the document in the error.
func decoded<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8], as subject: String) throws -> Value {
    do {
        return try JSONDecoder().decode(type, from: Data(bytes))
    } catch let error as DecodingError {
        throw PluginError(.invalid, "\(subject) is wrong: \(phrase(for: error))")
    }
}

/// What is wrong, with the path of the member, as one phrase.
private func phrase(for error: DecodingError) -> String {
    switch error {
    case .keyNotFound(let key, let context):
        "'\(name(of: context.codingPath + [key]))' is missing"
    case .typeMismatch(let type, let context):
        "'\(name(of: context.codingPath))' must be \(noun(for: type))"
    case .valueNotFound(let type, let context):
        "'\(name(of: context.codingPath))' must be \(noun(for: type)), not null"
    case .dataCorrupted(let context) where context.codingPath.isEmpty:
        "it is not JSON"
    case .dataCorrupted(let context):
        "'\(name(of: context.codingPath))' has a value that is not allowed"
    @unknown default:
        "it cannot be read"
    }
}

private func name(of path: [any CodingKey]) -> String {
    guard !path.isEmpty else { return "document" }
    return path.reduce(into: "") { name, key in
        if let index = key.intValue {
            name += "[\(index)]"
        } else {
            name += name.isEmpty ? key.stringValue : ".\(key.stringValue)"
        }
    }
}

private func noun(for type: any Any.Type) -> String {
    switch type {
    case is String.Type: "text"
    case is Bool.Type: "true or false"
    case is any FixedWidthInteger.Type: "a whole number"
    case is any BinaryFloatingPoint.Type: "a number"
    case is [String: any Decodable].Type: "an object"
    case is [JSON].Type, is [String].Type: "a list"
    default: "of another type"
    }
}
