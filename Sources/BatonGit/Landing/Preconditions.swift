// What must be true of a repository before anything can land in it.

import BatonCore
import Glibc
import SystemPackage

/// What must be true of a repository before anything can be committed in it.
struct Preconditions {
    private let git: any GitAccess
    private let places: RepositoryPlaces

    init(_ git: any GitAccess, _ places: RepositoryPlaces) {
        self.git = git
        self.places = places
    }

    /// Throws if a commit cannot be made here now; reads no working files and writes nothing.
    func check() throws {
        try checkIdentity()
        try checkNothingInProgress()
        try checkBranchIsOurs()
    }

    /// Runs `open`, which reads the index, and explains what it cannot read.
    static func readingIndex(_ open: () throws(GitError) -> any GitIndex) throws -> any GitIndex {
        do throws(GitError) {
            return try open()
        } catch {
            throw explainedIndex(error)
        }
    }

    // MARK: Who

    private func checkIdentity() throws {
        let missing = try ["user.name", "user.email"].filter { try git.setting($0) == nil }
        guard !missing.isEmpty else { return }
        let examples = ["user.name": "'Your Name'", "user.email": "you@example.com"]
        throw BatonError(
            .unsupported,
            "git does not know who you are: \(missing.map { "'\($0)'" }.joined(separator: " and ")) "
                + (missing.count == 1 ? "is not set" : "are not set"),
            hints: missing.map { "Run: git config --global \($0) \(examples[$0] ?? "")" }
        )
    }

    // MARK: What else is going on

    private func checkNothingInProgress() throws {
        for operation in Self.operations where Self.isThere(places.gitDirectory.appending(operation.sign)) {
            let hint =
                operation.command == "git bisect"
                ? "End it with 'git bisect reset', then run again."
                : "Finish it with '\(operation.command) --continue' or give it up with "
                    + "'\(operation.command) --abort', then run again."
            throw BatonError(.unsupported, "\(operation.name) is in progress in this repository", hints: [hint])
        }
    }

    /// What git begins and can leave unfinished, and the files by which it knows.
    ///
    /// Source: git 2.39 `wt-status.c`, `wt_status_get_state`.
    private static let operations: [(name: String, command: String, sign: String)] = [
        ("applying patches", "git am", "rebase-apply/applying"),
        ("a rebase", "git rebase", "rebase-apply"),
        ("a rebase", "git rebase", "rebase-merge"),
        ("a merge", "git merge", "MERGE_HEAD"),
        ("a cherry-pick", "git cherry-pick", "CHERRY_PICK_HEAD"),
        ("a revert", "git revert", "REVERT_HEAD"),
        ("a bisection", "git bisect", "BISECT_LOG"),
    ]

    private static func isThere(_ path: FilePath) -> Bool {
        path.withPlatformString { access($0, F_OK) } == 0
    }

    // MARK: Whose branch

    /// Moving a branch that another working directory has checked out would make that one's files look edited.
    private func checkBranchIsOurs() throws {
        let head = try git.head()
        guard !head.isDetached, let branch = head.head.branch else { return }
        for other in try otherWorktrees() where Self.symbolicHead(of: other) == head.reference {
            throw BatonError(
                .unsupported,
                "branch '\(branch)' is checked out in another working directory too ('\(other.shown)')",
                hints: ["Work on a branch of your own: git switch -c NAME"]
            )
        }
    }

    /// The git directories of all working directories but this one.
    private func otherWorktrees() throws -> [FilePath] {
        var others: [FilePath] = []
        // The first working directory's is the common directory itself, unless that is a bare repository.
        if try !git.flag("core.bare", fallback: false) { others.append(places.commonDirectory) }
        let linked = places.commonDirectory.appending("worktrees")
        if let directory = try? Directory(at: linked) {
            others += try explainingErrno("read", linked) { () throws(Errno) in try directory.names() }
                .map { linked.appending($0) }
                .filter(Self.exists)
        }
        return others.filter { $0 != places.gitDirectory }
    }

    /// Whether the working directory of a linked worktree is still there; git keeps notes of removed ones for a while.
    private static func exists(worktree: FilePath) -> Bool {
        guard let link = firstLine(of: worktree.appending("gitdir")) else { return false }
        return link.withCString { access($0, F_OK) } == 0
    }

    private static func symbolicHead(of gitDirectory: FilePath) -> String? {
        firstLine(of: gitDirectory.appending("HEAD"))?.wordAfter("ref: ")
    }

    private static func firstLine(of path: FilePath) -> String? {
        guard let directory = try? Directory(at: path.removingLastComponent()), let name = path.lastComponent,
            let bytes = try? directory.read(name)
        else { return nil }
        return String(decoding: bytes.prefix { $0 != 0x0A }, as: UTF8.self)
    }

    // MARK: Its index

    private static func explainedIndex(_ error: GitError) -> BatonError {
        // libgit2: "unsupported mandatory extension: 'link'".
        if error.message.contains("'link'") {
            return BatonError(
                .unsupported,
                "the repository uses a split index, which Baton does not support yet",
                hints: ["Switch it off: git update-index --no-split-index"]
            )
        }
        if error.message.contains("'sdir'") {
            return BatonError(
                .unsupported,
                "the repository uses a sparse index, which Baton does not support yet",
                hints: ["Switch it off: git sparse-checkout reapply --no-sparse-index"]
            )
        }
        return BatonError(
            .unsupported,
            "git's index cannot be read",
            causes: ["\(error.function): \(error.message)"],
            hints: ["If 'git status' cannot read it either, restore it: git reset"]
        )
    }
}
