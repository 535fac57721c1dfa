// Takes commits back with new ones on top of HEAD, and keeps everything later.

package import BatonCore
import SystemPackage

/// A commit that is to be taken back.
package struct RevertTarget: Sendable {
    /// In full.
    package var commit: String
    /// The step that made it; nil if none did.
    package var step: StepOfRun?

    package init(commit: String, step: StepOfRun?) {
        self.commit = commit
        self.step = step
    }
}

/// A revert that does not fit, and the commits that it would need to be reverted too.
package struct RevertConflict: Error, Sendable {
    package var error: BatonError
    /// What cannot be taken back as it is.
    package var target: RevertTarget
    /// Later commits that changed the same files, the newest first.
    package var later: [LaterCommit]

    package struct LaterCommit: Sendable {
        package var commit: String
        package var subject: String
        /// Nil if no step made it.
        package var step: StepOfRun?
    }
}

extension GitStore {
    /// The commits in the order of HEAD's history, the newest first; those that are not in it come first, as given.
    package func newestFirst(_ commits: [String]) throws -> [String] {
        try explainingGit("read the history") {
            let git = try access()
            let wanted = Set(commits)
            var found: [String] = []
            if let head = try git.head().commit, wanted.count > 1 {
                _ = try git.walk(from: head, limit: StepHistory.commitLimit) { commit in
                    if wanted.contains(commit.id.hex) { found.append(commit.id.hex) }
                    return found.count < wanted.count
                }
            }
            let inHistory = Set(found)
            return commits.filter { !inHistory.contains($0) } + found
        }
    }

    /// Takes commits back, each with a commit of its own, and keeps everything later.
    ///
    /// A path that nobody touched since goes back to what it was before the commit; any other is merged, as `git revert`
    /// does, except that renames made since are not followed.
    ///
    /// - Parameters:
    ///   - targets: The newest first.
    ///   - title: Of the operation, such as "revert step 'draft' of run 0769ac92".
    ///   - isDry: Nothing is written; the result says what would be.
    /// - Returns: The new commits and what they change.
    /// - Throws: ``RevertConflict`` if later commits changed the same lines; ``LandingConflict`` for what the user has not
    ///   committed; `invalidInput` for a merge commit, and if everything is taken back already.
    package func revert(_ targets: [RevertTarget], title: String, isDry: Bool = false) throws -> Landing {
        try operate("revert", isDry: isDry) { transaction in
            var fitting = try transaction.fitting()
            var commits: [Transaction.PlannedCommit] = []
            for target in targets {
                let commit = try transaction.git.commit(id(of: target.commit))
                let before = fitting.heads
                do {
                    try fitting.revert(commit)
                    try fitting.check(for: .revert)
                } catch let conflict as LandingConflict {
                    throw try transaction.explain(conflict, commit, target)
                }
                let changes = fitting.headChanges(since: before)
                if changes.isEmpty { continue }
                let trailers = target.step.map { [Trailer(Trailer.Key.reverts, $0.description)] } ?? []
                let message = CommitMessage(reverting: commit.id, subject: commit.subject, trailers: trailers)
                commits.append(Transaction.PlannedCommit(changes: changes, message: message))
            }
            guard !fitting.changes.isEmpty else {
                let names = targets.map { $0.commit.prefix(7) }.joined(separator: ", ")
                throw BatonError(
                    .invalidInput,
                    "commit \(names) is already taken back; HEAD has nothing of it left")
            }
            return Transaction.Plan(
                fitting: fitting, kind: .revert, title: title, steps: targets.compactMap(\.step),
                target: .commits(commits), under: try transaction.standing())
        }
    }
}

extension Fitting {
    /// What HEAD has at all paths that were read, after the changes so far.
    var heads: [FilePath: TreeEntry?] { outcomes.mapValues(\.after.head) }

    /// What HEAD's tree gets since `before`, sorted.
    func headChanges(since before: [FilePath: TreeEntry?]) -> [TreeChange] {
        outcomes.values
            .filter { outcome in
                let old = before[outcome.path] ?? outcome.before.head
                return old != outcome.after.head
            }
            .map { TreeChange(path: $0.path, entry: $0.after.head) }
            .sorted { $0.path.string < $1.path.string }
    }

    /// Makes the inverse of what `commit` has changed.
    fileprivate mutating func revert(_ commit: CommitData) throws {
        guard commit.parents.count <= 1 else {
            throw BatonError(
                .invalidInput,
                "commit \(commit.id.short) is a merge; only a commit with one parent can be taken back",
                hints: ["Take back the merged commits one by one."]
            )
        }
        let before = try git.tree(of: commit.parents.first)
        let differences = try git.differences(from: before, to: commit.tree)
        try read(differences.map(\.path), purpose: .revert)
        for difference in differences {
            try apply(bringing(difference.path, from: difference.new, to: difference.old), purpose: .revert)
        }
    }

    /// A change of one path from one thing that git keeps to another.
    func bringing(_ path: FilePath, from old: TreeEntry?, to new: TreeEntry?) throws -> PathChange {
        let files = try [old, new].map { entry throws in
            try entry.flatMap { entry throws in
                try git.checkedOutState(entry, merger.content(of: entry.id), at: path)
            }
        }
        return PathChange(
            path: path, stored: .init(from: old, to: new), file: .init(from: files[0], to: files[1]),
            isCheckedOut: true)
    }

    fileprivate mutating func apply(_ change: PathChange, purpose: Purpose) throws {
        try apply(change, rule: .fail, base: nil, purpose: purpose)
    }
}

extension Transaction {
    /// Adds which later commits stand in the way, if some do.
    fileprivate func explain(
        _ conflict: LandingConflict, _ commit: CommitData, _ target: RevertTarget
    ) throws -> any Error {
        let paths = Set(conflict.paths)
        var later: [RevertConflict.LaterCommit] = []
        guard let head = head.commit, try git.isAncestor(commit.id, of: head) else { return conflict }
        var found: [CommitData] = []
        _ = try git.walk(from: head, limit: Self.laterCommitsMax) { candidate in
            if candidate.id == commit.id { return false }
            found.append(candidate)
            return true
        }
        for candidate in found {
            let before = try git.tree(of: candidate.parents.first)
            guard candidate.parents.count <= 1,
                try git.differences(from: before, to: candidate.tree).contains(where: { paths.contains($0.path.string) }
                )
            else { continue }
            later.append(
                RevertConflict.LaterCommit(
                    commit: candidate.id.hex, subject: candidate.subject, step: StepOfRun(candidate)))
        }
        return later.isEmpty ? conflict : RevertConflict(error: conflict.error, target: target, later: later)
    }

    /// Commits that are looked through for those that stand in the way.
    private static var laterCommitsMax: Int { 10_000 }
}
