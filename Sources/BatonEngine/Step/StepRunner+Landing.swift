// How a step's proposal is kept and landed.

import BatonCore
import BatonGit
import BatonRecipes

extension StepRunner {
    /// Keeps what the step did, whatever becomes of it; nil if it did nothing.
    func keep(
        _ proposal: BatonGit.Proposal, of name: StepName, _ message: CommitMessage
    ) async throws -> String? {
        guard !proposal.isEmpty else { return nil }
        let commit = try await project.git.keep(proposal, of: StepOfRun(run, name), message: message)
        let event = RunEvent.Kind.stepProposed(commit: commit, paths: proposal.delta.changes.count)
        await tell(RunEvent(run: run, step: name, kind: event))
        return commit
    }

    func land(
        _ checked: CheckedProposal, of work: StepWork, kept: String
    ) async throws -> StepOutcome.Result {
        let step = StepOfRun(run, work.name)
        await turns?.wait(for: work.name.number)
        let landing = try await landing(
            checked.proposal, of: step, rule: work.step.conflict, kept: kept, message: checked.message)
        for path in landing.left {
            let line = "'\(path)' was changed by you in this moment; your version stays, the step's is in the commit"
            await tell(RunEvent(run: run, step: work.name, kind: .logged(level: .warning, source: "baton", line: line)))
        }
        if landing.resolved.isEmpty {
            try await project.git.forget(step)
        } else {
            let paths = landing.resolved.map { "'\($0)'" }.joined(separator: ", ")
            let line =
                "\(paths) did not fit and went by 'conflict: \(work.step.conflict.rawValue)'; "
                + "the step's own version is kept: git show \(kept.prefix(7))"
            await tell(RunEvent(run: run, step: work.name, kind: .logged(level: .warning, source: "baton", line: line)))
        }
        guard landing.operation != nil else { return .unchanged }
        await project.git.runPostCommit(checked.hooks)
        return .landed(commit: landing.commit ?? kept, files: landing.files.map(LandedFile.init))
    }

    /// Lands by the step's rule, and asks the person if that is the rule.
    func landing(
        _ proposal: BatonGit.Proposal, of step: StepOfRun, rule: ConflictRule, kept: String, message: CommitMessage
    ) async throws -> Landing {
        do {
            return try await project.git.land(proposal, of: step, message: message, rule: rule, kept: kept)
        } catch let conflict as LandingConflict where rule == .ask {
            let question = StepQuestion(
                text: "\(conflict.error.message). Whose version shall stand?", choices: ["ours", "theirs", "fail"],
                fallback: "fail")
            guard let answer = await ask(question), let chosen = ConflictRule(rawValue: answer), chosen != .fail else {
                throw conflict
            }
            return try await project.git.land(proposal, of: step, message: message, rule: chosen, kept: kept)
        }
    }
}
