// Starts runs.

package import BatonCore
import BatonGit
import BatonModels
package import BatonRecipes
import BatonWorkers
import BatonWorkspace
import SystemPackage

/// What a run needs besides its plan.
package struct RunSetting: Sendable {
    package var models: any ModelResolving
    package var observer: any RunObserver
    package var stops: AsyncStream<StopRequest>
    /// Asks the person; nil if nobody is there.
    package var ask: @Sendable (StepQuestion) async -> String?

    package init(
        models: any ModelResolving, observer: any RunObserver, stops: AsyncStream<StopRequest>,
        ask: @escaping @Sendable (StepQuestion) async -> String?
    ) {
        self.models = models
        self.observer = observer
        self.stops = stops
        self.ask = ask
    }
}

extension Project {
    /// Runs a plan to its end.
    ///
    /// What happens is written to the journal before the observer hears of it.
    ///
    /// - Throws: ``BatonError`` if the run cannot start; a run that started has a result, whatever came of it.
    package nonisolated func run(_ plan: Plan, as run: RunID, _ setting: RunSetting) async throws -> RunResult {
        try await git.checkCanLand()
        try await checkParts(of: plan, setting)
        let model = try await setting.models.model(named: nil)
        let recorder = RunRecorder(journal: journal, observer: setting.observer)
        let head = try await git.head()
        let start = RunStart(
            recipe: plan.recipe, parameters: plan.parameters, stepCount: plan.steps.count, model: model.name,
            baseCommit: head.commit, branch: head.branch, view: await viewKind().rawValue
        )
        await recorder.observe(RunEvent(run: run, kind: .runStarted(start)))
        let runner = StepRunner(
            run: run, plan: plan, project: self, models: setting.models,
            budget: Budget(tokens: plan.limits.tokens, calls: plan.limits.calls),
            tell: { await recorder.observe($0) }, ask: setting.ask
        )
        let driver = RunDriver(run: run, plan: plan, performer: runner, observer: recorder, stops: setting.stops)
        let result = await driver.drive()
        await views.clear()
        if !result.commits.isEmpty { await git.tidyUp() }
        await recorder.observe(RunEvent(run: run, kind: .runFinished(result)))
        if let error = await recorder.journalError { throw error }
        return result
    }
}

extension Project {
    /// Finds every role, plugin and model that the plan names, before anything of it runs.
    private nonisolated func checkParts(of plan: Plan, _ setting: RunSetting) async throws {
        for step in plan.steps {
            if case .role(let role) = try Executor(of: step, in: plugins) { _ = try await pluginFiles.file(of: role) }
            if let model = step.model { _ = try await setting.models.model(named: model) }
        }
    }
}

/// Writes events to the journal, then passes them on.
private actor RunRecorder: RunObserver {
    private let journal: Journal
    private let observer: any RunObserver
    /// The first event that could not be written.
    private(set) var journalError: BatonError?

    init(journal: Journal, observer: any RunObserver) {
        self.journal = journal
        self.observer = observer
    }

    func observe(_ event: RunEvent) async {
        do {
            try await journal.record(event)
        } catch let error as BatonError {
            journalError = journalError ?? error
        } catch {
            journalError = journalError ?? BatonError(.internalError, "cannot write the journal", causes: ["\(error)"])
        }
        await observer.observe(event)
    }
}
