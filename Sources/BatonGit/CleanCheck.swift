// Finds out whether a landing would overwrite something of the user's.

import BatonCore
import CGit2
import SystemPackage

/// A planned change whose path holds nothing but what HEAD has there.
struct CheckedChange {
    var change: PlannedChange
    /// What HEAD has at the path.
    var before: TreeEntry?
    /// What the working directory has there; looked at again just before the branch moves.
    var sighting: WorkingDirectory.Sighting

    var path: FilePath { change.path }
}

/// Looks at every path of a plan in HEAD, in the index and in the working directory.
///
/// A path is clean if all three have the same there: the same content once git's conversions are applied, the same
/// executable bit, the same link target, or nothing at all.
struct CleanCheck: ~Copyable {
    private let plan: LandingPlan
    private let removed: Set<FilePath>
    private let working: WorkingDirectory
    /// When the index was written; an entry stamped since is not believed.
    private let indexWritten: FileStamp.Time?
    private var obstacles = Obstacles()
    private var seenParents: Set<FilePath> = []

    init(_ plan: LandingPlan, in working: WorkingDirectory, indexWritten: FileStamp.Time?) {
        self.plan = plan
        self.removed = Set(plan.changes.filter(\.isRemoval).map(\.path))
        self.working = working
        self.indexWritten = indexWritten
    }

    /// Checks all paths.
    ///
    /// - Returns: What is left to do; a removal of nothing is not.
    /// - Throws: A conflict that names the paths in the way.
    mutating func run(
        _ repository: borrowing Repository,
        _ snapshot: borrowing Snapshot,
        _ index: borrowing IndexFile
    ) throws -> [CheckedChange] {
        var checked: [CheckedChange] = []
        for change in plan.changes {
            try checkParents(of: change.path, snapshot, index)
            let before = try snapshot.entry(at: change.path)
            let sighting = try explainingErrno("look at", change.path) { () throws(Errno) in
                try working.look(at: change.path)
            }
            try checkPath(change, before: before, sighting, repository, index)
            if !change.isRemoval { try checkBelow(change.path, snapshot, index, repository) }
            if before == nil, change.isRemoval { continue }
            checked.append(CheckedChange(change: change, before: before, sighting: sighting))
        }
        try obstacles.throwIfAny(for: plan.purpose)
        return checked
    }

    // MARK: One path

    private mutating func checkPath(
        _ change: PlannedChange,
        before: TreeEntry?,
        _ sighting: WorkingDirectory.Sighting,
        _ repository: borrowing Repository,
        _ index: borrowing IndexFile
    ) throws {
        let path = change.path
        let entry = index.entry(at: path)
        try refuseSpecial(path, before: before, entry)
        let staged = entry.flatMap { TreeEntry(mode: $0.mode, id: $0.id) }
        guard !index.isConflicted(path), staged == before else { return obstacles.add(.uncommitted, at: path) }
        switch (before, sighting) {
        case (nil, .absent): break
        case (nil, .present(let stamp)):
            // What is in a directory is looked at below.
            if stamp.kind != .directory { obstacles.add(.untracked, at: path) }
        case (nil, .blocked(let parent, let isSymlink)):
            if !removed.contains(parent) { try block(path, by: parent, isSymlink: isSymlink) }
        case (let before?, .present(let stamp)):
            guard let entry, try isUnchanged(path, before, entry, stamp, repository) else {
                return obstacles.add(.uncommitted, at: path)
            }
        case (_?, _): obstacles.add(.uncommitted, at: path)
        }
    }

    private func isUnchanged(
        _ path: FilePath,
        _ entry: TreeEntry,
        _ staged: git_index_entry,
        _ stamp: FileStamp,
        _ repository: borrowing Repository
    ) throws -> Bool {
        guard let mode = stamp.treeMode else { return false }
        if mode != entry.mode {
            guard mode.isRegular, entry.mode.isRegular, try !repository.trustsExecutableBit() else { return false }
        }
        if let indexWritten, Int(staged.mtime.seconds) < indexWritten.seconds, stamp.matches(staged) { return true }
        return try explainingErrno("read", path) { () throws(Errno) in
            try working.blobID(of: path, stamp, in: repository)
        } == entry.id
    }

    private mutating func block(_ path: FilePath, by parent: FilePath, isSymlink: Bool) throws {
        guard isSymlink else { return obstacles.add(.untracked, at: parent) }
        throw BatonError(
            .conflict,
            "'\(path.shown)' cannot be written, because '\(parent.shown)' is a symbolic link of yours",
            hints: ["Nothing was changed. Baton does not write through links; put a directory in its place."]
        )
    }

    // MARK: Above and below it

    /// The directories that `path` is in must be directories, or become ones, and belong to this repository.
    private mutating func checkParents(
        of path: FilePath,
        _ snapshot: borrowing Snapshot,
        _ index: borrowing IndexFile
    ) throws {
        for parent in path.parents where seenParents.insert(parent).inserted {
            let before = try snapshot.entry(at: parent)
            let staged = index.entry(at: parent)
            try refuseSpecial(parent, before: before, staged)
            if before != nil || staged != nil || index.isConflicted(parent), !removed.contains(parent) {
                obstacles.add(.uncommitted, at: parent)
            }
            guard case .present = try? working.look(at: parent.appending(".git")) else { continue }
            throw BatonError(
                .unsupported,
                "'\(path.shown)' belongs to '\(parent.shown)', which is a repository of its own",
                hints: ["Nothing was changed. Run Baton inside '\(parent.shown)' to work on it."]
            )
        }
    }

    /// Whatever is below a path that becomes a file must go with the same landing.
    private mutating func checkBelow(
        _ path: FilePath,
        _ snapshot: borrowing Snapshot,
        _ index: borrowing IndexFile,
        _ repository: borrowing Repository
    ) throws {
        for inside in try snapshot.paths(below: path, in: repository) + index.paths(below: path)
        where !removed.contains(inside) {
            obstacles.add(.uncommitted, at: inside)
        }
        // One more than are going to be removed is enough to know that something else is there.
        let present = try explainingErrno("look at", path) { () throws(Errno) in
            try working.paths(below: path, limit: removed.count + 1)
        }
        for inside in present where !removed.contains(inside) {
            obstacles.add(.untracked, at: inside)
        }
    }

    /// Submodules, and files that a sparse checkout leaves out, are beyond what is supported.
    private func refuseSpecial(_ path: FilePath, before: TreeEntry?, _ staged: git_index_entry?) throws {
        if before?.mode == .submodule || staged?.mode == TreeEntry.Mode.submodule.rawValue {
            throw BatonError(
                .unsupported,
                "'\(path.shown)' is a submodule, and \(plan.purpose.rawValue) changes it",
                hints: ["Nothing was changed. Run Baton inside the submodule to work on it."]
            )
        }
        if let staged, staged.isOutsideSparseCheckout {
            throw BatonError(
                .unsupported,
                "'\(path.shown)' is outside of this sparse checkout, and \(plan.purpose.rawValue) changes it",
                hints: ["Nothing was changed. Include it with 'git sparse-checkout add', then run again."]
            )
        }
    }
}

extension WorkingDirectory {
    /// The name of the blob that git would store for the file or link at `path`; nil for anything else.
    func blobID(of path: FilePath, _ stamp: FileStamp, in repository: borrowing Repository) throws(Errno) -> ObjectID? {
        let bytes: [UInt8]
        switch stamp.kind {
        case .symlink: bytes = try linkTarget(of: path)
        case .file: bytes = try content(of: path)
        case .directory, .other: return nil
        }
        // A conversion that fails leaves the file without a name in git, which is as good as changed.
        let stored = stamp.kind == .file ? try? repository.stored(bytes, at: path, strict: false) : bytes
        return stored.flatMap { try? repository.blobID(of: $0) }
    }
}
