// Makes one commit out of a run's.

package import BatonCore
import SystemPackage

extension GitStore {
    /// Makes one commit out of all that a run has on top of HEAD's branch; the single steps stay on a side reference.
    ///
    /// - Parameters:
    ///   - run: The run.
    ///   - isDry: Nothing is written; the result says what would be.
    ///   - message: Of the new commit; gets the steps' commits, the oldest first.
    /// - Returns: The new commit.
    /// - Throws: `invalidInput` if the run has fewer than two commits here; `conflict` if others lie between or after
    ///   them, or if they are pushed.
    package func squash(
        _ run: RunID, isDry: Bool = false, message: ([StepCommit]) -> CommitMessage
    ) throws -> Landing {
        try operate("squash run \(run)", isDry: isDry) { transaction in
            let commits = try transaction.commitsOnTop(of: run)
            guard let oldest = commits.last, commits.count > 1 else {
                throw BatonError(.invalidInput, "run \(run) has fewer than two commits on top of this branch")
            }
            if try transaction.git.isPushed(oldest.id, notCounting: nil) {
                throw BatonError(
                    .conflict, "commits of run \(run) are pushed already; others may build on them",
                    hints: ["Nothing was changed. Take the run back with 'baton revert \(run)' instead."])
            }
            // Before anything changes, so that the single steps can be found whatever happens from here on.
            if !isDry {
                let reference = HiddenReference.squashed(run)
                try transaction.git.setReference(
                    reference, from: transaction.git.reference(reference), to: transaction.head.commit, log: "baton")
            }
            let steps = commits.reversed().compactMap { StepCommit($0) }
            return Transaction.Plan(
                fitting: try transaction.fitting(), kind: .squash, title: "squash run \(run)",
                steps: steps.map { StepOfRun(run, $0.step) },
                target: .replacement(parent: oldest.parents.first, message: message(steps)),
                under: try transaction.standing())
        }
    }
}

extension Transaction {
    /// The commits of `run` from HEAD down, the newest first.
    ///
    /// - Throws: A conflict if the run has others further down.
    fileprivate func commitsOnTop(of run: RunID) throws -> [CommitData] {
        guard let head = head.commit else { return [] }
        var top: [CommitData] = []
        var foreign: CommitData?
        var buried = false
        _ = try git.walk(from: head, limit: StepHistory.commitLimit) { commit in
            guard commit.parents.count <= 1, commit.belongs(to: run) else {
                if foreign == nil { foreign = commit }
                return true
            }
            if foreign == nil { top.append(commit) } else { buried = true }
            return !buried
        }
        guard buried, let foreign else { return top }
        throw BatonError(
            .conflict,
            "commit \(foreign.id.short) '\(CommitMessage.oneLine(foreign.subject))' is not of run \(run) "
                + "and lies between or after its commits",
            hints: ["Nothing was changed. Only commits on top of the branch, with no others between, can become one."]
        )
    }
}
