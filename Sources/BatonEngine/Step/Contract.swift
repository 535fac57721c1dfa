// What a step is told.

import BatonCore
import BatonRecipes

/// What a role is given for one step: goal, context by reference, what it may touch, when it is done, its limits.
///
/// Context is what earlier steps declared as their outputs and the paths they changed, never their conversation.
struct Contract: Sendable {
    let step: PlannedStep
    let parameters: [String: JSONValue]
    /// The outcomes of the steps that the recipe names as context, in that order.
    let context: [(outcome: StepOutcome, role: String)]
    let limits: StepBounds

    /// The document that the plugin gets: schema "baton.step/1".
    var document: JSONValue {
        .object([
            "schema": "baton.step/1",
            "goal": .string(step.goal),
            "context": .array(context.map { Self.entry($0.outcome, role: $0.role) }),
            "reads": .array(step.reads.map(JSONValue.string)),
            "writes": .array(step.writes.map(JSONValue.string)),
            "parameters": .object(parameters),
            "limits": .object(dropping: [
                "seconds": .number(limits.time / .seconds(1)),
                "tokens": limits.tokens.map(JSONValue.integer),
                "calls": limits.calls.map(JSONValue.integer),
            ]),
        ])
    }

    private static func entry(_ outcome: StepOutcome, role: String) -> JSONValue {
        var paths: [String] = []
        if case .landed(_, let files) = outcome.result { paths = files.map(\.path) }
        return .object(dropping: [
            "step": .string(outcome.name.path),
            "role": .string(role),
            "summary": outcome.report.summary.map(JSONValue.string),
            "paths": .array(paths.map(JSONValue.string)),
            "outputs": outcome.report.outputs,
        ])
    }
}

/// The limits of one step, with the defaults filled in.
struct StepBounds: Hashable, Sendable {
    var time: Duration
    var tokens: Int?
    var calls: Int?

    /// Used where the recipe says nothing.
    static let defaultTime = Duration.seconds(300)
}
