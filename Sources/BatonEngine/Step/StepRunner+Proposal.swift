// What a step proposes: its changes, held against the rules and checked.

import BatonCore
import BatonGit
import BatonWorkerLink
import BatonWorkers
import BatonWorkspace
import SystemPackage

extension StepRunner {
    struct CheckedProposal {
        var proposal: BatonGit.Proposal
        var stamps: ContentStamps
        var checks: [CheckResult]
        var message = CommitMessage(subject: "")
        var hooks = CommitHooks(programs: [:], objects: FilePath())
        /// The commit that keeps it; nil if the step changed nothing.
        var kept: String?
    }

    /// The user's hooks; none where the view does not show the repository.
    func hooks(
        in view: View, base: StepBase, session: WorkerSession, name: StepName
    ) async throws -> StepHooks {
        let isShown = view.workingDirectory == view.root
        let none = CommitHooks(programs: [:], objects: FilePath())
        let hooks = isShown ? try await project.git.hooks() : none
        return StepHooks(hooks: hooks, base: base.commit) { order in
            let output = try await session.execute(order)
            await tell(RunEvent(run: run, step: name, kind: .commandRun(CommandRecord(order, output))))
            return output
        }
    }

    /// Reads what the step changed, holds it against the rules and runs its checks, while its view still stands.
    func propose(
        _ view: View, from base: StepBase, gate: Gate, hooks: StepHooks, session: WorkerSession, host: StepHost,
        name: StepName
    ) async throws -> CheckedProposal {
        let scratch = await host.scratch
        var proposal = try await changes(in: view, from: base, without: scratch)
        try gate.checkPaths(of: proposal.delta)
        if let check = try await hooks.checkCommit(of: proposal.delta.paths) {
            await tell(RunEvent(run: run, step: name, kind: .checked(check)))
            // One that passes says nothing about the step's goal, and does not make it verified.
            if !check.passed { return CheckedProposal(proposal: proposal, stamps: ContentStamps(), checks: [check]) }
            // A hook may change files, as formatters do.
            proposal = try await changes(in: view, from: base, without: scratch)
            try gate.checkPaths(of: proposal.delta)
        }
        if !proposal.ignored.isEmpty {
            await tell(RunEvent(run: run, step: name, kind: .filesIgnored(proposal.ignored.map(\.string))))
        }
        let delta = proposal.delta
        let stamps = ContentStamps(of: delta)
        let checks = try await gate.check(delta, root: view.root) { line, timeout in
            let order = CommandOrder(shell: line, timeLimit: timeout)
            let output = try await session.execute(order)
            await tell(RunEvent(run: run, step: name, kind: .commandRun(CommandRecord(order, output))))
            return output
        }
        for check in checks { await tell(RunEvent(run: run, step: name, kind: .checked(check))) }
        return CheckedProposal(proposal: proposal, stamps: stamps, checks: checks)
    }

    /// What the step has changed so far; what git ignores stays in the view, whatever the rules say of it.
    func changes(
        in view: View, from base: StepBase, without scratch: [FilePath]
    ) async throws -> BatonGit.Proposal {
        var delta = try view.delta()
        delta.changes.removeAll { change in scratch.contains { change.path.starts(with: $0) } }
        return try await project.git.propose(delta, from: base, originals: view.originals)
    }

    /// Once nothing runs in the view any more, the step's files must still be what the checks have seen.
    ///
    /// What the checks left behind is no part of the step; what they changed in its own files would not be what they
    /// have checked.
    func checkSettled(_ proposal: CheckedProposal) throws(BatonError) {
        guard let path = proposal.stamps.firstDifference(from: ContentStamps(of: proposal.proposal.delta)) else {
            return
        }
        throw BatonError(
            .checkFailed,
            "'\(path)' was changed again after the step had ended, by a check or by what the step left running")
    }
}
