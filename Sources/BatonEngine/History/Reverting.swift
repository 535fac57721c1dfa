// Takes one step back.

package import BatonCore
import BatonGit

/// A step that was taken back.
package struct Reversal: Sendable {
    package var run: RunID
    package var step: StepName
    package var original: String
    package var commit: String
    package var files: [LandedFile]
}

extension Project {
    /// Adds a commit that is the inverse of a step's, and keeps everything later.
    ///
    /// - Throws: `conflict` if later work builds on the step, or if a file of it has changes that are not committed;
    ///   nothing has changed then.
    package nonisolated func revert(_ reference: StepReference) async throws -> Reversal {
        let (run, step) = try reference.find(in: try await history(limit: Self.revertibleRuns))
        let title = "step '\(step.name.path)' of run \(run.run)"
        guard let commit = step.commit else {
            throw BatonError(.invalidInput, "\(title) has no commit to take back; \(Self.explain(step.state))")
        }
        if case .reverted(let by) = step.state {
            throw BatonError(
                .invalidInput, "\(title) is taken back already, by commit \(by.prefix(7))",
                hints: ["To have it again: git revert \(by.prefix(7))"]
            )
        }
        let trailers = [Trailer("Baton-Reverts", "\(run.run) \(step.name)")]
        let landing = try await git.revert(commit, trailers: trailers)
        guard let id = landing.commit else {
            throw BatonError(.invalidInput, "\(title) has nothing left to take back")
        }
        return Reversal(
            run: run.run, step: step.name, original: commit, commit: id, files: landing.files.map(LandedFile.init))
    }

    /// Runs in which a step is looked for.
    private static var revertibleRuns: Int { 200 }

    private static func explain(_ state: StepHistoryEntry.State) -> String {
        switch state {
        case .landed, .reverted: "git does not have it"
        case .unchanged: "it changed nothing"
        case .failed: "it failed, and nothing of it was landed"
        case .unfinished: "it has not ended"
        case .lost: "its commit is not on this branch"
        }
    }
}
