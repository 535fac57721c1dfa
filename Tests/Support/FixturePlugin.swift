// Plugins of tests, built by the C compiler.

import Crypto
import Foundation
package import SystemPackage

/// A folder with the plugin of roles that break the rules; see Tests/Fixtures/misbehaving.
package struct FixturePlugins: Sendable {
    package let folder: FilePath

    /// Built once for all tests of a process.
    package static let misbehaving = Task { try await FixturePlugins(building: "misbehaving") }

    /// Role names and what their manifest lets them do.
    private static let roles: [String: [String]] = [
        "segfault": ["fs.write"], "quits": ["fs.write"], "hangs": ["fs.write"], "floods": ["fs.write"],
        "leaves": ["fs.write"], "fails": ["fs.write"], "wanders": ["fs.write"],
        "pipes": ["fs.write"], "overwrites": ["fs.write"], "commands": ["fs.write"],
        "asks": ["fs.write", "model.call"],
        "prose": ["fs.write"], "shows": ["fs.write"],
        "writes-etc": ["fs.write"], "writes-home": ["fs.write"], "writes-parent": ["fs.write"],
        "writes-git": ["fs.write"], "writes-link": ["fs.write"], "writes-proc": ["fs.write"],
        "connects": ["fs.write"], "forks": ["fs.write"], "fills-memory": ["fs.write"], "fills-disk": ["fs.write"],
        "long-file": ["fs.write"], "burns": ["fs.write"],
    ]

    private init(building name: String) async throws {
        let library = try await buildFixture(name, in: "plugins/\(name)")
        let plugin = library.removingLastComponent()
        folder = plugin.removingLastComponent()
        let bytes = try Data(contentsOf: URL(filePath: library.string))
        let manifest: [String: Any] = [
            "schema": "baton.plugin/1", "id": "org.example.\(name)", "version": "1.0.0",
            "abi": ["major": 1, "minor": 0], "file": "\(name).so", "license": "MIT",
            "sha256": SHA256.hash(data: bytes).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined(),
            "roles": Self.roles.sorted { $0.key < $1.key }.map { name, permissions in
                ["id": "org.example.\(name)", "name": name, "kind": "other", "permissions": permissions]
            },
        ]
        try JSONSerialization.data(withJSONObject: manifest)
            .write(to: URL(filePath: plugin.appending("plugin.json").string))
    }

    /// What makes `baton` find the plugins.
    package var variables: [String: String] { ["BATON_PLUGIN_PATH": folder.string] }
}

/// Builds the library of Tests/Fixtures/`name` and returns its path: a file of that name in `folder`.
func buildFixture(_ name: String, in folder: String) async throws -> FilePath {
    let root = World.packageRoot
    let path = root.appending(".build/fixtures-\(ProcessInfo.processInfo.processIdentifier)/\(folder)")
    try FileManager.default.createDirectory(atPath: path.string, withIntermediateDirectories: true)
    let library = path.appending("\(name).so")
    let result = try await run(
        "cc",
        [
            "-std=c11", "-Wall", "-Wextra", "-Werror", "-fPIC", "-shared", "-fvisibility=hidden",
            "-I", root.appending("Sources/CBatonPlugin/include").string,
            root.appending("Tests/Fixtures/\(name)/\(name).c").string, "-o", library.string,
        ], in: root, environment: ProcessInfo.processInfo.environment)
    guard result.status == 0 else { throw FixtureError(output: result.errors) }
    return library
}

/// A fixture that could not be built.
package struct FixtureError: Error {
    package let output: String

    package init(output: String) {
        self.output = output
    }
}
