// A whole run with steps that only pretend.

import BatonCore
import BatonEngine
import BatonRecipes
import BatonTestSupport
import Synchronization
import Testing

@Suite("Run driver", .timeLimit(.minutes(1)))
struct RunDriverTests {
    @Test("P-02: a step is told of the outcomes of the steps before it")
    func outcomesAreHandedOn() async {
        let performer = PretendingPerformer()

        let result = await Self.driver(steps: ["a", "b", "c"], performer: performer).drive()

        #expect(result.ending == .completed)
        #expect(performer.seen == [[], ["1 a"], ["1 a", "2 b"]])
    }

    @Test("a run whose steps may write and wrote nothing says so in its exit reason")
    func nothingChanged() async {
        let reader = await Self.driver(steps: ["a"], performer: PretendingPerformer()).drive()
        let writer = await Self.driver(steps: ["a"], performer: PretendingPerformer(), writes: ["**"]).drive()

        #expect(reader.reason == .done)
        #expect(writer.reason == .nothingChanged)
    }

    @Test("Q-10: a hard stop cancels the running step and the run ends as cancelled")
    func hardStop() async {
        let (stops, requests) = AsyncStream.makeStream(of: StopRequest.self)
        let performer = PretendingPerformer(waitingIn: "b") { requests.yield(.hard) }

        let result = await Self.driver(steps: ["a", "b", "c"], performer: performer, stops: stops).drive()

        #expect(result.ending == .cancelled)
        #expect(result.reason == .cancelled)
        #expect(result.outcomes.map(\.name.path) == ["a", "b"])
    }

    @Test("a second Ctrl-C turns a soft stop into a hard one")
    func softThenHard() async {
        let (stops, requests) = AsyncStream.makeStream(of: StopRequest.self)
        let performer = PretendingPerformer(waitingIn: "a") {
            requests.yield(.soft)
            requests.yield(.hard)
        }

        let result = await Self.driver(steps: ["a", "b"], performer: performer, stops: stops).drive()

        #expect(result.ending == .cancelled)
        #expect(result.outcomes.map(\.name.path) == ["a"])
    }

    @Test("Q-02: the run's time limit ends a step that would never end")
    func timeLimit() async {
        let performer = PretendingPerformer(waitingIn: "a") {}

        let result = await Self.driver(
            steps: ["a"], performer: performer, limits: RunLimits(time: .milliseconds(20))
        ).drive()

        #expect(result.ending == .timedOut)
        #expect(result.reason == .timedOut)
    }

    private static func driver(
        steps: [String], performer: PretendingPerformer, writes: [String] = [], limits: RunLimits = RunLimits(),
        stops: AsyncStream<StopRequest> = AsyncStream { _ in }
    ) -> RunDriver {
        let plan = Plan(
            recipe: "test", outcome: nil, parameters: [:], limits: limits,
            steps: steps.map { id in
                PlannedStep(
                    id: id, form: .role("pretender"), goal: "", context: [], reads: [], writes: writes,
                    settings: .object([:]), model: nil, success: [], limits: StepLimits())
            })
        var generator = SeededGenerator(state: 1)
        return RunDriver(
            run: .random(using: &generator), plan: plan, performer: performer, observer: NobodyWatches(), stops: stops)
    }
}

/// Says that each step ended well, and remembers what it was told.
private final class PretendingPerformer: StepPerformer {
    private let log = Mutex<[[String]]>([])
    private let waitingStep: String?
    private let onWait: @Sendable () -> Void

    /// Makes a performer whose step `waitingIn` goes on until it is cancelled; `onWait` is called when it has started.
    init(waitingIn step: String? = nil, onWait: @escaping @Sendable () -> Void = {}) {
        waitingStep = step
        self.onWait = onWait
    }

    var seen: [[String]] { log.withLock { $0 } }

    func perform(_ step: PlannedStep, named name: StepName, after earlier: [StepOutcome]) async -> StepOutcome {
        log.withLock { $0.append(earlier.map(\.name.description)) }
        var result = StepOutcome.Result.unchanged
        if step.id == waitingStep {
            onWait()
            try? await Task.sleep(for: .seconds(3600))  // Ended by being cancelled.
            result = .failed(BatonError(.cancelled, "stopped"))
        }
        return StepOutcome(
            name: name, result: result, usage: ModelUsage(), report: StepReport(), checks: [], duration: .zero)
    }
}

private struct NobodyWatches: RunObserver {
    func observe(_ event: RunEvent) async {}
}
