// What a landing is going to do, path by path.

import BatonCore
import SystemPackage

/// One path that a landing writes or removes.
struct PlannedChange {
    /// Relative to the root.
    var path: FilePath
    var wanted: Wanted

    enum Wanted {
        case removed
        case file(Source, executable: Bool)
        case symlink(target: [UInt8])
    }

    /// Where the bytes of a file come from.
    enum Source {
        /// A regular file anywhere; its bytes are written as they are, and converted on their way into git.
        case disk(FilePath)
        /// A blob in git; its bytes are kept, and converted on their way into the working directory.
        case blob(ObjectID)
    }

    var isRemoval: Bool { if case .removed = wanted { true } else { false } }
}

/// Everything that a landing is going to do.
struct LandingPlan {
    var changes: [PlannedChange]
    /// Paths of the delta that stay out of it, because git ignores them.
    var ignored: [FilePath] = []
    var purpose: Purpose

    /// Who asks, in the words of a message.
    enum Purpose: String {
        case step = "this step"
        case revert = "this revert"
    }
}

extension LandingPlan {
    /// Plans to land `delta`; see ``GitStore/land(_:startedFrom:message:)``.
    init(
        _ delta: Delta,
        in repository: borrowing Repository,
        snapshot: borrowing Snapshot,
        index: borrowing IndexFile
    ) throws {
        self.init(changes: [], purpose: .step)
        try Self.followNewIgnoreRules(of: delta, in: repository)
        var seen: Set<FilePath> = []
        for change in delta.changes {
            try Self.checkName(change.path)
            guard seen.insert(change.path).inserted else {
                throw BatonError(.internalError, "the delta names '\(change.path.shown)' twice")
            }
            if index.entry(at: change.path) == nil, try snapshot.entry(at: change.path) == nil,
                try repository.isIgnored(change.path)
            {
                ignored.append(change.path)
            } else {
                changes.append(PlannedChange(path: change.path, wanted: PlannedChange.Wanted(change.kind)))
            }
        }
    }

    /// Applies the root's `.gitignore` of the delta itself.
    ///
    /// A step that sets a project up writes that file and what it ignores at once; what is ignored afterwards must not
    /// be committed first.
    private static func followNewIgnoreRules(of delta: Delta, in repository: borrowing Repository) throws {
        guard case .file(let content, _) = delta.changes.first(where: { $0.path == ".gitignore" })?.kind else { return }
        try repository.addIgnoreRules(try WorkingDirectory.content(at: content, shownAs: ".gitignore"))
    }

    /// Refuses names that can only come from a defect, and those that git can never hold.
    private static func checkName(_ path: FilePath) throws {
        guard path.root == nil, !path.components.isEmpty, path.components.allSatisfy({ $0.kind == .regular }) else {
            throw BatonError(.internalError, "the delta names '\(path.shown)', which is not a path below the root")
        }
        guard let depth = path.components.enumerated().first(where: { $1.string.lowercased() == ".git" })?.offset else {
            return
        }
        guard depth > 0 else {
            throw BatonError(.internalError, "the delta names '\(path.shown)', which is inside git's own directory")
        }
        throw BatonError(
            .unsupported,
            "'\(path.shown)' belongs to a repository inside this one, which this repository cannot hold",
            hints: ["Nothing was changed."]
        )
    }
}

extension PlannedChange.Wanted {
    init(_ kind: FileChange.Kind) {
        switch kind {
        case .removed: self = .removed
        case .file(let content, let executable): self = .file(.disk(content), executable: executable)
        case .symlink(let target): self = .symlink(target: target.bytes)
        }
    }
}
