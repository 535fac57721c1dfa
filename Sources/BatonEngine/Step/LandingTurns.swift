// Lets steps that run at once land in their order.

import BatonCore
import BatonRecipes

/// Whose turn it is to land.
///
/// Steps that run at once are done in any order; they land in the order of the recipe, so that the same recipe always
/// makes the same history.
actor LandingTurns {
    /// Numbers of the steps that have neither landed nor failed yet.
    private var open: Set<Int>
    private var waiting: [Int: CheckedContinuation<Void, Never>] = [:]

    init(_ numbers: [Int]) {
        open = Set(numbers)
    }

    /// Returns once all steps with smaller numbers have ended.
    func wait(for number: Int) async {
        guard open.contains(where: { $0 < number }) else { return }
        await withCheckedContinuation { waiting[number] = $0 }
    }

    /// The step has landed, or it will not.
    func end(_ number: Int) {
        open.remove(number)
        let first = open.min() ?? .max
        for ready in waiting.keys.filter({ $0 <= first }) { waiting.removeValue(forKey: ready)?.resume() }
    }
}

extension StepRunner {
    /// Runs steps at once, each in a view of its own, and lands them in their order.
    ///
    /// - Returns: Their outcomes, in the order of `steps`.
    func performTogether(
        _ steps: [(step: PlannedStep, name: StepName)], after earlier: [StepOutcome]
    ) async -> [StepOutcome] {
        let turns = LandingTurns(steps.map(\.name.number))
        var runner = self
        runner.turns = turns
        return await withTaskGroup(of: StepOutcome.self) { [runner] group in
            for (step, name) in steps {
                group.addTask {
                    let outcome = await runner.perform(step, named: name, after: earlier)
                    await turns.end(name.number)
                    return outcome
                }
            }
            var outcomes: [Int: StepOutcome] = [:]
            for await outcome in group { outcomes[outcome.name.number] = outcome }
            return steps.compactMap { outcomes[$0.name.number] }
        }
    }
}
