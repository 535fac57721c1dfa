// Tries an edit and takes it back if it does not pass. SPDX-License-Identifier: MIT

import BatonPluginKit

/// A file's new text.
struct Edit: Equatable {
    var path: String
    var text: String
}

/// Tries edits, one at a time, and takes back those that do not pass.
final class Trial {
    let workspace: Workspace
    let check: Check?
    let host: any RoleHost
    /// What the check said the last time; nil if it did not run yet.
    private(set) var last: Check.Result?
    private var failed: [[Edit]] = []

    init(workspace: Workspace, check: Check?, host: any RoleHost) {
        self.workspace = workspace
        self.check = check
        self.host = host
    }

    /// Writes the edits and runs the check; if it fails, or cannot be run, the files are as they were before.
    func passes(_ edits: [Edit]) throws -> Bool {
        guard !failed.contains(edits) else {
            host.log(.debug, "the same edit failed before")
            return false
        }
        let originals = try edits.map { ($0.path, try workspace.bytes(of: $0.path)) }
        do {
            for edit in edits { try workspace.write(edit.text, to: edit.path) }
            guard let check else { return true }
            let result = try check.run()
            last = result
            if result.passed { return true }
        } catch {
            try restore(originals)
            throw error
        }
        try restore(originals)
        failed.append(edits)
        return false
    }

    private func restore(_ originals: [(String, [UInt8])]) throws {
        for (path, bytes) in originals { try workspace.write(bytes, to: path) }
    }
}
