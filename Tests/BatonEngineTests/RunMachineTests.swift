// The transitions of a run, without anything that runs.

import BatonCore
import BatonEngine
import BatonTestSupport
import Testing

@Suite("Run machine")
struct RunMachineTests {
    private static func outcome(_ number: Int, error: BatonError? = nil, tokens: Int = 0) -> StepOutcome {
        StepOutcome(
            name: StepName(number: number, path: "s\(number)"), result: error.map { .failed($0) } ?? .unchanged,
            usage: ModelUsage(inputTokens: tokens), report: StepReport(), checks: [], duration: .zero)
    }

    private static func machine(steps: Int, limit: Int = 100, tokens: Int? = nil) -> RunMachine {
        RunMachine(stepCount: steps, limits: .init(steps: limit, tokens: tokens))
    }

    @Test("P-01: steps start in the order of the recipe, each after the one before it has ended")
    func order() throws {
        var machine = Self.machine(steps: 3)

        #expect(try machine.apply(.started) == [.start(0)])
        #expect(try machine.apply(.stepFinished(Self.outcome(1))) == [.start(1)])
        #expect(try machine.apply(.stepFinished(Self.outcome(2))) == [.start(2)])
        #expect(try machine.apply(.stepFinished(Self.outcome(3))) == [.finish(.completed)])
        #expect(machine.outcomes.map(\.name.number) == [1, 2, 3])
    }

    @Test("P-03: after a step that failed none is started")
    func failure() throws {
        var machine = Self.machine(steps: 3)
        _ = try machine.apply(.started)

        let commands = try machine.apply(.stepFinished(Self.outcome(1, error: BatonError(.checkFailed, "no"))))

        #expect(commands == [.finish(.failed(.checkFailed))])
    }

    @Test("A-20: a soft stop lets the running step end and starts no other; a hard one cancels it")
    func stopping() throws {
        var machine = Self.machine(steps: 3)
        _ = try machine.apply(.started)

        #expect(try machine.apply(.stopRequested) == [])
        #expect(try machine.apply(.cancelRequested) == [.cancelRunningStep])
        #expect(try machine.apply(.stepFinished(Self.outcome(1))) == [.finish(.cancelled)])
    }

    @Test("a soft stop during the last step does not take its success away")
    func stopAtTheEnd() throws {
        var machine = Self.machine(steps: 1)
        _ = try machine.apply(.started)
        _ = try machine.apply(.stopRequested)

        #expect(try machine.apply(.stepFinished(Self.outcome(1))) == [.finish(.completed)])
    }

    @Test("the limit of steps holds: as many start, and not one more", arguments: 0...3)
    func stepLimit(limit: Int) throws {
        var machine = Self.machine(steps: 3, limit: limit)
        var started = 0
        var commands = try machine.apply(.started)
        while commands == [.start(started)] {
            started += 1
            commands = try machine.apply(.stepFinished(Self.outcome(started)))
        }

        #expect(started == limit)
        #expect(commands == [.finish(limit == 3 ? .completed : .budget("steps", limit: limit))])
    }

    @Test("the limit of tokens ends a run between steps", arguments: [(99, false), (100, true), (101, true)])
    func tokenLimit(used: Int, isOver: Bool) throws {
        var machine = Self.machine(steps: 2, tokens: 100)
        _ = try machine.apply(.started)

        let commands = try machine.apply(.stepFinished(Self.outcome(1, tokens: used)))

        #expect(commands == (isOver ? [.finish(.budget("tokens", limit: 100))] : [.start(1)]))
    }

    @Test("random events: every run ends, illegal ones are refused and change nothing, nothing happens after the end")
    func randomEvents() {
        let seed = UInt64.random(in: .min ... .max)
        var generator = SeededGenerator(state: seed)
        for _ in 0..<2000 {
            let steps = Int.random(in: 0...5, using: &generator)
            var machine = Self.machine(steps: steps, limit: Int.random(in: 0...6, using: &generator))
            var running = 0
            var endings = 0
            for _ in 0..<30 {
                let event = Self.randomEvent(using: &generator)
                let before = machine.state
                guard let commands = try? machine.apply(event) else {
                    #expect(machine.state == before, "seed \(seed)")
                    continue
                }
                for command in commands {
                    switch command {
                    case .start: running += 1
                    case .finish: endings += 1
                    case .cancelRunningStep: break
                    }
                }
                if case .stepFinished = event { running -= 1 }
                #expect((0...1).contains(running), "at most one step runs; seed \(seed)")
                #expect(endings <= 1, "a run ends once; seed \(seed)")
            }
            if case .planned = machine.state { continue }
            while case .running = machine.state { _ = try? machine.apply(.stepFinished(Self.outcome(1))) }
            while case .stopping = machine.state { _ = try? machine.apply(.stepFinished(Self.outcome(1))) }
            guard case .ended = machine.state else {
                Issue.record("the run does not end; seed \(seed)")
                return
            }
        }
    }

    private static func randomEvent(using generator: inout SeededGenerator) -> RunMachine.Event {
        switch Int.random(in: 0...6, using: &generator) {
        case 0: .started
        case 1: .stopRequested
        case 2: .cancelRequested
        case 3: .timedOut
        case 4: .stepFinished(outcome(1, error: BatonError(.stepFailed, "no")))
        default: .stepFinished(outcome(1))
        }
    }
}
