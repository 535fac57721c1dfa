// The road of one step: contract, view, worker, proposal, gate, landing.

import BatonCore
import BatonGit
import BatonModels
import BatonRecipes
import BatonWorkerLink
import BatonWorkers
import BatonWorkspace
import Glibc
import SystemPackage

/// Takes the steps of one run down their road.
struct StepRunner: StepPerformer {
    let run: RunID
    let plan: Plan
    let project: Project
    let models: any ModelResolving
    let budget: Budget
    let tell: @Sendable (RunEvent) async -> Void
    let ask: @Sendable (StepQuestion) async -> String?
    /// Lets steps that run at once land in their order; nil where one runs after the other.
    var turns: LandingTurns?

    func perform(_ step: PlannedStep, named name: StepName, after earlier: [StepOutcome]) async -> StepOutcome {
        let start = ContinuousClock.now
        var work = StepWork(step: step, name: name, usage: ModelUsage())
        let result: StepOutcome.Result
        do {
            result = try await perform(&work, after: earlier)
        } catch {
            result = .failed(explain(error, step: step, name: name))
        }
        let outcome = StepOutcome(
            name: name, result: result, usage: work.usage, report: work.report, checks: work.checks,
            duration: start.duration(to: .now)
        )
        await tell(RunEvent(run: run, step: name, kind: .stepFinished(outcome)))
        return outcome
    }

    // MARK: The road

    private func perform(_ work: inout StepWork, after earlier: [StepOutcome]) async throws -> StepOutcome.Result {
        let executor = try Executor(of: work.step, in: project.plugins)
        let start = StepStart(
            role: executor.name, roleVersion: executor.version, goal: work.step.goal,
            index: work.name.number - 1, stepCount: plan.steps.count
        )
        await tell(RunEvent(run: run, step: work.name, kind: .stepStarted(start)))
        let model = try await models.model(named: work.step.model)
        let limits = work.step.limits
        let bounds = StepBounds(time: limits.time ?? StepBounds.defaultTime, tokens: limits.tokens, calls: limits.calls)
        let stepBudget = Budget(tokens: bounds.tokens, calls: bounds.calls, within: budget)
        defer { work.usage = stepBudget.usage }

        let plugin: PluginFile? =
            if case .role(let role) = executor { try await project.pluginFiles.file(of: role) } else { nil }
        for number in 1... {
            do {
                return try await attempt(
                    number, &work, after: earlier, by: executor, plugin: plugin, model: model, budget: stepBudget,
                    bounds: bounds)
            } catch let conflict as LandingConflict {
                guard work.step.conflict == .rerun, number < Self.attemptsMax else { throw conflict.error }
                let event = RunEvent.Kind.stepRestarted(because: conflict.error.message, attempt: number + 1)
                await tell(RunEvent(run: run, step: work.name, kind: event))
            }
        }
        return .unchanged
    }

    /// How often a step is run whose changes do not fit what others did meanwhile, if its recipe says `rerun`.
    private static var attemptsMax: Int { 3 }

    /// Runs the step once, from its view to its landing.
    private func attempt(
        _ number: Int, _ work: inout StepWork, after earlier: [StepOutcome], by executor: Executor,
        plugin: PluginFile?, model: any ChatModel, budget stepBudget: Budget, bounds: StepBounds
    ) async throws -> StepOutcome.Result {
        try await withView(for: work.name, plugin: plugin) { view, launch in
            let host = StepHost(
                name: work.name, role: executor.name, permissions: executor.permissions, model: model,
                budget: stepBudget, services: services(for: work.name, executor: executor, view: view)
            )
            let gate = Gate(step: work.step, mayWrite: executor.permissions.contains("fs.write"))
            let proposal = try await withWorker(launch, host: host) { session in
                await tell(RunEvent(run: run, step: work.name, kind: .viewEntered(view.kind, await session.hold)))
                let base = try await project.git.beginStep(watching: work.step.literalWrites, started: view.started)
                let order = Order(
                    contract: contract(for: work.step, bounds, after: earlier), base: base, start: work.name,
                    attempt: number)
                try await execute(order, by: executor, in: session, host: host, plugin: plugin)
                let hooks = try await hooks(in: view, base: base, session: session, name: work.name)
                var proposal = try await propose(
                    view, from: base, gate: gate, hooks: hooks, session: session, host: host, name: work.name)
                let text = CommitText(
                    run: run, name: work.name, executor: executor, step: work.step, report: await host.report)
                proposal.message = text.message(
                    delta: proposal.proposal.delta, models: await host.models, usage: stepBudget.usage)
                if !proposal.proposal.isEmpty { proposal.message = try await hooks.checked(proposal.message) }
                proposal.hooks = hooks.hooks
                // Kept at once, whatever becomes of it: its contents are read, and nothing can change them any more.
                proposal.kept = try await keep(proposal.proposal, of: work.name, proposal.message)
                return proposal
            }
            work.report = await host.report
            work.checks = proposal.checks
            let kept = proposal.kept
            if let failed = proposal.checks.first(where: { !$0.passed }) {
                throw BatonError(
                    .checkFailed, "step '\(work.step.id)' does not pass its check: \(failed.what)",
                    causes: failed.detail.map { [$0] } ?? [],
                    hints: ["Nothing was changed in your files. The step's log: baton log \(run) \(work.step.id)"]
                        + (failed.what == StepHooks.commitHook ? [StepHooks.hint] : [])
                        + (kept.map { ["What it did is kept: git show \($0.prefix(7))"] } ?? [])
                )
            }
            try checkSettled(proposal)
            guard let kept else { return .unchanged }
            // Where the step has worked in the user's directory, that is put back before anything lands in it.
            _ = try view.takenOut(Delta())
            return try await land(proposal, of: work, kept: kept)
        }
    }

    /// Keeps what the step did, whatever becomes of it; nil if it did nothing.
    private func keep(
        _ proposal: BatonGit.Proposal, of name: StepName, _ message: CommitMessage
    ) async throws -> String? {
        guard !proposal.isEmpty else { return nil }
        let commit = try await project.git.keep(proposal, of: StepOfRun(run, name), message: message)
        let event = RunEvent.Kind.stepProposed(commit: commit, paths: proposal.delta.changes.count)
        await tell(RunEvent(run: run, step: name, kind: event))
        return commit
    }

    /// Runs the role or the command.
    private func execute(
        _ order: Order, by executor: Executor, in session: WorkerSession, host: StepHost, plugin: PluginFile?
    ) async throws {
        let step = order.contract.step
        let limit = order.contract.limits.time
        switch executor {
        case .command(let line):
            let output = try await session.execute(CommandOrder(shell: line, timeLimit: limit)) { kind, bytes in
                let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
                await host.note(.printed(lines: lines, toStandardError: kind == 3))
            }
            guard !output.succeeded else { return }
            let code: BatonError.Code = output.result.end == .timedOut ? .timedOut : .stepFailed
            throw BatonError(
                code, "the command of step '\(step.id)' failed (\(output.result.phrase))",
                causes: output.lastLines(12).isEmpty ? [] : [output.lastLines(12)]
            )
        case .role(let role):
            let result = try await session.perform(
                roleOrder(order, role: role, plugin: plugin), until: .now.advanced(by: limit))
            try await judge(result, of: role, host: host)
        }
    }

    private func roleOrder(_ order: Order, role: InstalledRole, plugin: PluginFile?) -> RoleOrder {
        let step = order.contract.step
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        let deadline =
            Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec)
            + Int64(order.contract.limits.time / .nanoseconds(1))
        return RoleOrder(
            roleID: role.role.id, pluginPath: plugin?.path.string ?? "", settings: step.settings.text,
            stepID: step.id, runID: run.description, task: order.contract.document.text,
            baseCommit: order.base.commit ?? "", attempt: UInt32(order.attempt), deadlineUnixNanoseconds: deadline,
            // The same for each run of the same recipe, so that a run can be repeated.
            seed: UInt64(order.start.number), flags: 0
        )
    }

    /// Turns what a role returned into success or the reason for its failure.
    private func judge(_ result: RoleReturn, of role: InstalledRole, host: StepHost) async throws {
        if let refusal = await host.refusal { throw refusal }
        guard result.status != Status.ok else { return }
        // What stopped the role matters more than the words that it found for it.
        if let error = await host.modelError { throw error }
        let said = result.failure?.message ?? "no reason given (status \(result.status))"
        let code: BatonError.Code =
            switch result.failure?.status ?? result.status {
            case Status.denied: .denied
            case Status.budget: .budgetExceeded
            case Status.deadline: .timedOut
            case Status.conflict: .conflict
            case Status.cancelled: .cancelled
            default: .stepFailed
            }
        throw BatonError(code, "role '\(role.role.name)' failed: \(said)")
    }

    // MARK: Proposal

    private struct CheckedProposal {
        var proposal: BatonGit.Proposal
        var stamps: ContentStamps
        var checks: [CheckResult]
        var message = CommitMessage(subject: "")
        var hooks = CommitHooks(programs: [:], objects: FilePath())
        /// The commit that keeps it; nil if the step changed nothing.
        var kept: String?
    }

    /// The user's hooks; none where the view does not show the repository.
    private func hooks(
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
    private func propose(
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
    private func changes(
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
    private func checkSettled(_ proposal: CheckedProposal) throws(BatonError) {
        guard let path = proposal.stamps.firstDifference(from: ContentStamps(of: proposal.proposal.delta)) else {
            return
        }
        throw BatonError(
            .checkFailed,
            "'\(path)' was changed again after the step had ended, by a check or by what the step left running")
    }

    private func land(
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
    private func landing(
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

    // MARK: View

    /// Makes a view, runs `body` in it, and removes it.
    ///
    /// Where the machine refuses a kind of view, the next one takes its place.
    private func withView<Result>(
        for name: StepName, plugin: PluginFile?, _ body: (View, WorkerLaunch) async throws -> Result
    ) async throws -> Result {
        var kind = await project.viewKind()
        while true {
            do {
                return try await withView(kind, plugin, body)
            } catch let failure as WorkerFailure {
                guard case .viewFailed = failure.end, let next = await project.degradeView(from: kind) else {
                    throw failure
                }
                let reason = kind.obstacle(for: project.root).map { "a view of kind '\(kind.rawValue)' \($0)" }
                let event = RunEvent.Kind.viewDegraded(
                    to: next.rawValue, because: reason ?? "the worker \(failure.end.phrase)")
                await tell(RunEvent(run: run, step: name, kind: event))
                kind = next
            }
        }
    }

    private func withView<Result>(
        _ kind: View.Kind, _ plugin: PluginFile?, _ body: (View, WorkerLaunch) async throws -> Result
    ) async throws -> Result {
        let view = try await project.views.makeView(of: project.root, kind: kind)
        let environment = project.workerEnvironment(run: run).merging(view.variables) { _, own in own }
        let launch = WorkerLaunch(
            executable: project.workerExecutable, environment: environment,
            view: view.order(git: project.root.appending(".git")), plugin: plugin
        )
        do {
            let result = try await body(view, launch)
            try? view.remove()  // What is left is removed with the process's other views.
            return result
        } catch {
            throw view.removed(after: error)
        }
    }

    // MARK: Helpers

    private func contract(for step: PlannedStep, _ bounds: StepBounds, after earlier: [StepOutcome]) -> Contract {
        let context = step.context.compactMap { id -> (outcome: StepOutcome, role: String)? in
            guard let outcome = earlier.last(where: { $0.name.path == id }) else { return nil }
            let role = plan.steps.first { $0.id == id }?.executorName ?? ""
            return (outcome, role)
        }
        return Contract(step: step, parameters: plan.parameters, context: context, limits: bounds)
    }

    private func services(for name: StepName, executor: Executor, view: View) -> StepServices {
        let plugin = executor.pluginID
        return StepServices(
            tell: { kind in await tell(RunEvent(run: run, step: name, kind: kind)) },
            ask: ask,
            changedPaths: { try view.delta().paths },
            readState: { key in try await project.journal.pluginState(key, of: plugin) },
            writeState: { key, value in try await project.journal.setPluginState(key, to: value, of: plugin) }
        )
    }

    /// Says of any error what it means for the step.
    private func explain(_ error: any Error, step: PlannedStep, name: StepName) -> BatonError {
        switch error {
        case let error as BatonError:
            return error
        case let conflict as LandingConflict:
            return conflict.error
        case let failure as WorkerFailure:
            let code: BatonError.Code =
                switch failure.end {
                case .deadline: .timedOut
                case .cancelled: .cancelled
                case .viewFailed: .unsupported
                default: .stepFailed
                }
            let lastLines = failure.lastOutput.split(separator: "\n").suffix(3).joined(separator: "\n")
            return BatonError(
                code, "\(step.subject) \(failure.end.phrase)",
                causes: ["it was running step '\(step.id)'"]
                    + (lastLines.isEmpty ? [] : ["its last output: \(lastLines)"]),
                hints: ["Nothing was changed in your files. The step's log: baton log \(run) \(step.id)"]
            )
        case is CancellationError:
            return BatonError(.cancelled, "step '\(step.id)' was stopped", hints: ["Nothing of it was landed."])
        default:
            return BatonError(.internalError, "step '\(step.id)' failed in an unexpected way", causes: ["\(error)"])
        }
    }
}

/// What changes while a step goes on.
private struct StepWork {
    let step: PlannedStep
    let name: StepName
    var usage: ModelUsage
    var report = StepReport()
    var checks: [CheckResult] = []
}

/// A contract and where the step stands in its run.
private struct Order {
    let contract: Contract
    let base: StepBase
    let start: StepName
    /// From 1.
    let attempt: Int
}

extension PlannedStep {
    /// The paths that the step says it writes, where they are no patterns.
    fileprivate var literalWrites: [FilePath] {
        writes.compactMap { Glob($0).literal }.map { FilePath($0) }
    }
}
