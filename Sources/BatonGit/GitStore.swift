// The repository that Baton works in: the only door to libgit2.

package import BatonCore
package import SystemPackage

/// One repository and its working directory.
///
/// An actor, so that two steps can never write at once. It runs on a queue of its own, because reading and writing
/// files blocks. The repository is opened anew for each call, which costs about 0.1 ms, so that whatever the user did
/// meanwhile is seen.
///
/// All methods throw `BatonError`.
package actor GitStore {
    private nonisolated let places: RepositoryPlaces
    private let patience: LockPatience
    private nonisolated let executor = QueueExecutor(label: "baton.git")

    package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// The working directory: absolute, without a final slash, symbolic links resolved.
    package nonisolated var root: FilePath { places.root }

    /// What belongs to this working directory alone, such as `HEAD` and the index.
    package nonisolated var gitDirectory: FilePath { places.gitDirectory }

    /// What all working directories of the repository share; usually the same as ``gitDirectory``.
    package nonisolated var commonDirectory: FilePath { places.commonDirectory }

    /// Finds the repository whose working directory contains `path`.
    ///
    /// - Throws: `notFound` if there is none; `unsupported` if it is bare, belongs to somebody else, or uses a format
    ///   that libgit2 does not know.
    package init(containing path: FilePath, patience: LockPatience = LockPatience()) throws {
        self.places = try RepositoryPlaces(containing: path)
        self.patience = patience
    }

    private func open() throws -> Repository {
        do throws(GitError) {
            return try Repository(at: places.gitDirectory)
        } catch {
            throw RepositoryPlaces.explained(error, places.root)
        }
    }
}

// MARK: - Landing

extension GitStore {
    /// Asks for everything that would make any landing impossible, so that no step is started in vain.
    ///
    /// - Throws: `unsupported` if git does not know who the user is, a merge or the like is in progress, the branch is
    ///   checked out elsewhere too, or the index has a format that libgit2 does not know.
    package func checkCanLand() throws {
        try explainingGit("commit here") {
            let repository = try open()
            try repository.checkState(places)
            _ = try repository.readIndex()
        }
    }

    /// Commits what a step changed, and writes it to the user's files.
    ///
    /// Only the paths of `delta` are touched, in HEAD's branch, the index and the working directory; everything else
    /// that is staged, edited or untracked stays as it is. Paths that git ignores and does not track are left out.
    ///
    /// - Parameters:
    ///   - delta: What the step changed; the files that it refers to are read.
    ///   - base: HEAD's commit when the step started; nil if there was none yet.
    ///   - message: The commit's text.
    /// - Returns: No commit if nothing is left to be committed; then nothing was changed at all.
    /// - Throws: `conflict` if a path has changes that are not committed, or was changed by a commit since `base`, or
    ///   if somebody else holds one of git's locks; `unsupported` for what ``checkCanLand()`` throws, for paths that an
    ///   external filter converts, submodules and unwritable files; `internalError` for a delta with impossible paths.
    ///   Nothing was changed then, unless the message says that the commit was made.
    package func land(_ delta: Delta, startedFrom base: String?, message: CommitMessage) throws -> Landing {
        try explainingGit("land the step") {
            let base = try base.map { try id(of: $0) }
            let session = try LandingSession(places, patience: patience)
            let plan = try LandingPlan(
                delta,
                in: session.repository,
                snapshot: session.snapshot,
                index: session.index
            )
            try session.checkUnmoved(plan, since: base)
            return try session.land(plan, message: message)
        }
    }

    /// Takes a commit back with a new one on top of HEAD, and keeps everything later.
    ///
    /// - Parameters:
    ///   - commit: 40 hexadecimal digits; see ``resolve(commitPrefix:)``.
    ///   - trailers: Put at the end of the new commit's message, which is otherwise that of `git revert`.
    /// - Returns: The new commit and what it changed.
    /// - Throws: What ``land(_:startedFrom:message:)`` throws; `conflict` if later commits changed the same lines;
    ///   `invalidInput` for a merge commit and for a commit that is already taken back.
    package func revert(_ commit: String, trailers: [Trailer] = []) throws -> Landing {
        try explainingGit("take back commit \(commit.prefix(7))") {
            let id = try id(of: commit)
            let session = try LandingSession(places, patience: patience)
            let (plan, subject) = try session.planRevert(of: id)
            let message = CommitMessage(reverting: id, subject: subject, trailers: trailers)
            return try session.land(plan, message: message)
        }
    }
}

// MARK: - Looking

extension GitStore {
    /// Where HEAD is.
    package func head() throws -> Head {
        try explainingGit("read HEAD") { try open().head().head }
    }

    /// The steps that HEAD's history holds, the newest first.
    ///
    /// A step counts as reverted if a commit says so in the words of `git revert`, and is not reverted itself; whether
    /// Baton or git made it does not matter.
    ///
    /// Stops after `limit` steps, and after ``StepHistory/commitLimit`` commits.
    package func stepHistory(limit: Int) throws -> StepHistory {
        try explainingGit("read the history") {
            try open().stepHistory(limit: limit, commitLimit: StepHistory.commitLimit)
        }
    }

    /// What `commit` changed against its first parent, sorted by path.
    package func fileStats(of commit: String) throws -> [FileStat] {
        try explainingGit("compare commit \(commit.prefix(7)) with the one before") {
            try open().stats(of: id(of: commit))
        }
    }

    /// The full name of the commit whose name begins with `prefix`; nil if there is none.
    ///
    /// Only 4 to 40 hexadecimal digits name a commit.
    ///
    /// - Throws: `invalidInput` if several objects' names begin with it.
    package func resolve(commitPrefix prefix: String) throws -> String? {
        guard (4...40).contains(prefix.utf8.count), prefix.utf8.allSatisfy(\.isHexDigit) else { return nil }
        return try explainingGit("look up commit '\(prefix)'") { try open().commit(prefix: prefix)?.hex }
    }

    /// Whether `commit` is HEAD's commit or one of its ancestors.
    package func isInHistory(_ commit: String) throws -> Bool {
        try explainingGit("read the history") {
            try open().isInHistory(id(of: commit))
        }
    }

    private func id(of commit: String) throws -> ObjectID {
        guard let id = ObjectID(hex: commit) else {
            throw BatonError(.internalError, "'\(commit)' is not the full name of a commit")
        }
        return id
    }
}
