// Lands a plan: commit, branch, files, index, in this order.

import BatonCore
import CGit2
import SystemPackage

/// One landing, from taking git's lock to giving it back.
///
/// Everything that can be refused is refused before the branch moves. Up to there only objects that nothing refers to
/// and temporary files have been written.
struct LandingSession: ~Copyable {
    let repository: Repository
    let head: HeadState
    /// The files of HEAD.
    let snapshot: Snapshot
    let index: IndexFile

    private let places: RepositoryPlaces
    private let patience: LockPatience
    private let lock: IndexLock
    private let working: WorkingDirectory
    /// When the index was last written; nil if there is none yet.
    private let indexWritten: FileStamp.Time?

    /// Takes the lock, then reads HEAD and the index.
    init(_ places: RepositoryPlaces, patience: LockPatience) throws {
        let repository = try Repository(at: places.gitDirectory)
        try repository.checkState(places)
        let lock = try IndexLock(inside: places.gitDirectory, patience: patience)
        let head = try repository.head()
        let snapshot = try repository.snapshot(of: head.commit)
        let indexWritten = try explainingErrno("look at", places.gitDirectory) { () throws(Errno) in
            try Directory(at: places.gitDirectory).stamp(of: "index")?.modified
        }
        self.index = try repository.readIndex()
        self.repository = repository
        self.head = head
        self.snapshot = snapshot
        self.places = places
        self.patience = patience
        self.lock = lock
        self.working = WorkingDirectory(root: places.root)
        self.indexWritten = indexWritten
    }

    /// Refuses paths that a commit made since `base` has changed.
    func checkUnmoved(_ plan: LandingPlan, since base: ObjectID?) throws {
        guard base != head.commit else { return }
        let before = try repository.snapshot(of: base)
        var obstacles = Obstacles()
        for change in plan.changes where try before.entry(at: change.path) != snapshot.entry(at: change.path) {
            obstacles.add(.committedSince, at: change.path)
        }
        try obstacles.throwIfAny(for: plan.purpose)
    }

    /// Lands `plan`.
    func land(_ plan: LandingPlan, message: CommitMessage) throws -> Landing {
        var check = CleanCheck(plan, in: working, indexWritten: indexWritten)
        let checked = try check.run(repository, snapshot, index)
        let files = StagedFiles(in: working)
        let changes = try checked.map { try prepare($0, files) }
        let tree = try repository.writeTree(snapshot, applying: changes)
        guard tree != snapshot.id ?? Self.emptyTree else {
            return Landing(commit: nil, files: [], ignored: plan.ignored)
        }
        let commit = try repository.writeCommit(tree, parent: head.commit, message: message)
        let stats = try zip(checked, changes).filter { $0.before != $1.entry }.map { before, after throws in
            try repository.stat(PathDifference(path: after.path, old: before.before, new: after.entry))
        }
        // Tried on the index in memory first, since it may refuse a name that a tree does not.
        markRacyEntries()
        try stage(changes, [:])
        try checkUntouched(checked, plan.purpose)
        try repository.moveHead(from: head, to: commit, log: "baton: \(message.subject)", patience)
        try finish(files.putInPlace(checked), changes, commit)
        return Landing(commit: commit.hex, files: stats, ignored: plan.ignored)
    }

    /// What git calls the tree without entries.
    private static let emptyTree = ObjectID(hex: "4b825dc642cb6eb9a060e54bf8d69288fbee4904")
}

// MARK: - Before the branch moves

extension LandingSession {
    /// Stores the new content of one path and prepares its working file.
    private func prepare(_ checked: CheckedChange, _ files: StagedFiles) throws -> TreeChange {
        let path = checked.path
        switch checked.change.wanted {
        case .removed:
            try files.stage(checked, content: nil)
            return TreeChange(path: path, entry: nil)
        case .symlink(let target):
            try files.stage(checked, content: nil)
            return TreeChange(path: path, entry: TreeEntry(mode: .symlink, id: try repository.writeBlob(target)))
        case .file(let source, let executable):
            try repository.refuseFilters(of: path)
            let (bytes, id) = try content(of: source, at: path)
            try files.stage(checked, content: bytes)
            let mode = try mode(executable: executable, before: checked.before)
            return TreeChange(path: path, entry: TreeEntry(mode: mode, id: id))
        }
    }

    /// The bytes of the working file, and the blob that git keeps of them.
    private func content(of source: PlannedChange.Source, at path: FilePath) throws -> ([UInt8], ObjectID) {
        switch source {
        case .blob(let id):
            return (try repository.checkedOut(id, at: path), id)
        case .disk(let file):
            let bytes = try WorkingDirectory.content(at: file, shownAs: path)
            if path.lastComponent == ".gitattributes" { try refuseNewFilters(bytes, at: path) }
            return (bytes, try repository.writeBlob(try repository.stored(bytes, at: path, strict: true)))
        }
    }

    /// Attributes count from this landing on, but its files are converted by those that were there before; so none may
    /// come with it that would have to run a program.
    private func refuseNewFilters(_ attributes: [UInt8], at path: FilePath) throws {
        let before = try snapshot.entry(at: path).map { entry throws in try repository.content(of: entry.id) }
        let known = Set(String(decoding: before ?? [], as: UTF8.self).split(whereSeparator: \.isNewline))
        for line in String(decoding: attributes, as: UTF8.self).split(whereSeparator: \.isNewline)
        where !known.contains(line) && (line.contains(" filter=") || line.contains(" working-tree-encoding=")) {
            throw BatonError(
                .unsupported,
                "'\(path.shown)' sets up a filter that Baton does not run: \(CommitMessage.oneLine(String(line)))",
                hints: ["Nothing was changed. Commit that line yourself first."]
            )
        }
    }

    private func mode(executable: Bool, before: TreeEntry?) throws -> TreeEntry.Mode {
        if let before, before.mode.isRegular, try !repository.trustsExecutableBit() { return before.mode }
        return executable ? .executable : .file
    }

    /// Looks again, since reading and storing took time in which the user may have saved a file.
    private func checkUntouched(_ checked: [CheckedChange], _ purpose: LandingPlan.Purpose) throws {
        var obstacles = Obstacles()
        for change in checked {
            let now = try explainingErrno("look at", change.path) { () throws(Errno) in
                try working.look(at: change.path)
            }
            if now != change.sighting { obstacles.add(.uncommitted, at: change.path) }
        }
        try obstacles.throwIfAny(for: purpose)
    }
}

// MARK: - The index

extension LandingSession {
    private func markRacyEntries() {
        guard let indexWritten else { return }
        BatonGit.markRacyEntries(of: index, written: indexWritten, in: working, repository)
    }

    /// Changes the index in memory.
    ///
    /// `stamps` are the working files' states, so that git need not read the files again.
    private func stage(_ changes: [TreeChange], _ stamps: [FilePath: FileStamp]) throws(GitError) {
        for change in changes where change.entry == nil { try index.remove(change.path) }
        for change in changes {
            guard let entry = change.entry else { continue }
            try index.set(change.path, to: entry, stamp: stamps[change.path])
        }
    }

    /// Writes the index, and reports what could not be done after the branch had moved.
    private func finish(_ outcome: StagedFiles.Outcome, _ changes: [TreeChange], _ commit: ObjectID) throws {
        let isWritten = try writeIndex(changes, outcome.stamps)
        let made = "commit \(commit.hex) was made"
        if let failure = outcome.failures.first {
            let paths = outcome.failures.map(\.path)
            throw BatonError(
                .unsupported,
                "\(made), but \(Obstacles.list(paths)) could not be written",
                causes: ["\(failure.error)"],
                hints: ["Bring the files up to date: git restore -- \(Self.arguments(paths))"]
            )
        }
        guard !isWritten else { return }
        throw BatonError(
            .conflict,
            "\(made) and its files are in place, but git's index stayed locked",
            causes: ["'\(places.gitDirectory.appending("index.lock").shown)' is there"],
            hints: ["When the other git program is done, run: git reset -q -- \(Self.arguments(changes.map(\.path)))"]
        )
    }

    /// False if somebody else took the lock in the moment in which libgit2, which has its own, needed it.
    private func writeIndex(_ changes: [TreeChange], _ stamps: [FilePath: FileStamp]) throws -> Bool {
        try stage(changes, stamps)
        lock.release()
        var isStale = false
        let written: Void? = try patience.retry {
            if isStale {
                try index.reread()
                markRacyEntries()
                try stage(changes, stamps)
            }
            isStale = true
            do throws(GitError) {
                return try index.write()
            } catch let error where error.isLocked {
                return nil
            }
        }
        return written != nil
    }

    private static func arguments(_ paths: [FilePath]) -> String {
        paths.map { shellQuoted($0.string) }.joined(separator: " ")
    }
}
