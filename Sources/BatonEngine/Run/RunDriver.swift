// Drives a run: feeds the machine with events and performs its commands.

package import BatonCore
package import BatonRecipes

/// Performs one step; what the driver needs to know of workers, views, models and git.
package protocol StepPerformer: Sendable {
    /// Takes a step from its contract to its landing. Never throws: a failure is an outcome.
    ///
    /// Cancelling the task stops the step; its outcome is then a failure with the code `cancelled`.
    func perform(_ step: PlannedStep, named name: StepName, after earlier: [StepOutcome]) async -> StepOutcome
}

/// A person's or a signal's wish to stop a run.
package enum StopRequest: Sendable {
    /// After the running step.
    case soft
    /// Now.
    case hard
}

/// One run from its start to its end.
package struct RunDriver: Sendable {
    package let run: RunID
    package let plan: Plan
    package let performer: any StepPerformer
    package let observer: any RunObserver
    /// Wishes to stop; finishing the sequence is none.
    package let stops: AsyncStream<StopRequest>

    /// Used where the recipe says nothing: steps that may be started, and how long the run may take.
    package static let defaultSteps = 100
    package static let defaultTime = Duration.seconds(3600)

    package init(
        run: RunID, plan: Plan, performer: any StepPerformer, observer: any RunObserver,
        stops: AsyncStream<StopRequest>
    ) {
        self.run = run
        self.plan = plan
        self.performer = performer
        self.observer = observer
        self.stops = stops
    }

    /// Runs the plan to its end.
    package func drive() async -> RunResult {
        let start = ContinuousClock.now
        let limits = RunMachine.Limits(steps: plan.limits.steps ?? Self.defaultSteps, tokens: plan.limits.tokens)
        var machine = RunMachine(stepCount: plan.steps.count, limits: limits)
        let ending = await withTaskGroup(of: RunMachine.Event?.self) { group in
            group.addTask { await timer() }
            group.addTask { await nextStop() }
            var event: RunMachine.Event? = .started
            while true {
                for command in event.map({ transition(&machine, on: $0) }) ?? [] {
                    switch command {
                    case .start(let index):
                        let earlier = machine.outcomes
                        group.addTask { .stepFinished(await perform(index, after: earlier)) }
                    case .cancelRunningStep:
                        // The timer and the wait for stop requests go too: a step that is being stopped has to end.
                        group.cancelAll()
                    case .finish(let ending):
                        group.cancelAll()
                        return ending
                    }
                }
                event = await group.next() ?? nil
                if event == .stopRequested { group.addTask { await nextStop() } }
            }
        }
        return result(of: ending, machine.outcomes, duration: start.duration(to: .now))
    }

    private func perform(_ index: Int, after earlier: [StepOutcome]) async -> StepOutcome {
        let step = plan.steps[index]
        return await performer.perform(step, named: StepName(number: index + 1, path: step.id), after: earlier)
    }

    private func timer() async -> RunMachine.Event? {
        do {
            try await Task.sleep(for: timeLimit)
            return .timedOut
        } catch {
            return nil  // The run ended before its time was over.
        }
    }

    private func nextStop() async -> RunMachine.Event? {
        for await request in stops {
            return request == .soft ? .stopRequested : .cancelRequested
        }
        return nil
    }

    /// An illegal transition would be a defect here; it must not take the user's program down.
    private func transition(_ machine: inout RunMachine, on event: RunMachine.Event) -> [RunMachine.Command] {
        do {
            return try machine.apply(event)
        } catch {
            assertionFailure("illegal transition: \(error)")
            return [.finish(.failed(.internalError))]
        }
    }

    private func result(of ending: RunEnding, _ outcomes: [StepOutcome], duration: Duration) -> RunResult {
        let error = outcomes.last?.error ?? error(for: ending)
        return RunResult(
            run: run, recipe: plan.recipe, ending: ending, reason: reason(for: ending, outcomes),
            verification: Verification(outcomes.filter { $0.error == nil }), outcomes: outcomes,
            stepCount: plan.steps.count, duration: duration, error: error
        )
    }

    private func reason(for ending: RunEnding, _ outcomes: [StepOutcome]) -> ExitReason {
        switch ending {
        case .completed:
            let mayWrite = plan.steps.contains { !$0.writes.isEmpty }
            return mayWrite && outcomes.allSatisfy { $0.commit == nil } ? .nothingChanged : .done
        case .failed(let code): return code.exitReason
        case .cancelled: return .cancelled
        case .timedOut: return .timedOut
        case .budget: return .budgetExceeded
        }
    }

    private var timeLimit: Duration { plan.limits.time ?? Self.defaultTime }

    private func error(for ending: RunEnding) -> BatonError? {
        switch ending {
        case .budget(let what, let limit):
            BatonError(
                .budgetExceeded, "the run's limit of \(limit) \(what) is reached",
                hints: ["Raise 'limits: {\(what): …}' in the recipe."]
            )
        case .timedOut: BatonError(.timedOut, "the run reached its time limit of \(timeLimit)")
        case .cancelled: BatonError(.cancelled, "the run was stopped")
        case .completed, .failed: nil
        }
    }
}
