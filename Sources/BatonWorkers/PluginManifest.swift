// What a plugin says of itself in the file beside it, so that listing plugins runs none of their code.

import Foundation

/// The contents of a plugin folder's `plugin.json`.
///
/// Schema: docs/plugins.md.
package struct PluginManifest: Hashable, Sendable, Codable {
    package var schema: String
    /// Reverse domain name.
    package var id: String
    package var version: String
    package var abi: ABIVersion
    /// The library's name within the folder.
    package var file: String
    /// Of the library, 64 lowercase hexadecimal digits.
    package var sha256: String?
    package var license: String?
    package var roles: [Role]

    package struct ABIVersion: Hashable, Sendable, Codable {
        package var major: Int
        package var minor: Int
    }

    package struct Role: Hashable, Sendable, Codable {
        package var id: String
        /// What recipes write.
        package var name: String
        package var kind: String
        package var description: String?
        package var permissions: [String]
    }

    static let schema = "baton.plugin/1"
    static let abiMajor = 1

    /// Reads a manifest and checks what can be checked without the library.
    init(reading bytes: Data) throws(PluginProblem) {
        do {
            self = try JSONDecoder().decode(PluginManifest.self, from: bytes)
        } catch {
            throw PluginProblem("'plugin.json' is not a manifest: \(Self.explain(error))")
        }
        guard schema == Self.schema else {
            throw PluginProblem("the manifest has schema '\(schema)', this Baton reads '\(Self.schema)'")
        }
        guard abi.major == Self.abiMajor else {
            throw PluginProblem("the plugin needs plugin ABI \(abi.major), this Baton has \(Self.abiMajor)")
        }
        guard !file.contains("/"), file != "..", file != ".", !file.isEmpty else {
            throw PluginProblem("'file' is '\(file)'; it must be a name within the plugin's folder")
        }
        guard !roles.isEmpty else { throw PluginProblem("the manifest names no role") }
    }

    private static func explain(_ error: any Error) -> String {
        switch error as? DecodingError {
        case .keyNotFound(let key, _): "'\(key.stringValue)' is missing"
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            "'\(context.codingPath.map(\.stringValue).joined(separator: "."))' has the wrong type"
        default: "it is not JSON"
        }
    }
}

/// Why a plugin cannot be used; one phrase.
package struct PluginProblem: Error, Hashable, Sendable {
    package let message: String

    init(_ message: String) {
        self.message = message
    }
}
