// What a run tells while it goes on.

package import BatonCore
package import BatonWorkerLink
package import BatonWorkspace

/// One thing that happened in a run: for the journal, for people, and for `--json`.
package struct RunEvent: Sendable {
    package var run: RunID
    package var step: StepName?
    package var kind: Kind

    package enum Kind: Sendable {
        case runStarted(RunStart)
        case stepStarted(StepStart)
        /// What it changed is kept as a commit on a hidden reference, and is judged now.
        case stepProposed(commit: String, paths: Int)
        /// Its changes did not fit what others did meanwhile; it starts again from there.
        case stepRestarted(because: String, attempt: Int)
        /// The step's worker is in its view; nothing of its plugin has run yet.
        case viewEntered(View.Kind, Hold)
        /// The machine does not allow the better kind of view.
        case viewDegraded(to: String, because: String)
        /// What the step is doing now; not recorded.
        case progress(permille: Int?, message: String)
        /// The step says something to the person.
        case message(String)
        /// A line of the step's log or output; `source` is "role", "stdout" or "stderr".
        case logged(level: LogLevel, source: String, line: String)
        case modelCalled(ModelCallRecord)
        case commandRun(CommandRecord)
        case checked(CheckResult)
        /// The step tried something outside of its view and was kept from it.
        case attemptDenied(DeniedAttempt)
        case stepFinished(StepOutcome)
        case runFinished(RunResult)
    }

    package init(run: RunID, step: StepName? = nil, kind: Kind) {
        self.run = run
        self.step = step
        self.kind = kind
    }
}

/// How grave a log line is; the numbers are those of baton_plugin.h.
package enum LogLevel: Int32, Sendable, Comparable {
    case trace = 0
    case debug = 1
    case info = 2
    case warning = 3
    case error = 4
    case hostMisbehaving = 5
    case pluginMisbehaving = 6

    package static func < (left: LogLevel, right: LogLevel) -> Bool { left.rawValue < right.rawValue }
}

package struct RunStart: Hashable, Sendable {
    package var recipe: String
    package var parameters: [String: JSONValue]
    package var stepCount: Int
    package var model: String
    package var baseCommit: String?
    package var branch: String?
    package var view: String
}

package struct StepStart: Hashable, Sendable {
    /// The role's name, or "command".
    package var role: String
    /// The role's name and its plugin's version, as the commit's trailer says it.
    package var roleVersion: String
    package var goal: String
    package var index: Int
    package var stepCount: Int
}

package struct ModelCallRecord: Hashable, Sendable {
    package var model: String
    package var usage: ModelUsage
    package var usageIsEstimated: Bool
    package var duration: Duration
    /// Nil if the call succeeded.
    package var error: String?
}

package struct CommandRecord: Hashable, Sendable {
    package var command: String
    /// How it ended: "exit status 0", "signal 9", "time limit".
    package var end: String
    package var duration: Duration
}

/// Something that a step tried outside of its view, and was kept from.
package struct DeniedAttempt: Hashable, Sendable {
    package var kind: AttemptKind
    /// A path, or an address.
    package var subject: String

    /// What the step did, to be read as a sentence without a subject.
    package var phrase: String {
        switch kind {
        case .write: "tried to write '\(subject)', which is outside of its view; nothing was written"
        case .remove: "tried to remove '\(subject)', which is outside of its view; it is still there"
        case .connect: "tried to connect to \(subject), and has no network"
        }
    }
}

/// What came of a whole run.
package struct RunResult: Hashable, Sendable {
    package var run: RunID
    package var recipe: String
    package var ending: RunEnding
    package var reason: ExitReason
    package var verification: Verification
    package var outcomes: [StepOutcome]
    package var stepCount: Int
    package var duration: Duration
    /// Why the run did not complete.
    package var error: BatonError?

    package var usage: ModelUsage { outcomes.reduce(ModelUsage()) { $0 + $1.usage } }
    package var commits: [String] { outcomes.compactMap(\.commit) }
}

/// How much of a run's work was confirmed by checks that ran; never taken from a model's word.
package enum Verification: String, Hashable, Sendable {
    case verified
    case partiallyVerified = "partially verified"
    case unverified

    /// - Parameter outcomes: Of all steps that ended well. A step counts if it landed changes; its work is confirmed if
    ///   it had checks and all of them passed.
    package init(_ outcomes: [StepOutcome]) {
        let confirmed = outcomes.filter { !$0.checks.isEmpty && $0.checks.allSatisfy(\.passed) }
        let unconfirmed = outcomes.filter { $0.commit != nil && $0.checks.isEmpty }
        self = confirmed.isEmpty ? .unverified : unconfirmed.isEmpty ? .verified : .partiallyVerified
    }
}

/// Who wants to know what happens in a run.
package protocol RunObserver: Sendable {
    /// Takes one event; events of one run come one after the other.
    func observe(_ event: RunEvent) async
}
