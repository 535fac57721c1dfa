// Lands what a step proposed.

package import BatonCore
package import SystemPackage

/// What an operation did, or, if it was tried only, what it would do.
package struct Landing: Hashable, Sendable {
    /// The operation, as `baton op show` takes it; nil if nothing was changed, or would only be.
    package var operation: String?
    /// What was done, such as "land step 'draft' of run 0769ac92".
    package var title: String
    /// The steps that it was about.
    package var steps: [StepOfRun]
    /// The commits that were made, the oldest first.
    package var commits: [String]
    /// HEAD's commit afterwards.
    package var head: String?
    /// The branch was moved back rather than given a commit.
    package var isMove: Bool
    /// What changed, sorted by path.
    package var files: [FileStat]
    /// Paths that git ignores; neither written nor committed.
    package var ignored: [FilePath]
    /// Paths that did not fit, and went by the rule for conflicts.
    package var resolved: [FilePath]
    /// Paths at which somebody wrote another version in the last moment; theirs stays.
    package var left: [FilePath]

    /// The only, or the last, commit.
    package var commit: String? { commits.last }
}

extension GitStore {
    /// Looks at what a step starts from.
    ///
    /// To be called when its view is made and before it can read anything, with paths, relative to the root, that it is
    /// known to write, and the moment in which the view was made.
    package func beginStep(watching paths: [FilePath] = [], started: FileTime) throws -> StepBase {
        try explainingGit("look at the files") {
            try access().stepBase(WorkingDirectory(root: root), started: started, watching: paths)
        }
    }

    /// Works out what a step changed from what its view holds; changes nothing.
    ///
    /// - Parameters:
    ///   - delta: The files that it refers to are read.
    ///   - base: What the step started from.
    ///   - originals: A directory with the files as they were then, if the user's own has the step's changes already.
    /// - Returns: The change, and what of the delta is none.
    /// - Throws: `unsupported` for what git cannot hold; `internalError` for a delta with impossible paths.
    package func propose(_ delta: Delta, from base: StepBase, originals: FilePath? = nil) throws -> Proposal {
        try explainingGit("read the step's changes") {
            var reader = try ProposalReader(
                access(), WorkingDirectory(root: root), base, originals: originals.map { WorkingDirectory(root: $0) })
            return try reader.read(delta)
        }
    }

    /// Keeps a proposal as a commit on a hidden reference of its own: what the user had not committed first, in a commit
    /// of its own, then what the step changed.
    ///
    /// - Returns: The step's commit, in full.
    @discardableResult
    package func keep(_ proposal: Proposal, of step: StepOfRun, message: CommitMessage) throws -> String {
        try explainingGit("keep the step's changes") {
            let git = try access()
            let reference = HiddenReference.proposal(step)
            let commit = try git.write(proposal, of: step, message: message)
            try git.setReference(reference, from: git.reference(reference), to: commit, log: "baton")
            return commit.hex
        }
    }

    /// Forgets what was kept of a step; it is fine if nothing was.
    package func forget(_ step: StepOfRun) throws {
        try explainingGit("forget the step's changes") {
            let git = try access()
            let reference = HiddenReference.proposal(step)
            guard let commit = try git.reference(reference) else { return }
            try git.setReference(reference, from: commit, to: nil, log: "baton")
        }
    }

    /// Commits what a step changed, and writes it to the user's files.
    ///
    /// Each path gets the step's change by a three-way merge: HEAD without what the user has not committed, the index
    /// with what is staged, the file with the user's edits. Nothing else is touched.
    ///
    /// - Parameters:
    ///   - proposal: What the step changed.
    ///   - step: The step, for the operation's record.
    ///   - message: The commit's text.
    ///   - rule: What happens to a path whose change overlaps another one; `rerun` and `ask` are the caller's to do, and
    ///     count as `fail` here.
    ///   - kept: The commit that ``keep(_:of:message:)`` has made of the same proposal.
    /// - Returns: No operation if nothing is left to be done; then nothing was changed at all.
    /// - Throws: ``LandingConflict``; `conflict` if somebody else holds one of git's locks; `unsupported` for what
    ///   ``checkCanLand()`` throws. Nothing was changed then, unless the message says so.
    package func land(
        _ proposal: Proposal, of step: StepOfRun, message: CommitMessage, rule: ConflictRule = .fail,
        kept: String? = nil
    ) throws -> Landing {
        let title = "land step '\(step.step.path)' of run \(step.run)"
        let existing = kept.flatMap { ObjectID(hex: $0) }
        var landing = try operate("land the step") { transaction in
            var fitting = try transaction.fitting()
            try fitting.read(proposal.changes.map(\.path), purpose: .step)
            for change in proposal.changes {
                for case (let id?, let bytes?) in [
                    (change.stored.from?.id, change.storedBytes.from), (change.stored.to?.id, change.storedBytes.to),
                ] { fitting.note(id, bytes) }
                try fitting.apply(change.change, rule: rule, base: change.base, purpose: .step)
            }
            try fitting.check(for: .step)
            let commit = Transaction.PlannedCommit(
                changes: fitting.headChanges, message: message, existing: existing)
            return Transaction.Plan(
                fitting: fitting, kind: .land, title: title, steps: [step], target: .commits([commit]),
                under: try transaction.standing(), kept: existing.map { [$0] } ?? [])
        }
        landing.ignored = proposal.ignored
        return landing
    }
}

extension GitAccess {
    /// Writes a proposal as one commit, or two if the user had uncommitted changes in its paths.
    fileprivate func write(
        _ proposal: Proposal, of step: StepOfRun, message: CommitMessage
    ) throws(GitError) -> ObjectID {
        for change in proposal.changes {
            for case let bytes? in [change.storedBytes.from, change.storedBytes.to] { _ = try writeBlob(bytes) }
        }
        var parent = proposal.base.commit.flatMap { ObjectID(hex: $0) }
        let dirty = proposal.changes.filter(\.wasDirty)
        if !dirty.isEmpty {
            let text = CommitMessage(
                subject: "Uncommitted changes before step '\(step.step.path)'",
                trailers: [
                    Trailer(Trailer.Key.run, step.run.description), Trailer(Trailer.Key.kind, "preimage"),
                ])
            parent = try commit(dirty.map { TreeChange(path: $0.path, entry: $0.stored.from) }, on: parent, text)
        }
        let changes = proposal.changes.filter { $0.stored.from != $0.stored.to }
        return try commit(changes.map { TreeChange(path: $0.path, entry: $0.stored.to) }, on: parent, message)
    }

    private func commit(
        _ changes: [TreeChange], on parent: ObjectID?, _ message: CommitMessage
    ) throws(GitError) -> ObjectID {
        let tree = try writeTree(tree(of: parent), applying: changes)
        return try writeCommit(
            NewCommit(tree: tree, parents: parent.map { [$0] } ?? [], message: message.rendered))
    }
}
