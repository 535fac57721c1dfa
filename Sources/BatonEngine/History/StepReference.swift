// How people name a step: '3', 'draft', '7f3a/3', '7f3a/draft', or its commit.

package import BatonCore

/// A step as people name it.
package struct StepReference: Hashable, Sendable {
    package let text: String
    /// A run's id or the start of one; nil: the latest run that has such a step.
    let run: String?
    /// A number, an id, or the start of a commit's id.
    let step: String

    package init(_ text: String) {
        self.text = text
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        if parts.count == 2, parts[0].allSatisfy(\.isHexDigit), !parts[0].isEmpty {
            (run, step) = (parts[0], parts[1])
        } else {
            (run, step) = (nil, text)
        }
    }

    /// Finds the step in a history, which has the newest run first.
    ///
    /// - Throws: `notFound`, or `invalidInput` if several runs begin so.
    package func find(in history: [RunHistory]) throws(BatonError) -> (run: RunHistory, step: StepHistoryEntry) {
        if run == nil, let found = findByCommit(in: history) { return found }
        let candidates = try runs(in: history)
        for run in candidates {
            if let step = run.steps.first(where: { matches($0) }) { return (run, step) }
            // Without a run's name only the latest run is meant: an older one must not be hit by mistake.
            break
        }
        guard let latest = candidates.first else {
            throw BatonError(
                .notFound, "there is no step '\(text)'; nothing has been run here",
                hints: ["Run a recipe first: 'baton recipes' lists them."])
        }
        let names = latest.steps.map { "\($0.name.number) \($0.name.path)" }.joined(separator: ", ")
        var hints = ["Its steps: \(names). For a step of another run write RUN/STEP; 'baton log' lists them."]
        if let near = nearestName(to: step, among: latest.steps.map(\.name.path)) {
            hints.insert("Did you mean '\(near)'?", at: 0)
        }
        throw BatonError(.notFound, "run \(latest.run) has no step '\(step)'", hints: hints)
    }

    private func matches(_ entry: StepHistoryEntry) -> Bool {
        Int(step) == entry.name.number || step == entry.name.path
    }

    private func runs(in history: [RunHistory]) throws(BatonError) -> [RunHistory] {
        guard let run else { return history }
        let found = history.filter { $0.run.description.hasPrefix(run.lowercased()) }
        guard found.count <= 1 else {
            let ids = found.map(\.run.description).joined(separator: " or ")
            throw BatonError(.invalidInput, "run id prefix '\(run)' is ambiguous; it could be \(ids)")
        }
        guard !found.isEmpty else {
            throw BatonError(.notFound, "there is no run '\(run)'", hints: ["'baton log' lists the runs."])
        }
        return found
    }

    /// At least seven digits, as git shows them, so that a step's number is never taken for a commit.
    private func findByCommit(in history: [RunHistory]) -> (run: RunHistory, step: StepHistoryEntry)? {
        guard step.count >= 7, step.allSatisfy(\.isHexDigit) else { return nil }
        for run in history {
            for entry in run.steps where entry.commit?.hasPrefix(step.lowercased()) == true { return (run, entry) }
        }
        return nil
    }
}
