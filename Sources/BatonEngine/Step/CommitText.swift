// The message of a step's commit.

import BatonCore
import BatonGit
import BatonRecipes
import SystemPackage

/// What the log of git says of a step: in the subject what was done, in the trailers who did it and with what.
struct CommitText: Sendable {
    let run: RunID
    let name: StepName
    let executor: Executor
    let step: PlannedStep
    let report: StepReport

    func message(delta: Delta, models: [String], usage: ModelUsage) -> CommitMessage {
        var trailers = [
            Trailer(Trailer.Key.run, run.description),
            Trailer(Trailer.Key.step, name.description),
            Trailer(Trailer.Key.role, executor.version),
        ]
        if !models.isEmpty { trailers.append(Trailer(Trailer.Key.model, models.joined(separator: ", "))) }
        if usage.calls > 0 { trailers.append(Trailer(Trailer.Key.tokens, "\(usage.tokens)")) }
        return CommitMessage(subject: "\(executor.name): \(done(delta))", body: body, trailers: trailers)
    }

    /// The role's own line, or else what the changes are.
    private func done(_ delta: Delta) -> String {
        if let summary = report.summary, !summary.isEmpty { return summary }
        if case .command(let line) = executor { return line }
        let verb = delta.changes.allSatisfy { $0.kind == .removed } ? "remove" : "change"
        let first = delta.paths.first.map(\.string) ?? ""
        return delta.changes.count == 1 ? "\(verb) \(first)" : "\(verb) \(first) and \(delta.changes.count - 1) more"
    }

    private var body: String? { step.goal.isEmpty ? nil : step.goal }
}
