// Turns what a view's layer holds into what a step changed.

import BatonCore
import SystemPackage

extension GitAccess {
    /// Reads the state of files that a step is known to write, before it starts.
    func stepBase(_ working: WorkingDirectory, started: FileTime, watching paths: [FilePath]) throws -> StepBase {
        var known: [FilePath: FileState?] = [:]
        for path in paths.prefix(StepBase.knownPathsMax) {
            // What cannot be read now is met again when the step has changed it.
            guard let (_, file) = try? working.read(path) else { continue }
            known[path] = .some(file)
        }
        return StepBase(commit: try head().commit?.hex, started: started, known: known)
    }
}

/// Compares a delta with what the step started from; see ``GitStore/propose(_:from:)``.
struct ProposalReader {
    let git: any GitAccess
    let working: WorkingDirectory
    let base: StepBase
    /// The files as they were when the step started, if it has worked in the directory itself.
    private let originals: WorkingDirectory?
    private let baseTree: ObjectID?
    private var directories: [FilePath: FileStamp?] = [:]

    init(
        _ git: any GitAccess, _ working: WorkingDirectory, _ base: StepBase, originals: WorkingDirectory? = nil
    ) throws {
        self.git = git
        self.working = working
        self.base = base
        self.originals = originals
        self.baseTree = try git.tree(of: base.commit.flatMap { ObjectID(hex: $0) })
    }

    /// Reads all contents of `delta`.
    ///
    /// - Throws: `unsupported` for what git cannot hold, `internalError` for a delta with impossible paths.
    mutating func read(_ delta: Delta) throws -> Proposal {
        try checkNames(of: delta)
        let bases = try git.entries(at: delta.paths, in: baseTree)
        let ignored = try ignoredPaths(of: delta, tracked: bases)
        var changes: [ProposedChange] = []
        var kept: [FileChange] = []
        for change in delta.changes where !ignored.contains(change.path) {
            guard let proposed = try read(change, base: bases[change.path]) else { continue }
            changes.append(proposed)
            kept.append(change)
        }
        let sorted = ignored.sorted { $0.string < $1.string }
        return Proposal(base: base, delta: Delta(kept), ignored: sorted, changes: changes)
    }

    // MARK: One path

    /// Nil if the step did not change the path after all.
    private mutating func read(_ change: FileChange, base entry: TreeEntry?) throws -> ProposedChange? {
        let path = change.path
        if entry?.mode == .submodule { throw BatonError.isSubmodule(path, .step) }
        let after = try content(of: change)
        let start = try start(of: path, base: entry)
        let before: FileState?
        let stored: StoredEnds
        switch start {
        case .known(let file):
            if after.isSame(as: file) { return nil }
            before = file
            stored = try StoredEnds(
                from: file.map { file throws in try self.stored(file, at: path, strict: false) },
                to: after.map { file throws in try self.stored(file, at: path, strict: true) })
        case .unknown(let now):
            before = try entry.flatMap { entry throws in try git.checkedOutState(entry, at: path) }
            if after.isSame(as: before) || after.isSame(as: now) { return nil }
            stored = try storedEnds(of: after, at: path, base: entry, now: now)
        }
        if let to = stored.to, path.lastComponent == ".gitattributes" {
            try refuseNewFilters(to.bytes, before: entry, at: path)
        }
        return ProposedChange(
            path: path, before: before, after: after.keepingPermissions(of: before), base: entry,
            stored: PathChange.Ends(from: stored.from?.entry, to: stored.to?.entry),
            storedBytes: PathChange.Ends(from: stored.from?.bytes, to: stored.to?.bytes)
        )
    }

    /// What git would keep of a file, and its bytes.
    private typealias Stored = (entry: TreeEntry, bytes: [UInt8])

    /// What git would keep of a path before a step and after it.
    private struct StoredEnds {
        var from: Stored?
        var to: Stored?
    }

    /// What the step has changed of what was committed, where nobody knows which version of the file it has seen.
    ///
    /// The user's uncommitted lines, which stand there now, are taken out of what the step left; that is right whether it
    /// has seen them or not. Where that cannot be done, the lines overlap, and the ends are such that nothing fits.
    private func storedEnds(
        of after: FileState?, at path: FilePath, base entry: TreeEntry?, now: FileState?
    ) throws -> StoredEnds {
        let to = try after.map { file throws in try stored(file, at: path, strict: true) }
        let dirty = try now.map { file throws in try stored(file, at: path, strict: false) }
        let base = try entry.map { entry throws -> Stored in (entry, try git.content(of: entry.id)) }
        guard let dirty, dirty.entry != entry else { return StoredEnds(from: base, to: to) }
        guard let base, let to, [base, to, dirty].allSatisfy({ $0.entry.mode.isRegular }),
            let bytes = try TextMerge.merged(ancestor: dirty.bytes, ours: base.bytes, theirs: to.bytes)
        else { return StoredEnds(from: dirty, to: to) }
        return StoredEnds(from: base, to: (TreeEntry(to.entry.mode, try git.blobID(of: bytes)), bytes))
    }

    private func content(of change: FileChange) throws -> FileState? {
        switch change.kind {
        case .removed: return nil
        case .symlink(let target): return .link(target.bytes)
        case .file(let content, let executable):
            return .file(try WorkingDirectory.content(at: content, shownAs: change.path), executable: executable)
        }
    }

    /// What stood at a path when the step started.
    private enum Start {
        case known(FileState?)
        /// Somebody has written there since, and what stands there now may not be what the step has seen.
        ///
        /// For the merge of the file HEAD's version does as its ancestor: what the user wrote is then on both sides, or
        /// on the user's. Where that is wrong, the lines overlap, and that is a conflict.
        case unknown(now: FileState?)
    }

    private mutating func start(of path: FilePath, base entry: TreeEntry?) throws -> Start {
        if let originals {
            let (_, file) = try explainingErrno("read", path) { () throws(Errno) in try originals.read(path) }
            return .known(file)
        }
        if let known: FileState? = base.known[path] { return .known(known) }
        let (sighting, file) = try explainingErrno("read", path) { () throws(Errno) in try working.read(path) }
        let isOld: Bool
        switch sighting {
        case .present(let stamp): isOld = stamp.changed < base.started
        case .absent, .blocked: isOld = try !wasDirectoryChanged(of: path)
        }
        return isOld ? .known(file) : .unknown(now: file)
    }

    /// Whether a name can have gone from the nearest directory above `path` since the step started.
    private mutating func wasDirectoryChanged(of path: FilePath) throws -> Bool {
        for parent in path.parents.reversed() + [FilePath()] {
            if directories[parent] == nil {
                let stamp = try explainingErrno("look at", path) { () throws(Errno) in
                    try working.stamp(ofDirectory: parent)
                }
                directories.updateValue(stamp, forKey: parent)
            }
            if let stamp = directories[parent] ?? nil { return stamp.changed >= base.started }
        }
        return true
    }

    private func stored(_ file: FileState, at path: FilePath, strict: Bool) throws -> Stored {
        if file.kind == .file { try checkFilter(of: path) }
        let bytes = file.kind == .link ? file.bytes : try git.stored(file.bytes, at: path, strict: strict)
        return (TreeEntry(file.mode, try git.blobID(of: bytes)), bytes)
    }

    // MARK: Refusals

    private func ignoredPaths(of delta: Delta, tracked: [FilePath: TreeEntry]) throws -> Set<FilePath> {
        // A step that sets a project up writes .gitignore and what it ignores at once; what is ignored afterwards must
        // not be committed first.
        var rules: [UInt8]?
        if case .file(let content, _) = delta.changes.first(where: { $0.path == ".gitignore" })?.kind {
            rules = try WorkingDirectory.content(at: content, shownAs: ".gitignore")
        }
        return try git.ignored(delta.paths.filter { tracked[$0] == nil }, withRules: rules)
    }

    /// Refuses a file whose filter nobody has set up, which git takes for none at all.
    ///
    /// The unconverted bytes, such as a large file instead of its LFS pointer, would stay in the history for good.
    private func checkFilter(of path: FilePath) throws {
        guard let filter = try git.attribute("filter", of: path) else { return }
        for key in ["clean", "process"] where try git.setting("filter.\(filter).\(key)") != nil { return }
        throw BatonError(
            .unsupported,
            "'\(path.shown)' goes through git's filter '\(filter)', which is not set up here",
            hints: [
                "Nothing was changed. "
                    + (filter == "lfs" ? "Set it up with 'git lfs install'." : "Set 'filter.\(filter).clean'.")
            ]
        )
    }

    /// Attributes count from the landing on, but its files are converted by those that were there before; so none may
    /// come with it that would convert them in another way.
    private func refuseNewFilters(_ attributes: [UInt8], before: TreeEntry?, at path: FilePath) throws {
        let old = try before.map { entry throws in try git.content(of: entry.id) }
        let known = Set(String(decoding: old ?? [], as: UTF8.self).split(whereSeparator: \.isNewline))
        for line in String(decoding: attributes, as: UTF8.self).split(whereSeparator: \.isNewline)
        where !known.contains(line) && (line.contains(" filter=") || line.contains(" working-tree-encoding=")) {
            throw BatonError(
                .unsupported,
                "'\(path.shown)' sets up a filter that this step's files have not gone through: "
                    + CommitMessage.oneLine(String(line)),
                hints: ["Nothing was changed. Commit that line yourself first."]
            )
        }
    }

    /// Refuses names that can only come from a defect, and those that git can never hold.
    private func checkNames(of delta: Delta) throws {
        var seen: Set<FilePath> = []
        for path in delta.paths {
            guard path.root == nil, !path.components.isEmpty, path.components.allSatisfy({ $0.kind == .regular }) else {
                throw BatonError(
                    .internalError, "the delta names '\(path.shown)', which is not a path below the root")
            }
            guard seen.insert(path).inserted else {
                throw BatonError(.internalError, "the delta names '\(path.shown)' twice")
            }
            guard let depth = path.components.enumerated().first(where: { $1.string.lowercased() == ".git" })?.offset
            else { continue }
            guard depth > 0 else {
                throw BatonError(
                    .internalError, "the delta names '\(path.shown)', which is inside git's own directory")
            }
            throw BatonError(
                .unsupported,
                "'\(path.shown)' belongs to a repository inside this one, which this repository cannot hold",
                hints: ["Nothing was changed."]
            )
        }
    }
}

extension FileState? {
    /// The state with the permissions that the file had, but for the one that git keeps.
    fileprivate func keepingPermissions(of old: FileState?) -> FileState? {
        guard var state = self, let old, state.kind == .file, old.kind == .file else { return self }
        let isKept = old.isExecutable == state.isExecutable
        state.permissions = isKept ? old.permissions : old.executable(state.isExecutable).permissions
        return state
    }
}

extension GitAccess {
    /// The working file that git would write for `entry`; nil for a submodule.
    func checkedOutState(_ entry: TreeEntry, at path: FilePath) throws(GitError) -> FileState? {
        try checkedOutState(entry, content(of: entry.id), at: path)
    }

    /// The same for an entry whose content need not be stored yet.
    func checkedOutState(_ entry: TreeEntry, _ bytes: @autoclosure () throws(GitError) -> [UInt8], at path: FilePath)
        throws(GitError) -> FileState?
    {
        switch entry.mode {
        case .symlink: .link(try bytes())
        case .file, .executable: .file(try checkedOut(bytes(), at: path), executable: entry.mode == .executable)
        case .submodule: nil
        }
    }
}
