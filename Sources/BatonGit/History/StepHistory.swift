// The steps that git knows of, and whether they still count.

package import BatonCore

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
        /// It is part of that commit, with others of its run.
        case squashed(into: String)
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

extension GitAccess {
    /// Reads the history from HEAD; see ``GitStore/stepHistory(limit:)``.
    func stepHistory(limit: Int, commitLimit: Int) throws(GitError) -> StepHistory {
        guard let head = try head().commit else { return StepHistory(steps: [], isComplete: true) }
        var steps: [StepCommit] = []
        var reverts = Reverts()
        let isComplete = try walk(from: head, limit: commitLimit) { commit in
            reverts.add(commit.revertedCommits, by: commit.id)
            if let step = StepCommit(commit) { steps.append(step) }
            steps += StepCommit.squashed(in: commit)
            return steps.count < limit
        }
        for index in steps.indices where steps[index].state == .landed {
            guard let id = ObjectID(hex: steps[index].commit), let by = reverts.revert(of: id) else { continue }
            steps[index].state = .reverted(by: by.hex)
        }
        return StepHistory(steps: steps, isComplete: isComplete)
    }
}

extension StepCommit {
    /// Nil if the commit's trailers do not name a run and a step.
    init?(_ commit: CommitData) {
        let trailers = commit.trailers
        guard let step = StepOfRun(commit) else { return nil }
        self.init(
            commit: commit.id.hex,
            parent: commit.parents.first?.hex,
            authorTime: commit.authorSeconds,
            authorOffset: commit.authorOffset,
            subject: commit.subject,
            run: step.run,
            step: step.step,
            role: trailers[Trailer.Key.role],
            model: trailers[Trailer.Key.model],
            tokens: trailers[Trailer.Key.tokens].flatMap { Int($0) }
        )
    }

    /// The steps that a commit holds together, as its trailers tell: `2 draft 4c1d0be…`.
    static func squashed(in commit: CommitData) -> [StepCommit] {
        let trailers = commit.trailers
        guard let run = trailers[Trailer.Key.run].flatMap({ RunID($0) }) else { return [] }
        return trailers.all.filter { $0.key == Trailer.Key.squashed }.compactMap { trailer in
            guard let blank = trailer.value.lastIndex(of: " "), let step = StepName(trailer.value[..<blank]),
                let id = ObjectID(hex: trailer.value[trailer.value.index(after: blank)...])
            else { return nil }
            return StepCommit(
                commit: id.hex, parent: nil, authorTime: commit.authorSeconds, authorOffset: commit.authorOffset,
                subject: commit.subject, run: run, step: step, state: .squashed(into: commit.id.hex))
        }.reversed()
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
