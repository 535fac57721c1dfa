// Makes a change of HEAD, index and files such that a crash leaves the state before it or the state after it.

import BatonCore
import Glibc
import SystemPackage

/// One operation, from taking the locks to giving them back.
///
/// The order of writing:
///
/// 1. objects that nothing refers to yet, the operation's own commit among them;
/// 2. the intent: a file that names the operation;
/// 3. the new files, complete, under temporary names;
/// 4. the branch, by compare-and-swap: from here on the operation counts;
/// 5. the files, the index, the operation log, in this order;
/// 6. the intent goes.
///
/// A process that ends before 4 has changed nothing, one that ends after it has changed everything as soon as
/// ``Recovery`` has finished 5 and 6. Whatever can be refused is refused before 4.
final class Transaction {
    let git: any GitAccess
    let head: HeadState
    /// HEAD's tree; nil before the first commit.
    let tree: ObjectID?
    let index: any GitIndex
    let log: OperationLog
    let working: WorkingDirectory
    /// Nil if nothing shall be written.
    private let locks: Locks?
    private let places: RepositoryPlaces
    private let patience: LockPatience

    /// The locks that are held meanwhile.
    final class Locks {
        private let operation: OperationLock
        private let index: IndexLock
        private let places: RepositoryPlaces

        init(_ operation: consuming OperationLock, _ index: IndexLock, _ places: RepositoryPlaces) {
            self.operation = operation
            self.index = index
            self.places = places
        }

        deinit {
            // It was not needed if it is still there, and whoever takes the locks next removes it too.
            try? places.removeNewIndex()
            // First this lock, as long as the other one says that it is held: else it would count as left behind.
            index.release()
        }
    }

    /// Takes the locks, finishes what a process before has left unfinished, then reads HEAD and the index.
    ///
    /// If `isDry`, nothing is locked or written, and ``perform(_:)`` must not be called.
    init(_ places: RepositoryPlaces, _ git: any GitAccess, patience: LockPatience, isDry: Bool = false) throws {
        self.git = git
        self.places = places
        self.patience = patience
        self.log = OperationLog(git, worktree: places.worktreeName)
        self.working = WorkingDirectory(root: places.root)
        try Preconditions(git, places).check()
        if isDry {
            self.locks = nil
            self.head = try git.head()
            self.tree = try git.tree(of: head.commit)
            self.index = try Preconditions.readingIndex { () throws(GitError) in try git.openIndex(at: places.index) }
            return
        }
        let operation = try places.lockOperations(patience)
        _ = try Recovery(git, places, patience).finish()
        self.locks = Locks(operation, try IndexLock(inside: places.gitDirectory, patience: patience), places)
        self.head = try git.head()
        self.tree = try git.tree(of: head.commit)
        try places.copyIndex()
        self.index = try Preconditions.readingIndex { () throws(GitError) in try git.openIndex(at: places.newIndex) }
    }

    /// What is to be done.
    struct Plan {
        var fitting: Fitting
        var kind: RepositoryOperation.Kind
        var title: String
        var steps: [StepOfRun]
        var target: Target
        /// The operation that this one takes back, and what stands below it; see ``OperationRecord``.
        var of: ObjectID?
        var under: ObjectID?
        var redoUnder: ObjectID?
        /// Further commits that must not be lost.
        var kept: [ObjectID] = []

        enum Target {
            /// New commits on top of HEAD, in this order.
            case commits([PlannedCommit])
            /// HEAD's branch goes to this commit; nil: the branch has none again.
            case move(to: ObjectID?)
            /// A new commit in place of HEAD's, with HEAD's tree and another parent.
            case replacement(parent: ObjectID?, message: CommitMessage)
        }
    }

    struct PlannedCommit {
        /// Against the commit before.
        var changes: [TreeChange]
        var message: CommitMessage
        /// Already written, with exactly this tree and HEAD as its parent.
        var existing: ObjectID?
    }

    /// What was done.
    struct Outcome {
        var operation: ObjectID
        var record: OperationRecord
        var commits: [ObjectID]
        var left: [FilePath]
    }

    /// Does it.
    ///
    /// - Returns: Nil if there was nothing to do; nothing has changed then.
    func perform(_ plan: Plan, writer: CommitWriter) throws -> Outcome? {
        precondition(locks != nil, "a dry transaction was to be performed")
        let changes = plan.fitting.changes
        try store(plan.fitting)
        let (commits, target) = try writeCommits(plan, writer)
        if changes.isEmpty, target == head.commit { return nil }
        let record = try record(plan, changes, target: target)
        let operation = try log.write(record, keeping: plan.kept)

        let placer = FilePlacer(in: working, operation: operation)
        let items = Self.items(changes)
        let intent = Intent(places)
        try intent.declare(operation)
        do {
            for item in items {
                try explainingErrno(item.after == nil ? "remove" : "write", item.path) { () throws(Errno) in
                    try placer.stage(item)
                }
            }
            try checkUntouched(plan.fitting)
            try moveHead(to: target, title: record.title)
        } catch {
            for item in items { placer.discard(item) }
            intent.withdraw()
            throw error
        }
        let placement = placer.place(items)
        let left = placement.left.map(\.path)
        try explainingAfter(target) {
            try finish(changes, placement.stamps, operation: operation, previous: record.previous)
        }
        intent.withdraw()
        if let failure = placement.left.first(where: { $0.error != nil }) { throw notWritten(failure, target) }
        try verify(changes, except: Set(left))
        return Outcome(operation: operation, record: record, commits: commits, left: left)
    }

    static func items(_ changes: [PathOutcome]) -> [FilePlacer.Item] {
        changes.enumerated().compactMap { number, change in
            guard change.before.file != change.after.file else { return nil }
            return FilePlacer.Item(
                number: number, path: change.path, before: change.before.file, after: change.after.file)
        }
    }

    // MARK: 1 Objects

    private func store(_ fitting: Fitting) throws {
        let used = Set(fitting.changes.flatMap { [$0.after.head?.id, $0.after.index?.id] })
        for (id, bytes) in fitting.merger.contents where used.contains(id) { _ = try git.writeBlob(bytes) }
    }

    private func writeCommits(_ plan: Plan, _ writer: CommitWriter) throws -> ([ObjectID], ObjectID?) {
        switch plan.target {
        case .move(let target): return ([], target)
        case .replacement(let parent, let message):
            guard let tree else { return ([], nil) }
            let id = try writer.write(tree, parents: parent.map { [$0] } ?? [], message)
            return ([id], id)
        case .commits(let planned):
            var (parent, tree) = (head.commit, self.tree)
            var written: [ObjectID] = []
            for commit in planned {
                let next = try git.writeTree(tree, applying: commit.changes)
                if tree.map({ $0 == next }) ?? commit.changes.isEmpty { continue }
                let id = try writer.write(
                    next, parents: parent.map { [$0] } ?? [], commit.message, existing: commit.existing)
                written.append(id)
                (parent, tree) = (id, next)
            }
            return (written, parent)
        }
    }

    private func record(_ plan: Plan, _ changes: [PathOutcome], target: ObjectID?) throws -> OperationRecord {
        OperationRecord(
            kind: plan.kind, time: time(nil), title: plan.title, steps: plan.steps, reference: head.reference,
            old: head.commit, new: target, previous: try log.newest(), of: plan.of, under: plan.under,
            redoUnder: plan.redoUnder,
            paths: try changes.map { change throws in
                RecordedPath(path: change.path, before: try recorded(change.before), after: try recorded(change.after))
            }
        )
    }

    private func recorded(_ states: PathStates) throws -> RecordedStates {
        let file = try states.file.map { file throws in
            RecordedFile(
                mode: file.mode, permissions: file.permissions, content: try git.writeBlob(file.bytes))
        }
        return RecordedStates(head: states.head, index: states.index, file: file)
    }

    // MARK: 4 The branch

    /// Looks again, since reading and storing took time in which the user may have saved a file.
    private func checkUntouched(_ fitting: Fitting) throws {
        for change in fitting.changes {
            let now = try explainingErrno("look at", change.path) { () throws(Errno) in
                try working.look(at: change.path)
            }
            if now != fitting.sightings[change.path] { throw Moved.file(change.path) }
        }
    }

    private func moveHead(to target: ObjectID?, title: String) throws {
        guard target != head.commit else { return }
        let moved: Void? = try patience.retry {
            guard try git.head() == head else { throw Moved.head }
            do throws(GitError) {
                return try git.setReference(head.reference, from: head.commit, to: target, log: "baton: \(title)")
            } catch {
                if error.kind == .locked { return nil }
                throw error.kind == .modified ? Moved.head : error
            }
        }
        guard moved == nil else { return }
        throw BatonError(
            .conflict,
            "git's reference '\(head.reference)' is locked",
            hints: ["Nothing was changed. Another git program is at work; wait until it is done, then run again."]
        )
    }

    /// Something changed between looking and writing; the operation is to be worked out anew.
    enum Moved: Error {
        case head
        case file(FilePath)
    }

    // MARK: 5 Index and log

    private func finish(
        _ changes: [PathOutcome], _ stamps: [FilePath: FileStamp], operation: ObjectID, previous: ObjectID?
    ) throws {
        try writeIndex(changes, stamps)
        try git.setReference(log.reference, from: previous, to: operation, log: "baton")
    }

    private func writeIndex(_ changes: [PathOutcome], _ stamps: [FilePath: FileStamp]) throws {
        let staged = changes.compactMap { change -> IndexChange? in
            let stamp = stamps[change.path]
            guard change.before.index != change.after.index || (stamp != nil && change.after.index != nil) else {
                return nil
            }
            // With the stamp git believes that the file has the staged content.
            return IndexChange(
                path: change.path, entry: change.after.index, stamp: isStaged(change) ? stamp : nil)
        }
        guard !staged.isEmpty else { return }
        try index.write(applying: staged)
        try explainingErrno("write", places.index, hints: []) { () throws(Errno) in try places.replaceIndex() }
    }

    private func isStaged(_ change: PathOutcome) -> Bool {
        guard let file = change.after.file, let entry = change.after.index else { return false }
        guard file.kind == .file else { return entry == (try? TreeEntry(.symlink, git.blobID(of: file.bytes))) }
        guard let bytes = try? git.stored(file.bytes, at: change.path, strict: false) else { return false }
        return entry.mode.isRegular && (try? git.blobID(of: bytes)) == entry.id
    }

    // MARK: Afterwards

    /// Success is told only after the files were compared.
    private func verify(_ changes: [PathOutcome], except left: Set<FilePath>) throws {
        let wrong = try changes.filter { change throws in
            guard !left.contains(change.path), change.before.file != change.after.file else { return false }
            let (_, file) = try explainingErrno("read", change.path, hints: []) { () throws(Errno) in
                try working.read(change.path)
            }
            return !file.isSame(as: change.after.file)
        }
        guard let first = wrong.first else { return }
        throw BatonError(
            .conflict, "'\(first.path.shown)' was changed by somebody else in the moment in which it was written",
            hints: [
                "What stands there was not touched again. See it with 'git diff -- \(shellQuoted(first.path.string))'."
            ]
        )
    }

    private func notWritten(_ failure: (path: FilePath, error: Errno?), _ target: ObjectID?) -> BatonError {
        BatonError(
            .unsupported,
            "HEAD is at \(target?.short ?? "nothing") now, but '\(failure.path.shown)' could not be written",
            causes: failure.error.map { ["\($0)"] } ?? [],
            hints: ["Bring the file up to date: git restore -- \(shellQuoted(failure.path.string))"]
        )
    }

    private func explainingAfter(_ target: ObjectID?, _ body: () throws -> Void) throws {
        do {
            try body()
        } catch {
            let cause = (error as? GitError).map { "\($0.function): \($0.message)" } ?? "\(error)"
            throw BatonError(
                .unsupported, "HEAD is at \(target?.short ?? "nothing") now, and the rest could not be written",
                causes: [cause], hints: ["The next command of Baton here finishes it."])
        }
    }
}
