// Works out, in memory, what changes come to on what stands there by now.

import BatonCore
import SystemPackage

/// Fits changes to what HEAD, the index and the working directory hold.
///
/// Each of the three gets the change by a merge of its own: HEAD without what the user has not committed, the index with
/// what is staged, the file with the user's edits. Nothing is written; that is what ``Transaction`` does with the result.
struct Fitting {
    let git: any GitAccess
    let index: any GitIndex
    let working: WorkingDirectory
    /// HEAD's tree; nil before the first commit.
    let tree: ObjectID?

    private(set) var merger: EntryMerger
    private(set) var outcomes: [FilePath: PathOutcome] = [:]
    /// What the working directory had when it was read, to see whether it changed since.
    private(set) var sightings: [FilePath: WorkingDirectory.Sighting] = [:]
    private(set) var conflicts: [Conflict] = []
    /// Paths at which a rule has decided.
    private(set) var resolved: [FilePath] = []
    private let trustsExecutableBit: Bool

    /// A path at which a change does not fit.
    struct Conflict: Hashable {
        var path: FilePath
        var cause: ConflictCause
    }

    init(_ git: any GitAccess, index: any GitIndex, working: WorkingDirectory, tree: ObjectID?) throws {
        self.git = git
        self.index = index
        self.working = working
        self.tree = tree
        self.merger = EntryMerger(git)
        self.trustsExecutableBit = try git.flag("core.filemode", fallback: true)
    }

    /// The outcomes that change anything, sorted by path.
    var changes: [PathOutcome] {
        outcomes.values.filter { $0.before != $0.after }.sorted { $0.path.string < $1.path.string }
    }

    /// What HEAD's tree gets of it.
    var headChanges: [TreeChange] {
        changes.filter { $0.before.head != $0.after.head }.map { TreeChange(path: $0.path, entry: $0.after.head) }
    }

    /// Tells of a content that git may not have yet.
    mutating func note(_ id: ObjectID, _ bytes: [UInt8]) { merger.note(id, bytes) }

    /// Throws if anything does not fit; to be called when all changes are made.
    mutating func check(for purpose: Purpose) throws {
        if conflicts.isEmpty { try checkCollisions(purpose) }
        try LandingConflict.throwIfAny(conflicts, for: purpose)
    }

    // MARK: What stands there

    /// Reads what stands at `paths`, all at once; what was read before stays as it was changed since.
    mutating func read(_ paths: [FilePath], purpose: Purpose) throws {
        let missing = paths.filter { outcomes[$0] == nil }
        guard !missing.isEmpty else { return }
        let heads = try git.entries(at: missing, in: tree)
        let staged = try index.contents(at: missing)
        try checkSpecial(missing, heads, staged, purpose)
        for path in missing {
            let (sighting, file) = try explainingErrno("read", path) { () throws(Errno) in try working.read(path) }
            // A promise to add a file is kept where nothing changes, and kept by git itself where something does.
            let entry = staged.entries[path].flatMap { $0.isIntentToAdd ? nil : $0.entry }
            let states = PathStates(head: heads[path], index: entry, file: file)
            outcomes[path] = PathOutcome(path: path, before: states, after: states)
            sightings[path] = sighting
            if case .present(let stamp) = sighting, stamp.kind == .other {
                conflicts.append(Conflict(path: path, cause: .inTheWay))
            }
            if staged.conflicted.contains(path) { conflicts.append(Conflict(path: path, cause: .staged)) }
        }
    }

    /// What HEAD has at `path` after all changes so far.
    func head(at path: FilePath) -> TreeEntry? { outcomes[path]?.after.head }

    // MARK: Changing

    /// Makes `change`; where it does not fit, `rule` decides, and `fail` notes a conflict.
    ///
    /// The path must have been read.
    mutating func apply(_ change: PathChange, rule: ConflictRule, base: TreeEntry?, purpose: Purpose) throws {
        guard var outcome = outcomes[change.path] else { return }
        let now = outcome.after
        var causes: [ConflictCause] = []

        let head = try fittedHead(change, now)
        switch head {
        case .value(let entry): outcome.after.head = try keepingMode(entry, of: now.head)
        case .conflict:
            let isUsers = purpose == .step && now.head == base
            causes.append(!isUsers ? .committedSince : now.head == nil ? .untracked : .uncommitted)
            // What the user has not committed cannot be told apart from the step's own, and stays out of the commit.
            if rule == .theirs, !isUsers { outcome.after.head = change.stored.to }
        }
        switch try fittedFile(change, now) {
        case .value(let file): outcome.after.file = file
        case .conflict:
            causes.append(
                purpose != .step ? .uncommitted : now.head == base ? .changedMeanwhile : .committedSince)
            if rule == .theirs { outcome.after.file = change.file.to }
        }
        switch try fittedIndex(change, now, head: outcome.after.head) {
        case .value(let entry): outcome.after.index = entry
        case .conflict:
            causes.append(.staged)
            if rule == .theirs { outcome.after.index = outcome.after.head }
        }
        // What HEAD has matters more than what the files have, which mostly follows from it.
        if let cause = causes.first {
            switch rule {
            case .fail, .rerun, .ask: conflicts.append(Conflict(path: change.path, cause: cause))
            case .ours:
                outcome.after = now
                resolved.append(change.path)
            case .theirs: resolved.append(change.path)
            }
        }
        outcomes[change.path] = outcome
    }

    private mutating func fittedHead(_ change: PathChange, _ now: PathStates) throws -> Merged<TreeEntry> {
        if change.isUncommitted, now.head == nil { return .conflict }
        return try merger.merged(ancestor: change.stored.from, ours: now.head, theirs: change.stored.to)
    }

    private mutating func fittedIndex(
        _ change: PathChange, _ now: PathStates, head: TreeEntry?
    ) throws -> Merged<TreeEntry> {
        if let index = change.index, now.index == index.from { return .value(index.to) }
        return try merger.merged(ancestor: now.head, ours: now.index, theirs: head)
    }

    private func fittedFile(_ change: PathChange, _ now: PathStates) throws -> Merged<FileState> {
        var ancestor = change.file.from
        // A file that differs only in what git's conversions even out, such as line ends, counts as unchanged.
        if change.isCheckedOut, let from = change.stored.from, let file = now.file, !file.isSame(as: ancestor ?? file),
            try storedEntry(of: file, at: change.path).map({ $0.id == from.id && isSameMode($0.mode, from.mode) })
                == true
        {
            ancestor = file
        }
        let merged = try FileState.merged(ancestor: ancestor, ours: now.file, theirs: change.file.to)
        guard case .value(var file?) = merged, let old = now.file, file.kind == .file, old.kind == .file else {
            return merged
        }
        // The user's own permissions stay, but for the one that git keeps.
        if !change.restoresPermissions {
            let isKept = old.isExecutable == file.isExecutable
            file.permissions = isKept ? old.permissions : old.executable(file.isExecutable).permissions
        }
        return .value(file)
    }

    /// What git would keep of `file`; nil if it cannot be converted, which is as good as changed.
    private func storedEntry(of file: FileState, at path: FilePath) throws -> TreeEntry? {
        guard file.kind == .file else { return TreeEntry(.symlink, try git.blobID(of: file.bytes)) }
        guard let bytes = try? git.stored(file.bytes, at: path, strict: false) else { return nil }
        return TreeEntry(file.mode, try git.blobID(of: bytes))
    }

    private func isSameMode(_ left: TreeEntry.Mode, _ right: TreeEntry.Mode) -> Bool {
        left == right || (!trustsExecutableBit && left.isRegular && right.isRegular)
    }

    /// Where the file system does not keep the executable bit, what git has stays.
    private func keepingMode(_ entry: TreeEntry?, of old: TreeEntry?) throws -> TreeEntry? {
        guard let entry, let old, !trustsExecutableBit, entry.mode.isRegular, old.mode.isRegular else { return entry }
        return TreeEntry(old.mode, entry.id)
    }

    // MARK: Above and below

    /// Notes conflicts for files that would stand where a directory has to be, or the other way round.
    private mutating func checkCollisions(_ purpose: Purpose) throws {
        var seen: Set<FilePath> = []
        for outcome in changes {
            let path = outcome.path
            guard outcome.after.head != nil || outcome.after.file != nil else { continue }
            let parents = path.parents.filter { seen.insert($0).inserted }
            try checkParents(parents, of: path, purpose)
            let becomesFile = outcome.before.file == nil || outcome.before.head == nil
            if becomesFile { try checkBelow(path, purpose) }
        }
    }

    /// The directories that `path` is in must be directories, or become ones, and belong to this repository.
    private mutating func checkParents(_ parents: [FilePath], of path: FilePath, _ purpose: Purpose) throws {
        let heads = try git.entries(at: parents, in: tree)
        let staged = try parents.isEmpty ? IndexContents() : index.contents(at: parents)
        for parent in parents {
            let outcome = outcomes[parent]
            let head = outcome.map(\.after.head) ?? heads[parent]
            let entry = outcome.map(\.after.index) ?? staged.entries[parent]?.entry
            if head != nil {
                conflicts.append(Conflict(path: parent, cause: purpose.causeOfCollision))
            } else if entry != nil {
                conflicts.append(Conflict(path: parent, cause: .staged))
            }
            switch try explainingErrno("look at", parent, { () throws(Errno) in try working.look(at: parent) }) {
            case .present(let stamp) where stamp.kind != .directory:
                if outcome?.after.file == nil, outcome?.before.file != nil { break }
                guard stamp.kind == .symlink else {
                    conflicts.append(Conflict(path: parent, cause: .inTheWay))
                    break
                }
                throw BatonError(
                    .conflict,
                    "'\(path.shown)' cannot be written, because '\(parent.shown)' is a symbolic link of yours",
                    hints: ["Nothing was changed. Baton does not write through links; put a directory in its place."]
                )
            default: break
            }
            guard case .present = try? working.look(at: parent.appending(".git")) else { continue }
            throw BatonError(
                .unsupported,
                "'\(path.shown)' belongs to '\(parent.shown)', which is a repository of its own",
                hints: ["Nothing was changed. Run Baton inside '\(parent.shown)' to work on it."]
            )
        }
    }

    /// Whatever is below a path that becomes a file must go with the same change.
    private mutating func checkBelow(_ path: FilePath, _ purpose: Purpose) throws {
        let staged = try index.contents(at: [path]).entries.keys.filter { $0 != path }
        var present: [FilePath] = []
        if sightings[path]?.stamp?.kind == .directory {
            let removed = outcomes.values.count { $0.after.file == nil && $0.path.starts(with: path) }
            // One more than are going to be removed is enough to know that something else is there.
            present = try explainingErrno("look at", path) { () throws(Errno) in
                try working.paths(below: path, limit: removed + 1)
            }
        }
        for inside in try git.paths(below: path, in: tree) where outcomes[inside] == nil || head(at: inside) != nil {
            conflicts.append(Conflict(path: inside, cause: purpose.causeOfCollision))
        }
        for inside in staged where outcomes[inside] == nil || outcomes[inside]?.after.index != nil {
            conflicts.append(Conflict(path: inside, cause: .staged))
        }
        for inside in present where outcomes[inside] == nil || outcomes[inside]?.after.file != nil {
            conflicts.append(Conflict(path: inside, cause: .inTheWay))
        }
    }

    /// Submodules, and files that a sparse checkout leaves out, are nothing to write to.
    private func checkSpecial(
        _ paths: [FilePath], _ heads: [FilePath: TreeEntry], _ staged: IndexContents, _ purpose: Purpose
    ) throws {
        for path in paths {
            if heads[path]?.mode == .submodule || staged.entries[path]?.entry.mode == .submodule {
                throw BatonError.isSubmodule(path, purpose)
            }
            if staged.entries[path]?.isSkipped == true {
                throw BatonError(
                    .unsupported,
                    "'\(path.shown)' is outside of this sparse checkout, and \(purpose.rawValue) changes it",
                    hints: ["Nothing was changed. Include it with 'git sparse-checkout add', then run again."]
                )
            }
        }
        for parent in Set(paths.flatMap(\.parents)) where heads[parent] == nil {
            guard try git.entries(at: [parent], in: tree)[parent]?.mode == .submodule else { continue }
            throw BatonError.isSubmodule(parent, purpose)
        }
    }
}

/// Who asks, in the words of a message.
enum Purpose: String {
    case step = "this step"
    case undo = "this undo"
    case redo = "this redo"
    case revert = "this revert"
    case restore = "this restore"
    case squash = "this squash"

    /// Why a path of HEAD's stands where another has to be: for a step it just does, later commits made it for the rest.
    fileprivate var causeOfCollision: ConflictCause { self == .step ? .inTheWay : .committedSince }
}

extension BatonError {
    /// Nothing is written into a submodule, and none is added or removed.
    static func isSubmodule(_ path: FilePath, _ purpose: Purpose) -> BatonError {
        BatonError(
            .unsupported,
            "'\(path.shown)' is a submodule, and \(purpose.rawValue) changes it",
            hints: ["Nothing was changed. Run Baton inside the submodule to work on it."]
        )
    }
}
