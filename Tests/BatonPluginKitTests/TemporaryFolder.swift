// A folder that a test owns.

import BatonPluginKit
import FoundationEssentials
import Glibc

/// A folder that a test owns; it is removed when the value goes away.
final class TemporaryFolder {
    let path: String
    var workspace: Workspace { Workspace(root: path) }

    init(_ files: [String: String] = [:]) throws {
        path = "\(FileManager.default.temporaryDirectory.path)/baton-kit-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        for (name, text) in files { try workspace.write(text, to: name) }
    }

    func link(_ name: String, to target: String) {
        _ = symlink(target, "\(path)/\(name)")
    }

    deinit {
        // Clean-up only.
        try? FileManager.default.removeItem(atPath: path)
    }
}
