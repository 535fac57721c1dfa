// Taking back what landed, and taking that back again.

import BatonCore
package import BatonGit

/// What people name when they take something back: a step, or a whole run.
package enum TakenBack: Sendable {
    case step(run: RunHistory, StepHistoryEntry)
    case run(RunHistory)
}

extension Project {
    /// Takes back the last operation on this branch.
    ///
    /// - Throws: `conflict` where files were changed since; nothing has changed then.
    package nonisolated func undo(isDry: Bool = false) async throws -> Landing {
        try await explaining { try await git.undo(isDry: isDry) }
    }

    /// Takes back the last undo.
    package nonisolated func redo(isDry: Bool = false) async throws -> Landing {
        try await explaining { try await git.redo(isDry: isDry) }
    }

    /// Adds commits that are the inverse of steps' or of whole runs', and keeps everything later.
    ///
    /// - Parameters:
    ///   - references: Steps or runs, as people name them.
    ///   - cascade: Later steps that build on them are taken back too.
    ///   - isDry: Nothing is written; the result says what would be.
    /// - Returns: The new commits and what they change.
    /// - Throws: `conflict` if later work builds on them, or if a file has changes that are not committed; nothing has
    ///   changed then.
    package nonisolated func revert(
        _ references: [String], cascade: Bool = false, isDry: Bool = false
    ) async throws -> Landing {
        let history = try await history(limit: Self.searchedRuns)
        var targets: [RevertTarget] = []
        var names: [String] = []
        for reference in references {
            switch try Self.find(reference, in: history) {
            case .step(let run, let step):
                targets.append(try Self.target(step, of: run))
                names.append("step '\(step.name.path)' of run \(run.run)")
            case .run(let run):
                let landed = run.steps.filter { if case .landed = $0.state { $0.commit != nil } else { false } }
                guard !landed.isEmpty else {
                    throw BatonError(.invalidInput, "run \(run.run) has no commit to take back")
                }
                targets += try landed.map { try Self.target($0, of: run) }
                names.append("run \(run.run)")
            }
        }
        let order = try await newestFirst(targets)
        return try await explaining {
            try await revert(order, title: "revert \(names.joined(separator: ", "))", cascade: cascade, isDry: isDry)
        }
    }

    /// Brings the files of a step back to what they were right after it; with `force` also where commits that Baton did
    /// not make have changed them since.
    package nonisolated func restore(
        _ reference: String, force: Bool = false, isDry: Bool = false
    ) async throws -> Landing {
        let history = try await history(limit: Self.searchedRuns)
        guard case .step(let run, let step) = try Self.find(reference, in: history) else {
            throw BatonError(
                .invalidInput, "'\(reference)' is a run; files are brought back to the state after a step",
                hints: ["Name a step of it: baton restore \(reference)/STEP"])
        }
        guard let commit = step.commit else {
            throw BatonError(
                .invalidInput,
                "step '\(step.name.path)' of run \(run.run) has no commit; \(Self.explain(step.state))")
        }
        return try await explaining {
            try await git.restore(
                RevertTarget(commit: commit, step: StepOfRun(run.run, step.name)),
                title: "restore step '\(step.name.path)' of run \(run.run)", overUsersCommits: force, isDry: isDry)
        }
    }

    /// Makes one commit out of a run's.
    package nonisolated func squash(_ reference: String, isDry: Bool = false) async throws -> Landing {
        let history = try await history(limit: Self.searchedRuns)
        guard case .run(let run) = try Self.find(reference, in: history) else {
            throw BatonError(
                .invalidInput, "'\(reference)' is a step; only the commits of a whole run can become one",
                hints: ["'baton log' lists the runs."])
        }
        return try await explaining {
            try await git.squash(run.run, isDry: isDry) { SquashText(run: run, steps: $0).message }
        }
    }

    /// Runs in which a step is looked for.
    private static var searchedRuns: Int { 200 }

    // MARK: Finding

    private static func find(_ reference: String, in history: [RunHistory]) throws(BatonError) -> TakenBack {
        // A run's id has as many digits as none of its steps' numbers ever will.
        if let id = RunID(reference.lowercased()), let run = history.first(where: { $0.run == id }) { return .run(run) }
        let (run, step) = try StepReference(reference).find(in: history)
        return .step(run: run, step)
    }

    private static func target(
        _ step: StepHistoryEntry, of run: RunHistory
    ) throws(BatonError) -> RevertTarget {
        let title = "step '\(step.name.path)' of run \(run.run)"
        guard let commit = step.commit else {
            throw BatonError(.invalidInput, "\(title) has no commit to take back; \(explain(step.state))")
        }
        switch step.state {
        case .reverted(let by):
            throw BatonError(
                .invalidInput, "\(title) is taken back already, by commit \(by.prefix(7))",
                hints: ["To have it again: git revert \(by.prefix(7))"])
        case .undone:
            throw BatonError(
                .invalidInput, "\(title) is undone already", hints: ["To have it again: baton redo"])
        case .lost:
            throw BatonError(.invalidInput, "\(title) has no commit to take back; \(explain(step.state))")
        default: return RevertTarget(commit: commit, step: StepOfRun(run.run, step.name))
        }
    }

    private static func explain(_ state: StepHistoryEntry.State) -> String {
        switch state {
        case .landed, .reverted, .squashed: "git does not have it"
        case .unchanged: "it changed nothing"
        case .failed: "it failed, and nothing of it was landed"
        case .unfinished: "it has not ended"
        case .undone: "it was undone"
        case .lost: "its commit is not on this branch"
        }
    }

    // MARK: Reverting

    private nonisolated func revert(
        _ targets: [RevertTarget], title: String, cascade: Bool, isDry: Bool
    ) async throws -> Landing {
        var targets = targets
        while true {
            do {
                return try await git.revert(targets, title: title, isDry: isDry)
            } catch let conflict as RevertConflict {
                let known = Set(targets.map(\.commit))
                let steps = conflict.later.filter { $0.step != nil && !known.contains($0.commit) }
                guard cascade, !steps.isEmpty else { throw Self.explained(conflict, steps: steps) }
                targets += steps.map { RevertTarget(commit: $0.commit, step: $0.step) }
                targets = try await newestFirst(targets)
            }
        }
    }

    private nonisolated func newestFirst(_ targets: [RevertTarget]) async throws -> [RevertTarget] {
        let order = try await git.newestFirst(targets.map(\.commit))
        var seen: Set<String> = []
        return order.compactMap { commit in
            guard seen.insert(commit).inserted else { return nil }
            return targets.first { $0.commit == commit }
        }
    }

    private static func explained(_ conflict: RevertConflict, steps: [RevertConflict.LaterCommit]) -> BatonError {
        var error = conflict.error
        let named = conflict.later.prefix(5).map { later in
            if let step = later.step { return "step \(step.step.number) '\(step.step.path)' of run \(step.run)" }
            return "commit \(later.commit.prefix(7)) '\(later.subject)'"
        }
        let more = conflict.later.count > 5 ? " and \(conflict.later.count - 5) more" : ""
        error.causes.append("later work builds on it: \(named.joined(separator: ", "))\(more)")
        error.hints =
            steps.isEmpty || steps.count < conflict.later.count
            ? error.hints
            : ["Nothing was changed. To take back those steps too, add '--cascade'."]
        return error
    }

    /// Turns what a change does not fit into what people are told.
    private nonisolated func explaining(_ body: () async throws -> Landing) async throws -> Landing {
        do {
            return try await body()
        } catch let conflict as LandingConflict {
            throw conflict.error
        } catch let conflict as RevertConflict {
            throw conflict.error
        }
    }
}

/// The message of a commit that stands for a whole run.
private struct SquashText {
    let run: RunHistory
    let steps: [StepCommit]

    var message: CommitMessage {
        let recipe = run.recipe ?? "run \(run.run)"
        let lines = steps.map { "\($0.step.number) \($0.step.path): \($0.subject)" }
        var trailers = [Trailer(Trailer.Key.run, run.run.description)]
        trailers += steps.map { Trailer(Trailer.Key.squashed, "\($0.step) \($0.commit)") }
        let models = Set(steps.compactMap(\.model)).sorted()
        if !models.isEmpty { trailers.append(Trailer(Trailer.Key.model, models.joined(separator: ", "))) }
        let tokens = steps.compactMap(\.tokens).reduce(0, +)
        if tokens > 0 { trailers.append(Trailer(Trailer.Key.tokens, "\(tokens)")) }
        return CommitMessage(
            subject: "\(recipe): \(steps.count == 1 ? "1 step" : "\(steps.count) steps")",
            body: lines.joined(separator: "\n"), trailers: trailers)
    }
}
