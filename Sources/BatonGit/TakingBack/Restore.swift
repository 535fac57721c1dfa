// Brings files back to the state right after a step.

import BatonCore
import SystemPackage

extension GitStore {
    /// Brings the files that a commit has changed back to what they were right after it; other files stay.
    ///
    /// - Parameters:
    ///   - target: The commit, which need not be in HEAD's history.
    ///   - title: Of the operation, such as "restore step 'draft' of run 0769ac92".
    ///   - overUsersCommits: Also where commits that Baton did not make have changed the files since.
    ///   - isDry: Nothing is written; the result says what would be.
    /// - Returns: The new commit and its files.
    /// - Throws: ``LandingConflict`` for what is not committed; `conflict` for what somebody committed since;
    ///   `invalidInput` if the files are as they were.
    package func restore(
        _ target: RevertTarget, title: String, overUsersCommits: Bool = false, isDry: Bool = false
    ) throws -> Landing {
        try operate("restore", isDry: isDry) { transaction in
            let git = transaction.git
            let commit = try git.commit(id(of: target.commit))
            let before = try git.tree(of: commit.parents.first)
            let differences = try git.differences(from: before, to: commit.tree)
            if !overUsersCommits { try transaction.checkNotChangedByOthers(differences.map(\.path), since: commit) }
            var fitting = try transaction.fitting()
            try fitting.read(differences.map(\.path), purpose: .restore)
            for difference in differences {
                let change = try fitting.bringing(
                    difference.path, from: fitting.head(at: difference.path), to: difference.new)
                try fitting.apply(change, rule: .fail, base: nil, purpose: .restore)
            }
            try fitting.check(for: .restore)
            guard !fitting.changes.isEmpty else {
                throw BatonError(
                    .invalidInput, "the files of commit \(commit.id.short) are as they were right after it")
            }
            let name = target.step.map { "step '\($0.step.path)' of run \($0.run)" } ?? commit.id.short
            let message = CommitMessage(
                quoting: "Restore files to \(name)", body: "Brings back the state right after commit \(commit.id.hex).",
                trailers: target.step.map { [Trailer(Trailer.Key.restores, $0.description)] } ?? [])
            return Transaction.Plan(
                fitting: fitting, kind: .restore, title: title, steps: target.step.map { [$0] } ?? [],
                target: .commits([Transaction.PlannedCommit(changes: fitting.headChanges, message: message)]),
                under: try transaction.standing())
        }
    }
}

extension Transaction {
    /// What people have committed since is theirs, and is not dropped unless they say so.
    fileprivate func checkNotChangedByOthers(_ paths: [FilePath], since commit: CommitData) throws {
        guard let head = head.commit, try git.isAncestor(commit.id, of: head) else { return }
        let paths = Set(paths)
        var later: [CommitData] = []
        _ = try git.walk(from: head, limit: Self.laterMax) { candidate in
            if candidate.id == commit.id { return false }
            if !candidate.isBatons { later.append(candidate) }
            return true
        }
        for candidate in later where candidate.parents.count <= 1 {
            let before = try git.tree(of: candidate.parents.first)
            let touched = try git.differences(from: before, to: candidate.tree).map(\.path)
                .filter { paths.contains($0) }
            guard !touched.isEmpty else { continue }
            throw BatonError(
                .conflict,
                "\(LandingConflict.list(touched)) \(touched.count == 1 ? "was" : "were") changed since by commit "
                    + "\(candidate.id.short) '\(CommitMessage.oneLine(candidate.subject))', which Baton did not make",
                hints: ["Nothing was changed. To drop that change of these files too, add '--force'."]
            )
        }
    }

    /// Commits that are looked through.
    private static var laterMax: Int { 10_000 }
}
