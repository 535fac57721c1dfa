// What must be true of a repository before anything can land in it.

import BatonCore
import CGit2
import Glibc
import SystemPackage

extension Repository {
    /// Throws if a commit cannot be made here now; reads no files and writes nothing.
    func checkState(_ places: RepositoryPlaces) throws {
        try checkIdentity()
        try checkNothingInProgress()
        try checkBranchIsOurs(places)
    }

    /// Reads the index.
    ///
    /// - Throws: `unsupported` for a format that libgit2 does not know.
    func readIndex() throws -> IndexFile {
        do throws(GitError) {
            return try IndexFile(of: self)
        } catch {
            throw Self.explainedIndex(error)
        }
    }

    // MARK: Who

    private func checkIdentity() throws {
        let missing = try ["user.name", "user.email"].filter { try setting($0) == nil }
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
        let state = git_repository_state_t(rawValue: UInt32(max(0, git_repository_state(pointer))))
        guard let operation = Operation(state) else { return }
        throw BatonError(
            .unsupported,
            "\(operation.name) is in progress in this repository",
            hints: [operation.hint]
        )
    }

    /// Something that git has begun and not finished.
    private struct Operation {
        var name: String
        var hint: String

        /// Nil if nothing is in progress.
        init?(_ state: git_repository_state_t) {
            let command: String
            switch state {
            case GIT_REPOSITORY_STATE_NONE: return nil
            case GIT_REPOSITORY_STATE_MERGE: (name, command) = ("a merge", "git merge")
            case GIT_REPOSITORY_STATE_REVERT, GIT_REPOSITORY_STATE_REVERT_SEQUENCE:
                (name, command) = ("a revert", "git revert")
            case GIT_REPOSITORY_STATE_CHERRYPICK, GIT_REPOSITORY_STATE_CHERRYPICK_SEQUENCE:
                (name, command) = ("a cherry-pick", "git cherry-pick")
            case GIT_REPOSITORY_STATE_APPLY_MAILBOX: (name, command) = ("applying patches", "git am")
            case GIT_REPOSITORY_STATE_BISECT:
                name = "a bisection"
                hint = "End it with 'git bisect reset', then run again."
                return
            default: (name, command) = ("a rebase", "git rebase")
            }
            hint = "Finish it with '\(command) --continue' or give it up with '\(command) --abort', then run again."
        }
    }

    // MARK: Whose branch

    /// Moving a branch that another working directory has checked out would make that one's files look edited.
    private func checkBranchIsOurs(_ places: RepositoryPlaces) throws {
        let head = try head()
        guard !head.isDetached, let branch = head.head.branch else { return }
        for other in try otherWorktrees(places) where Self.symbolicHead(of: other) == head.reference {
            throw BatonError(
                .unsupported,
                "branch '\(branch)' is checked out in another working directory too ('\(other.shown)')",
                hints: ["Work on a branch of your own: git switch -c NAME"]
            )
        }
    }

    /// The git directories of all working directories but this one.
    private func otherWorktrees(_ places: RepositoryPlaces) throws -> [FilePath] {
        var others: [FilePath] = []
        // The first working directory's is the common directory itself, unless that is a bare repository.
        if try !flag("core.bare", fallback: false) { others.append(places.commonDirectory) }
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
