// The log of operations: a chain of commits on one hidden reference.

import BatonCore
import SystemPackage

/// Reads and writes the operations of one working directory.
///
/// The newest is what the hidden reference points at. Each names the one before, and has as parents all commits that
/// must not be lost as long as it can be taken back.
struct OperationLog {
    let git: any GitAccess
    /// The hidden reference: a commit, and a short, flat name, so that every git client can live with it.
    let reference: String

    /// Operations that are looked through for the last one of a branch.
    static let searchMax = 10_000

    /// The log of the linked working directory called `worktree`, or, if that is nil, of the first.
    ///
    /// Each has a log of its own: what is undone in one must not be what another did.
    init(_ git: any GitAccess, worktree: String?) {
        self.git = git
        self.reference = HiddenReference.operations(of: worktree)
    }

    /// The newest operation.
    func newest() throws(GitError) -> ObjectID? { try git.reference(reference) }

    /// The operation called `id`.
    ///
    /// - Throws: ``GitError/Kind/notFound`` if that is none.
    func record(_ id: ObjectID) throws(GitError) -> OperationRecord {
        let commit = try git.commit(id)
        let entry = try git.entries(at: [Self.recordName], in: commit.tree)[Self.recordName]
        guard let entry,
            let record = OperationRecord(text: String(decoding: try git.content(of: entry.id), as: UTF8.self))
        else {
            throw GitError(.notFound, "\(id.short) is not an operation that this version of Baton knows", in: "op log")
        }
        return record
    }

    /// The newest operations, newest first.
    func latest(_ limit: Int) throws(GitError) -> [(id: ObjectID, record: OperationRecord)] {
        var found: [(id: ObjectID, record: OperationRecord)] = []
        var next = try newest()
        while let id = next, found.count < limit {
            let record = try record(id)
            found.append((id, record))
            next = record.previous
        }
        return found
    }

    /// The newest operation that moved `reference`; nil if there is none.
    func last(on reference: String) throws(GitError) -> (id: ObjectID, record: OperationRecord)? {
        var next = try newest()
        var searched = 0
        while let id = next, searched < Self.searchMax {
            let record = try record(id)
            if record.reference == reference { return (id, record) }
            next = record.previous
            searched += 1
        }
        return nil
    }

    /// Writes the commit of an operation; the log itself does not move yet.
    ///
    /// The commits in `kept` are further ones that must not be lost.
    func write(_ record: OperationRecord, keeping kept: [ObjectID]) throws(GitError) -> ObjectID {
        var contents: Set<ObjectID> = []
        for states in record.paths.flatMap({ [$0.before, $0.after] }) {
            if let file = states.file { contents.insert(file.content) }
            if let entry = states.index, entry.mode != .submodule { contents.insert(entry.id) }
        }
        var changes = contents.map { id in
            TreeChange(path: FilePath("contents").appending(id.hex), entry: TreeEntry(.file, id))
        }
        let text = try git.writeBlob(Array(record.text.utf8))
        changes.append(TreeChange(path: Self.recordName, entry: TreeEntry(.file, text)))
        var parents: [ObjectID] = []
        for id in [record.previous, record.old, record.new].compactMap(\.self) + kept where !parents.contains(id) {
            parents.append(id)
        }
        return try git.writeCommit(
            NewCommit(
                tree: git.writeTree(nil, applying: changes), parents: parents,
                message: CommitMessage(subject: record.title, body: "An operation of Baton, to be taken back by it.")
                    .rendered
            ))
    }

    private static let recordName: FilePath = "operation"
}

/// Names of the references that Baton keeps for itself.
///
/// They are commits, short and flat: references to trees and long names break other git clients.
enum HiddenReference {
    static let prefix = "refs/baton/"

    static func operations(of worktree: String?) -> String {
        prefix + (worktree.map { "ops-\($0)" } ?? "ops")
    }

    /// What a step proposed.
    static func proposal(_ step: StepOfRun) -> String { prefix + "\(step.run)-\(step.step.number)" }

    /// The single steps of a run that was squashed.
    static func squashed(_ run: RunID) -> String { prefix + "\(run)-steps" }
}
