// The steps that git knows of, and whether they still count.

package import BatonCore
import CGit2

/// A commit that a step made, as its trailers tell.
package struct StepCommit: Hashable, Sendable {
    /// 40 lowercase hexadecimal digits.
    package var commit: String
    /// Nil for the first commit of a repository.
    package var parent: String?
    /// Seconds since 1970.
    package var authorTime: Int
    /// Minutes east of UTC.
    package var authorOffset: Int
    package var subject: String
    package var run: RunID
    package var step: StepName
    /// Name and version, such as `writer 1.0.0`.
    package var role: String?
    package var model: String?
    package var tokens: Int?
    package var state: State

    package init(
        commit: String,
        parent: String?,
        authorTime: Int,
        authorOffset: Int,
        subject: String,
        run: RunID,
        step: StepName,
        role: String? = nil,
        model: String? = nil,
        tokens: Int? = nil,
        state: State = .landed
    ) {
        self.commit = commit
        self.parent = parent
        self.authorTime = authorTime
        self.authorOffset = authorOffset
        self.subject = subject
        self.run = run
        self.step = step
        self.role = role
        self.model = model
        self.tokens = tokens
        self.state = state
    }

    package enum State: Hashable, Sendable {
        case landed
        /// A later commit, which counts itself, took it back.
        case reverted(by: String)
    }
}

/// Steps, the newest first.
package struct StepHistory: Hashable, Sendable {
    package var steps: [StepCommit]
    /// False if there are, or may be, more steps than these: a limit was reached, or the clone is shallow.
    package var isComplete: Bool

    package init(steps: [StepCommit], isComplete: Bool) {
        self.steps = steps
        self.isComplete = isComplete
    }

    /// Commits that are looked at in one go.
    package static let commitLimit = 10_000
}

extension Repository {
    /// Reads the history from HEAD; see ``GitStore/stepHistory(limit:)``.
    func stepHistory(limit: Int, commitLimit: Int) throws(GitError) -> StepHistory {
        guard let head = try head().commit else { return StepHistory(steps: [], isComplete: true) }
        var walk = CommitWalk(from: head)
        var steps: [StepCommit] = []
        var reverts = Reverts()
        while steps.count < limit, walk.visited < commitLimit, let id = walk.next() {
            let commit = try commit(id)
            try walk.addParents(of: commit, in: self)
            let text = CommitText(commit)
            reverts.add(text.revertedCommits, by: id)
            if let step = StepCommit(id, commit, text) { steps.append(step) }
        }
        for index in steps.indices {
            guard let id = ObjectID(hex: steps[index].commit), let by = reverts.revert(of: id) else { continue }
            steps[index].state = .reverted(by: by.hex)
        }
        return StepHistory(steps: steps, isComplete: walk.isAtEnd)
    }
}

extension StepCommit {
    /// Nil if the commit's trailers do not name a run and a step.
    fileprivate init?(_ id: ObjectID, _ commit: borrowing GitHandle, _ text: CommitText) {
        let trailers = Trailers(message: text.message)
        guard let run = trailers[Trailer.Key.run].flatMap({ RunID($0) }),
            let step = trailers[Trailer.Key.step].flatMap({ StepName($0) })
        else { return nil }
        self.init(
            commit: id.hex,
            parent: git_commit_parent_id(commit.pointer, 0).map { ObjectID($0.pointee).hex },
            authorTime: text.authorSeconds,
            authorOffset: text.authorOffset,
            subject: text.subject,
            run: run,
            step: step,
            role: trailers[Trailer.Key.role],
            model: trailers[Trailer.Key.model],
            tokens: trailers[Trailer.Key.tokens].flatMap { Int($0) }
        )
    }
}

/// Which commit takes which back.
private struct Reverts {
    private var byTarget: [ObjectID: [ObjectID]] = [:]
    private var answers: [ObjectID: ObjectID?] = [:]

    mutating func add(_ targets: [ObjectID], by commit: ObjectID) {
        for target in targets { byTarget[target, default: []].append(commit) }
    }

    /// The commit that takes `commit` back and is not taken back itself; nil if there is none.
    ///
    /// A commit can only name older ones, so the chain ends; the depth is bounded all the same.
    mutating func revert(of commit: ObjectID, depth: Int = 0) -> ObjectID? {
        if let answer = answers[commit] { return answer }
        var answer: ObjectID?
        if depth < Self.depthLimit {
            answer = byTarget[commit]?.first { revert(of: $0, depth: depth + 1) == nil }
        }
        answers[commit] = .some(answer)
        return answer
    }

    private static let depthLimit = 1000
}

/// Walks from a commit to its ancestors, the newest first, and stops quietly where a shallow clone ends.
///
/// `git_revwalk` does not: it fails before it hands out the last commit that is there.
private struct CommitWalk {
    /// Known and not handed out yet, the newest last.
    private var pending: [(id: ObjectID, time: Int64)] = []
    private var seen: Set<ObjectID> = []
    private(set) var visited = 0
    private var isCut = false

    init(from head: ObjectID) {
        pending = [(head, 0)]
        seen = [head]
    }

    /// Every ancestor has been handed out.
    var isAtEnd: Bool { pending.isEmpty && !isCut }

    /// The newest commit not handed out yet; its parents have to be added.
    mutating func next() -> ObjectID? {
        guard let (id, _) = pending.popLast() else { return nil }
        visited += 1
        return id
    }

    mutating func addParents(of commit: borrowing GitHandle, in repository: borrowing Repository) throws(GitError) {
        for index in 0..<git_commit_parentcount(commit.pointer) {
            guard let parent = git_commit_parent_id(commit.pointer, index).map({ ObjectID($0.pointee) }),
                seen.insert(parent).inserted
            else { continue }
            let time = try GitError.nilIfNotFound { () throws(GitError) in
                git_commit_time(try repository.commit(parent).pointer)
            }
            if let time { insert(parent, time) } else { isCut = true }
        }
    }

    private mutating func insert(_ id: ObjectID, _ time: Int64) {
        var low = 0
        var high = pending.count
        while low < high {
            let middle = (low + high) / 2
            if pending[middle].time < time { low = middle + 1 } else { high = middle }
        }
        pending.insert((id, time), at: low)
    }
}
