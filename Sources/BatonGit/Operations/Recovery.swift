// Finishes, or takes back, what a process that is gone has left half-done.

import BatonCore
package import SystemPackage

/// What became of an operation that was cut off.
package struct RecoveredOperation: Hashable, Sendable {
    /// What was to be done, such as "land step 'draft' of run 0769ac92".
    package var title: String
    /// True if it is done now; false if nothing of it has happened.
    package var isDone: Bool
    /// Paths at which somebody else's version stands by now; they were not touched.
    package var left: [FilePath]
}

/// Puts a repository in order after a crash; to be used with the ``OperationLock`` held.
struct Recovery {
    private let git: any GitAccess
    private let places: RepositoryPlaces
    private let patience: LockPatience

    init(_ git: any GitAccess, _ places: RepositoryPlaces, _ patience: LockPatience) {
        self.git = git
        self.places = places
        self.patience = patience
    }

    /// Nil if there was nothing to do but perhaps to remove a lock that belonged to nobody any more.
    func finish() throws -> RecoveredOperation? {
        let intent = Intent(places)
        try explainingErrno("clean up in", places.gitDirectory) { () throws(Errno) in
            _ = try IndexLock.removeAbandoned(inside: places.gitDirectory)
            try places.removeNewIndex()
            try intent.removeDraft()
            for lock in places.hiddenReferenceLocks {
                try ReferenceLock(at: lock).removeIfAbandoned(.baton, patience)
            }
        }
        guard let id = try intent.declared() else { return nil }
        let log = OperationLog(git, worktree: places.worktreeName)
        guard let record = try GitError.nilIfNotFound({ () throws(GitError) in try log.record(id) }) else {
            // Its objects are gone, so nothing can have followed them.
            intent.withdraw()
            return nil
        }
        if record.old != record.new {
            try explainingErrno("clean up in", places.gitDirectory) { () throws(Errno) in
                try ReferenceLock(at: places.lock(of: record.reference))
                    .removeIfAbandoned(.anybody(next: record.new), patience)
            }
        }
        let placer = FilePlacer(in: WorkingDirectory(root: places.root), operation: id)
        guard try hasCounted(record) else {
            for item in items(record) { placer.discard(item) }
            intent.withdraw()
            return RecoveredOperation(title: record.title, isDone: false, left: [])
        }
        let lock = try IndexLock(inside: places.gitDirectory, patience: patience)
        let placement = placer.finish(try items(record).map { item throws in try loaded(item, record) })
        try finishIndex(record, placement)
        if try log.newest() != id { try git.setReference(log.reference, from: log.newest(), to: id, log: "baton") }
        lock.release()
        intent.withdraw()
        return RecoveredOperation(title: record.title, isDone: true, left: placement.left.map(\.path))
    }

    /// Whether the branch had moved; then the operation counts.
    ///
    /// The user may have gone on meanwhile, so what is asked is which of the two commits the branch has in its past: of
    /// the two the one that is not in the past of the other, if they are in line.
    private func hasCounted(_ record: OperationRecord) throws -> Bool {
        // Nothing moved: what was declared is done, since it can be done at any time without harm.
        if record.old == record.new { return true }
        let now = record.reference == "HEAD" ? try git.head().commit : try git.reference(record.reference)
        if now == record.new { return true }
        if now == record.old { return false }
        guard let now else { return false }
        guard let new = record.new else { return false }
        guard let old = record.old else { return try git.isAncestor(new, of: now) }
        if try git.isAncestor(new, of: old) { return try !git.isAncestor(old, of: now) }
        return try git.isAncestor(new, of: now)
    }

    private func items(_ record: OperationRecord) -> [FilePlacer.Item] {
        record.paths.enumerated().compactMap { number, path in
            guard path.before.file != path.after.file else { return nil }
            return FilePlacer.Item(number: number, path: path.path, before: nil, after: nil)
        }
    }

    private func loaded(_ item: FilePlacer.Item, _ record: OperationRecord) throws -> FilePlacer.Item {
        let path = record.paths[item.number]
        return FilePlacer.Item(
            number: item.number, path: item.path, before: try git.state(of: path.before.file),
            after: try git.state(of: path.after.file))
    }

    private func finishIndex(_ record: OperationRecord, _ placement: FilePlacer.Placement) throws {
        let paths = record.paths.filter { $0.before.index != $0.after.index }
        guard !paths.isEmpty else { return }
        try places.copyIndex()
        let index = try git.openIndex(at: places.newIndex)
        let staged = try index.contents(at: paths.map(\.path))
        // What the user has staged since stays.
        let open = paths.filter { staged.entries[$0.path]?.entry == $0.before.index }
        if open.isEmpty {
            try explainingErrno("clean up", places.newIndex) { () throws(Errno) in try places.removeNewIndex() }
            return
        }
        try index.write(applying: open.map { IndexChange(path: $0.path, entry: $0.after.index) })
        try explainingErrno("write", places.index) { () throws(Errno) in try places.replaceIndex() }
    }
}

extension GitAccess {
    /// A recorded file with its bytes.
    func state(of file: RecordedFile?) throws(GitError) -> FileState? {
        guard let file else { return nil }
        let bytes = try content(of: file.content)
        return FileState(
            kind: file.mode == .symlink ? .link : .file, bytes: bytes, permissions: file.permissions)
    }
}
