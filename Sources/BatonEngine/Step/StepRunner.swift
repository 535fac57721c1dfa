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
        try await withView(for: work.name, plugin: plugin, network: work.step.network) { view, launch in
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
struct StepWork {
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
