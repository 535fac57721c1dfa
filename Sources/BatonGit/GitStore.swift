// The repository that Baton works in: the only door to git.

import BatonCore
package import SystemPackage

/// One repository and its working directory.
///
/// An actor, so that two steps can never write at once. It runs on a queue of its own, because reading and writing
/// files blocks. The repository is opened anew for each call, which costs about 0.1 ms, so that whatever the user did
/// meanwhile is seen.
///
/// All methods throw `BatonError`, and ``LandingConflict`` where they say so.
package actor GitStore {
    private nonisolated let places: RepositoryPlaces
    private let program: GitProgram
    /// The user's environment.
    nonisolated let hookEnvironment: [String: String]
    private let patience: LockPatience
    private nonisolated let executor = QueueExecutor(label: "baton.git")
    /// The way to git that served last, and the state of the files that it was chosen by.
    private var choice: (files: [FileStamp?], way: AccessChoice)?

    package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// The working directory: absolute, without a final slash, symbolic links resolved.
    package nonisolated var root: FilePath { places.root }

    /// What belongs to this working directory alone, such as `HEAD` and the index.
    package nonisolated var gitDirectory: FilePath { places.gitDirectory }

    /// What all working directories of the repository share; usually the same as ``gitDirectory``.
    package nonisolated var commonDirectory: FilePath { places.commonDirectory }

    /// Finds the repository whose working directory contains `path`.
    ///
    /// - Parameters:
    ///   - path: Any directory in it.
    ///   - environment: The user's, for runs of the git program.
    ///   - patience: How long to wait for the locks of others.
    /// - Throws: `notFound` if there is none; `unsupported` if it is bare, belongs to somebody else, or uses a format
    ///   that neither libgit2 nor git knows.
    package init(
        containing path: FilePath, environment: [String: String], patience: LockPatience = LockPatience()
    ) throws {
        self.places = try RepositoryPlaces(containing: path, environment: environment)
        self.program = GitProgram(in: places.root, environment: environment)
        self.hookEnvironment = environment
        self.patience = patience
    }

    /// Makes the directory at `path` a repository, and returns the name of its branch.
    ///
    /// - Throws: `unsupported` if it is in one already.
    package static func initialize(_ path: FilePath, environment: [String: String]) throws -> String {
        if let places = try? RepositoryPlaces(containing: path, environment: environment) {
            throw BatonError(
                .unsupported, "'\(path.shown)' is in a git repository already: '\(places.root.shown)'")
        }
        return try explainingGit("make a repository") {
            let program = GitProgram(in: path, environment: environment)
            _ = try program.output(of: ["init", "--quiet"])
            return try program.output(of: ["symbolic-ref", "--short", "HEAD"]).text
        }
    }

    /// Git, as it is now.
    func access() throws -> any GitAccess {
        let program = ProgramAccess(program)
        guard try way() == .libgit2 else { return program }
        do throws(GitError) {
            return try LibGit2Access(at: places.gitDirectory, program: program)
        } catch {
            throw RepositoryPlaces.explained(error, places.root)
        }
    }

    /// The way to git that serves the repository as it is now.
    private func way() throws(BatonError) -> AccessChoice {
        let files = places.decidingFiles
        if let choice, choice.files == files { return choice.way }
        let way = try AccessChoice.choose(
            gitDirectory: places.gitDirectory, commonDirectory: places.commonDirectory)
        choice = (files, way)
        return way
    }

    /// Why the git program is used here rather than libgit2; nil if it is not.
    package func reasonForProgram() throws -> String? {
        if case .program(let reason) = try way() { reason } else { nil }
    }
}

// MARK: - Operations

extension GitStore {
    /// Asks for everything that would make any landing impossible, so that no step is started in vain.
    ///
    /// - Throws: `unsupported` if git does not know who the user is, a merge or the like is in progress, the branch is
    ///   checked out elsewhere too, or the index has a format that cannot be read.
    package func checkCanLand() throws {
        try explainingGit("commit here") {
            let git = try access()
            try Preconditions(git, places).check()
            // To read it all costs time in proportion to the repository; its format shows at a glance.
            guard git is LibGit2Access, IndexExtensions(ofIndexAt: places.index).map(\.isKnownToLibGit2) != true else {
                return
            }
            _ = try Preconditions.readingIndex { () throws(GitError) in try git.openIndex(at: places.index) }
        }
    }

    /// Finishes what an earlier process has left half-done here, or takes it back.
    ///
    /// - Returns: Nil if there was nothing to do, or if another process is at work.
    package func recover() throws -> RecoveredOperation? {
        try explainingGit("put the repository in order") {
            guard places.hasTraces else { return nil }
            let lock = try explainingErrno("lock", places.ownFolder) { () throws(Errno) in
                try OperationLock(tryingIn: places.ownFolder)
            }
            guard case .some(let lock) = lock else { return nil }
            let recovered = try Recovery(access(), places, patience).finish()
            _ = consume lock
            return recovered
        }
    }

    /// Works out an operation and performs it; again if HEAD or a file changed in between.
    ///
    /// - Parameters:
    ///   - aim: What the user was doing, as in "cannot land the step".
    ///   - isDry: Nothing is written; the result says what would be.
    ///   - plan: Called with a transaction whose locks are held, unless `isDry`.
    /// - Returns: What was done, or would be.
    /// - Throws: What `plan` throws; `conflict` for locks that others hold.
    func operate(
        _ aim: String, isDry: Bool = false, _ plan: (Transaction) throws -> Transaction.Plan
    ) throws -> Landing {
        try explainingGit(aim) {
            for attempt in 0..<Self.attemptsMax {
                // Whoever is at work gets time to finish, but the first times it may have been by chance.
                if attempt > 2 { patience.pause(Self.pauseBetweenAttempts) }
                do {
                    let transaction = try Transaction(places, access(), patience: patience, isDry: isDry)
                    let plan = try plan(transaction)
                    if isDry { return try Landing(plan, of: transaction) }
                    let writer = try CommitWriter(transaction.git, program)
                    return try Landing(transaction.perform(plan, writer: writer), plan, of: transaction)
                } catch is Transaction.Moved {
                    continue
                }
            }
            throw BatonError(
                .conflict, "HEAD or the files of this change went on changing while it was made",
                hints: ["Nothing was changed. Another program is at work here; wait until it is done, then try again."])
        }
    }

    /// How often an operation is worked out anew if something changed in between.
    private static var attemptsMax: Int { 10 }

    private static var pauseBetweenAttempts: Duration { .milliseconds(50) }
}

extension Landing {
    /// What was done, or nothing.
    fileprivate init(_ outcome: Transaction.Outcome?, _ plan: Transaction.Plan, of transaction: Transaction) throws {
        try self.init(plan, of: transaction)
        operation = outcome?.operation.hex
        commits = outcome?.commits.map(\.hex) ?? []
        left = outcome?.left ?? []
        head = (outcome.map(\.record.new) ?? transaction.head.commit)?.hex
        if outcome == nil { files = [] }
    }

    /// What would be done.
    fileprivate init(_ plan: Transaction.Plan, of transaction: Transaction) throws {
        let isMove = if case .move = plan.target { true } else { false }
        self.init(
            operation: nil, title: plan.title, steps: plan.steps, commits: [], head: transaction.head.commit?.hex,
            isMove: isMove, files: try FileStat.stats(of: plan.fitting.changes, plan.fitting.merger), ignored: [],
            resolved: plan.fitting.resolved, left: [])
    }
}

extension Transaction {
    /// A fitting of changes to what stands here now.
    func fitting() throws -> Fitting { try Fitting(git, index: index, working: working, tree: tree) }

    /// What `undo` would take back now.
    func standing() throws(GitError) -> ObjectID? {
        try log.last(on: head.reference).flatMap { $0.record.standing($0.id) }
    }
}

// MARK: - Looking

extension GitStore {
    /// Where HEAD is.
    package func head() throws -> Head {
        try explainingGit("read HEAD") { try access().head().head }
    }

    /// The steps that HEAD's history holds, the newest first.
    ///
    /// A step counts as reverted if a commit says so in the words of `git revert`, and is not reverted itself; whether
    /// Baton or git made it does not matter.
    ///
    /// Stops after `limit` steps, and after ``StepHistory/commitLimit`` commits.
    package func stepHistory(limit: Int) throws -> StepHistory {
        try explainingGit("read the history") {
            try access().stepHistory(limit: limit, commitLimit: StepHistory.commitLimit)
        }
    }

    /// The full name of the commit whose name begins with `prefix`; nil if there is none.
    ///
    /// Only 4 to 64 hexadecimal digits name a commit.
    ///
    /// - Throws: `invalidInput` if several objects' names begin with it.
    package func resolve(commitPrefix prefix: String) throws -> String? {
        guard (4...64).contains(prefix.utf8.count), prefix.utf8.allSatisfy(\.isHexDigit) else { return nil }
        return try explainingGit("look up commit '\(prefix)'") {
            let git = try access()
            do throws(GitError) {
                return try git.commit(startingWith: prefix)?.hex
            } catch {
                guard error.kind == .ambiguous else { throw error }
                throw BatonError(
                    .invalidInput,
                    "'\(prefix)' is the beginning of more than one name",
                    hints: ["Give more digits; 'git log' shows them."]
                )
            }
        }
    }

    /// The newest operations, newest first.
    package func operations(limit: Int) throws -> [RepositoryOperation] {
        try explainingGit("read the operations") {
            try OperationLog(access(), worktree: places.worktreeName).latest(limit).map { id, record in
                RepositoryOperation(id, record)
            }
        }
    }

    /// The operation whose id begins with `prefix`, and what it changed.
    ///
    /// - Throws: `notFound` if there is none.
    package func operation(startingWith prefix: String) throws -> (operation: RepositoryOperation, files: [FileStat]) {
        try explainingGit("read the operation") {
            let git = try access()
            let log = OperationLog(git, worktree: places.worktreeName)
            let all = try log.latest(OperationLog.searchMax)
            let found = all.filter { $0.id.hex.hasPrefix(prefix.lowercased()) }
            guard let (id, record) = found.first, !prefix.isEmpty else {
                throw BatonError(
                    .notFound, "there is no operation '\(prefix)'", hints: ["'baton op log' lists the operations."])
            }
            guard found.count == 1 else {
                throw BatonError(.invalidInput, "'\(prefix)' is the beginning of more than one operation's id")
            }
            let stats = try record.paths.map { path throws in
                if path.before.head != path.after.head {
                    let contents = try [path.before.head, path.after.head].map { entry throws in
                        try entry.map { entry throws in try git.content(of: entry.id) }
                    }
                    return try FileStat(path.path, from: contents[0], to: contents[1])
                }
                let states = try [path.before.file, path.after.file].map { file throws in try git.state(of: file) }
                return try FileStat(path.path, from: states[0]?.bytes, to: states[1]?.bytes)
            }
            return (RepositoryOperation(id, record), stats)
        }
    }

    func id(of commit: String) throws -> ObjectID {
        guard let id = ObjectID(hex: commit) else {
            throw BatonError(.internalError, "'\(commit)' is not the full name of a commit")
        }
        return id
    }
}

extension RepositoryOperation {
    init(_ id: ObjectID, _ record: OperationRecord) {
        self.init(
            id: id.hex, kind: record.kind, time: record.time, title: record.title, steps: record.steps,
            branch: HeadState.shortName(of: record.reference), old: record.old?.hex, new: record.new?.hex,
            of: record.of?.hex, paths: record.paths.map(\.path))
    }
}
