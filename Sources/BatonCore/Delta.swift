// What a step changed, path by path.

package import SystemPackage

/// Everything that a step changed in its view, sorted by path.
///
/// A path is relative to the working directory's root. A path appears once, and only if its content, kind or existence
/// differs from what was there when the step started.
package struct Delta: Hashable, Sendable {
    package var changes: [FileChange]

    package init(_ changes: [FileChange] = []) {
        self.changes = changes.sorted { $0.path.string < $1.path.string }
    }

    package var isEmpty: Bool { changes.isEmpty }
    package var paths: [FilePath] { changes.map(\.path) }
}

/// One path of a ``Delta``.
package struct FileChange: Hashable, Sendable {
    /// Relative to the root of the working directory.
    package var path: FilePath
    package var kind: Kind

    package init(_ path: FilePath, _ kind: Kind) {
        self.path = path
        self.kind = kind
    }

    package enum Kind: Hashable, Sendable {
        /// The path is gone.
        case removed
        /// The path is now a file with the bytes at `content`, an absolute path that is valid while the view exists.
        case file(content: FilePath, executable: Bool)
        /// The path is now a symbolic link to `target`.
        case symlink(target: FilePath)
    }
}
