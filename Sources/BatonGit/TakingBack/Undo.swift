// Takes back the last operation, and takes that back again.

import BatonCore
import SystemPackage

extension GitStore {
    /// Takes back the last operation on this branch that is not taken back yet; again: the one before.
    ///
    /// Where the branch still is where that operation has left it, it goes back to where it was; else a commit is added
    /// that is the inverse. Files, index and branch get back exactly what they had, wherever nobody changed them since;
    /// elsewhere the change is merged out.
    ///
    /// - Parameter isDry: Nothing is written; the result says what would be.
    /// - Returns: What was given back.
    /// - Throws: ``LandingConflict``; `notFound` if there is nothing to undo.
    package func undo(isDry: Bool = false) throws -> Landing {
        try operate("undo", isDry: isDry) { transaction in
            let last = try transaction.log.last(on: transaction.head.reference)
            guard let last, let target = last.record.standing(last.id) else {
                throw BatonError(
                    .notFound, "there is nothing to undo\(transaction.onThisBranch)",
                    hints: ["'baton op log' lists the operations."])
            }
            let record = try transaction.log.record(target)
            var plan = try transaction.inverse(of: record, target, kind: .undo, purpose: .undo)
            plan.under = record.under
            plan.redoUnder = last.record.redoable(last.id)
            return plan
        }
    }

    /// Takes back the last undo that nothing else has followed.
    package func redo(isDry: Bool = false) throws -> Landing {
        try operate("redo", isDry: isDry) { transaction in
            let last = try transaction.log.last(on: transaction.head.reference)
            guard let last, let target = last.record.redoable(last.id) else {
                throw BatonError(
                    .notFound, "there is nothing to redo\(transaction.onThisBranch)",
                    hints: ["Only an undo can be taken back, and only until something else is done."])
            }
            let undo = try transaction.log.record(target)
            var plan = try transaction.inverse(of: undo, target, kind: .redo, purpose: .redo)
            plan.under = undo.under
            plan.redoUnder = undo.redoUnder
            return plan
        }
    }
}

extension Transaction {
    fileprivate var onThisBranch: String {
        head.isDetached ? "" : " on branch '\(HeadState.shortName(of: head.reference))'"
    }

    /// Plans what gives back what `record` has changed.
    fileprivate func inverse(
        of record: OperationRecord, _ id: ObjectID, kind: RepositoryOperation.Kind, purpose: Purpose
    ) throws -> Plan {
        var fitting = try fitting()
        try fitting.read(record.paths.map(\.path), purpose: purpose)
        for path in record.paths {
            let change = PathChange(
                path: path.path, stored: .init(from: path.after.head, to: path.before.head),
                file: .init(from: try git.state(of: path.after.file), to: try git.state(of: path.before.file)),
                index: .init(from: path.after.index, to: path.before.index), restoresPermissions: true)
            try fitting.apply(change, rule: .fail, base: nil, purpose: purpose)
        }
        try fitting.check(for: purpose)
        let isBack = try canMoveBack(record)
        if !isBack, fitting.changes.isEmpty {
            throw BatonError(
                .invalidInput,
                "there is nothing left to \(kind.rawValue) of '\(record.title)'; it is taken back already")
        }
        let commits = isBack ? [] : [try commit(fitting, inverseOf: record, kind)]
        return Plan(
            fitting: fitting, kind: kind, title: "\(kind.rawValue) \(record.deed)", steps: record.steps,
            target: isBack ? .move(to: record.old) : .commits(commits), of: id)
    }

    /// The branch may go back over what Baton itself has put on it, as long as nobody else has it.
    private func canMoveBack(_ record: OperationRecord) throws -> Bool {
        guard head.reference == record.reference, head.commit == record.new, record.old != record.new,
            record.old != nil || !head.isDetached
        else { return false }
        guard let new = record.new else { return true }
        return try !git.isPushed(new, notCounting: record.old)
    }

    private func commit(
        _ fitting: Fitting, inverseOf record: OperationRecord, _ kind: RepositoryOperation.Kind
    ) throws -> PlannedCommit {
        let verb = kind == .undo ? "Undo" : "Redo"
        var body: [String] = []
        // In the words of git revert, so that every log that knows them sees what counts.
        for commit in try git.commits(from: record.old, to: record.new) {
            body.append("\(CommitMessage.revertMark) \(commit.hex).")
        }
        let message = CommitMessage(
            quoting: "\(verb) \"\(record.deed)\"", body: body.joined(separator: "\n"),
            trailers: [Trailer(Trailer.Key.operation, "\(kind.rawValue) \(record.deed)")])
        return PlannedCommit(changes: fitting.headChanges, message: message)
    }
}

extension GitAccess {
    /// The commits that came with a move from `old` to `new`, newest first; those that went with it, if it went back.
    fileprivate func commits(from old: ObjectID?, to new: ObjectID?) throws(GitError) -> [ObjectID] {
        guard let new, old != new else { return [] }
        var found: [ObjectID] = []
        var next = try self.commit(new)
        while next.id != old, found.count < Self.commitsMax {
            found.append(next.id)
            guard let parent = next.parents.first else { break }
            next = try self.commit(parent)
        }
        // Not in line: the branch went back, and what it had before is what has to be named.
        return next.id == old || old == nil ? found : []
    }

    /// Commits that one operation makes, at most.
    private static var commitsMax: Int { 10_000 }

    /// Whether a branch of another repository, as last seen here, has `commit`.
    func isPushed(_ commit: ObjectID, notCounting old: ObjectID?) throws(GitError) -> Bool {
        for (_, target) in try references(withPrefix: "refs/remotes/") where target != old {
            guard let reached = try? isAncestor(commit, of: target) else { continue }
            if reached { return true }
        }
        return false
    }
}
