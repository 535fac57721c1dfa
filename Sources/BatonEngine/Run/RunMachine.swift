// What happens next in a run: a value, without any I/O.

package import BatonCore

/// The state of one run and the only place that decides its transitions.
///
/// Events go in, commands come out; the driver performs the commands and reports what came of them as further events.
/// So a run can be replayed, simulated and tested without a model, a worker or a repository.
package struct RunMachine: Sendable {
    /// What has happened.
    package enum Event: Hashable, Sendable {
        case started
        case stepFinished(StepOutcome)
        /// Finish the running step, start no other.
        case stopRequested
        /// Stop the running step too.
        case cancelRequested
        /// The run's time is over.
        case timedOut
    }

    /// What is to be done.
    package enum Command: Hashable, Sendable {
        /// Start the step at this index of the plan.
        case start(Int)
        case cancelRunningStep
        case finish(RunEnding)
    }

    package enum State: Hashable, Sendable {
        case planned
        /// `index` is the running step's.
        case running(index: Int)
        /// As running, but nothing is started afterwards; `because` is how the run will end.
        case stopping(index: Int, because: RunEnding)
        case ended(RunEnding)
    }

    /// An event that cannot happen in this state: a defect of the driver.
    package struct IllegalTransition: Error, Hashable, Sendable {
        package let state: State
        package let event: Event
    }

    package private(set) var state = State.planned
    package private(set) var outcomes: [StepOutcome] = []
    private let stepCount: Int
    private let limits: Limits

    /// What the machine itself watches over; a driver watches over time, and a step's host over its calls.
    package struct Limits: Hashable, Sendable {
        /// Steps that may be started.
        package var steps: Int
        /// Tokens of all steps together; nil: no limit.
        package var tokens: Int?

        package init(steps: Int, tokens: Int?) {
            self.steps = steps
            self.tokens = tokens
        }
    }

    package init(stepCount: Int, limits: Limits) {
        self.stepCount = stepCount
        self.limits = limits
    }

    package mutating func apply(_ event: Event) throws(IllegalTransition) -> [Command] {
        switch (state, event) {
        case (.planned, .started):
            return startStep(at: 0)
        case (.planned, .stopRequested), (.planned, .cancelRequested):
            return end(.cancelled)
        case (.planned, .timedOut):
            return end(.timedOut)
        case (.running(let index), .stepFinished(let outcome)):
            outcomes.append(outcome)
            if let error = outcome.error { return end(.failed(error.code)) }
            return startStep(at: index + 1)
        case (.stopping(let index, let reason), .stepFinished(let outcome)):
            outcomes.append(outcome)
            // A step that was the last one, and ended well, completes the run after all.
            if outcome.error == nil, index + 1 == stepCount { return end(.completed) }
            return end(reason)
        case (.running(let index), .stopRequested):
            state = .stopping(index: index, because: .cancelled)
            return []
        case (.running(let index), .cancelRequested), (.stopping(let index, _), .cancelRequested):
            state = .stopping(index: index, because: .cancelled)
            return [.cancelRunningStep]
        case (.running(let index), .timedOut):
            state = .stopping(index: index, because: .timedOut)
            return [.cancelRunningStep]
        case (.stopping, .stopRequested), (.stopping, .timedOut):
            return []
        case (.ended, .stopRequested), (.ended, .cancelRequested), (.ended, .timedOut):
            return []  // Came too late: the run ended while the request was under way.
        case (.planned, .stepFinished), (.running, .started), (.stopping, .started), (.ended, .started),
            (.ended, .stepFinished):
            throw IllegalTransition(state: state, event: event)
        }
    }

    private mutating func startStep(at index: Int) -> [Command] {
        guard index < stepCount else { return end(.completed) }
        guard index < limits.steps else { return end(.budget("steps", limit: limits.steps)) }
        let tokens = outcomes.reduce(0) { $0 + $1.usage.tokens }
        if let limit = limits.tokens, tokens >= limit { return end(.budget("tokens", limit: limit)) }
        state = .running(index: index)
        return [.start(index)]
    }

    private mutating func end(_ ending: RunEnding) -> [Command] {
        state = .ended(ending)
        return [.finish(ending)]
    }
}

/// How a run ended.
package enum RunEnding: Hashable, Sendable {
    case completed
    /// A step failed with this code.
    case failed(BatonError.Code)
    case cancelled
    case timedOut
    /// A limit of the recipe was reached before all steps were started.
    case budget(String, limit: Int)

    /// The word in the journal and in JSON.
    package var name: String {
        switch self {
        case .completed: "completed"
        case .failed: "failed"
        case .cancelled: "cancelled"
        case .timedOut: "timed-out"
        case .budget: "budget-exceeded"
        }
    }
}
