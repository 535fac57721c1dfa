// The JSON documents that roles and host exchange. Reference: docs/plugins.md.

package import BatonCore
import Foundation

/// Reads and writes JSON for plugins, the journal and `--json`.
package enum JSONText {
    /// One line, members sorted, so that the same value always gives the same text.
    package static func line(_ value: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        // Only values of this package come here, none of which can fail to encode.
        return (try? encoder.encode(value)).map { String(decoding: $0, as: UTF8.self) } ?? "null"
    }

    /// Nil if `bytes` are not one JSON object.
    package static func object(_ bytes: [UInt8]) -> JSONValue? {
        guard let value = try? JSONDecoder().decode(JSONValue.self, from: Data(bytes)), value.objectValue != nil else {
            return nil
        }
        return value
    }
}

extension JSONValue {
    var text: String { JSONText.line(self) }

    /// A list of texts; empty if this is none.
    var texts: [String] { arrayValue?.compactMap(\.stringValue) ?? [] }

    /// The object without the members that are nil.
    static func object(dropping members: [String: JSONValue?]) -> JSONValue {
        .object(members.compactMapValues { $0 })
    }
}
