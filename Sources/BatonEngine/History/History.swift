// What Baton did in this repository: git says what landed, the journal says the rest.

package import BatonCore
import BatonGit
import Foundation

/// One run as the log shows it.
package struct RunHistory: Sendable {
    package var run: RunID
    /// Nil if the journal does not know the run, as in a colleague's clone.
    package var recipe: String?
    /// ISO 8601, UTC; the start, or else the first commit's time.
    package var time: String?
    /// How it ended; nil if it still goes on or was cut off, or if the journal does not know it.
    package var ending: String?
    package var verification: String?
    package var steps: [StepHistoryEntry]

    package init(
        run: RunID, recipe: String?, time: String?, ending: String?, verification: String?, steps: [StepHistoryEntry]
    ) {
        self.run = run
        self.recipe = recipe
        self.time = time
        self.ending = ending
        self.verification = verification
        self.steps = steps
    }
}

/// One step as the log shows it.
package struct StepHistoryEntry: Sendable {
    package var name: StepName
    package var role: String
    package var state: State
    /// 40 hexadecimal digits; nil if nothing landed.
    package var commit: String?
    /// The models that answered.
    package var model: String?
    /// What was done, or why it failed.
    package var summary: String?
    package var tokens: Int?

    package init(name: StepName, role: String, state: State, commit: String? = nil) {
        self.name = name
        self.role = role
        self.state = state
        self.commit = commit
    }

    package enum State: Hashable, Sendable {
        case landed
        /// Taken back by that commit.
        case reverted(by: String)
        case unchanged
        case failed
        /// It started, and the journal has no end of it.
        case unfinished
        /// Part of that commit, with others of its run.
        case squashed(into: String)
        /// `baton undo` took it back, without a commit.
        case undone
        /// The journal says that it landed, and no commit of it can be reached from HEAD.
        case lost
    }
}

extension Project {
    /// The newest runs, at most `limit`, newest first.
    package nonisolated func history(limit: Int) async throws -> [RunHistory] {
        let commits = try await git.stepHistory(limit: limit * Self.stepsPerRun).steps
        let byRun = Dictionary(grouping: commits, by: \.run)
        var runs: [RunHistory] = []
        for run in try await journal.latestRuns(limit) {
            runs.append(RunHistory(run, events: try await journal.events(of: run), commits: byRun[run] ?? []))
        }
        let known = Set(runs.map(\.run))
        for (run, commits) in byRun where !known.contains(run) {
            runs.append(RunHistory(run, events: try await journal.events(of: run), commits: commits))
        }
        // The operations are many, and most histories have no step that is missing.
        if runs.contains(where: { run in run.steps.contains { $0.state == .lost } }) {
            let undone = try await undoneSteps()
            for index in runs.indices { runs[index].mark(undone: undone) }
        }
        return Array(runs.sorted { ($0.time ?? "") > ($1.time ?? "") }.prefix(limit))
    }

    /// The steps whose landing was the last to be undone, rather than done.
    private nonisolated func undoneSteps() async throws -> [StepOfRun: String] {
        var undone: [StepOfRun: String] = [:]
        var seen: Set<StepOfRun> = []
        var commits: [StepOfRun: String] = [:]
        for operation in try await git.operations(limit: Self.operationsMax) {
            for step in operation.steps {
                if operation.kind == .land { commits[step] = operation.new }
                guard seen.insert(step).inserted, operation.kind == .undo else { continue }
                undone[step] = ""
            }
        }
        return undone.reduce(into: [:]) { $0[$1.key] = commits[$1.key] ?? "" }
    }

    /// Operations that are looked through for undone steps.
    private static var operationsMax: Int { 500 }

    /// Steps of one run that are looked for at most, on average.
    private static var stepsPerRun: Int { 50 }
}

extension RunHistory {
    private static func iso(_ seconds: Int) -> String {
        JournalTime.text(of: Date(timeIntervalSince1970: Double(seconds)))
    }

    init(_ run: RunID, events: [JournalEvent], commits: [StepCommit]) {
        self.run = run
        let start = events.first { $0.kind == "run-started" }
        let finish = events.first { $0.kind == "run-finished" }
        recipe = start?.data["recipe"]?.stringValue
        time = start?.time ?? commits.map(\.authorTime).min().map(Self.iso)
        ending = finish?.data["ending"]?.stringValue
        verification = finish?.data["verification"]?.stringValue

        var entries: [StepName: StepHistoryEntry] = [:]
        for event in events {
            guard let name = event.step else { continue }
            switch event.kind {
            case "step-started":
                let role = event.data["role"]?.stringValue ?? ""
                entries[name] = StepHistoryEntry(name: name, role: role, state: .unfinished)
            case "step-finished": entries[name]?.finish(event.data)
            default: break
            }
        }
        for commit in commits {
            let role = commit.role ?? ""
            var entry = entries[commit.step] ?? StepHistoryEntry(name: commit.step, role: role, state: .landed)
            entry.adopt(commit)
            entries[commit.step] = entry
        }
        steps = entries.values.sorted { $0.name.number < $1.name.number }
    }
}

extension RunHistory {
    /// A step that is not on the branch because it was undone is not lost.
    fileprivate mutating func mark(undone: [StepOfRun: String]) {
        for index in steps.indices where steps[index].state == .lost {
            guard let commit = undone[StepOfRun(run, steps[index].name)] else { continue }
            steps[index].state = .undone
            if !commit.isEmpty { steps[index].commit = commit }
        }
    }
}

extension StepHistoryEntry {
    fileprivate mutating func finish(_ data: JSONValue) {
        summary = data["summary"]?.stringValue
        let usage = data["usage"]
        if usage?["calls"]?.intValue ?? 0 > 0 {
            tokens = (usage?["input_tokens"]?.intValue ?? 0) + (usage?["output_tokens"]?.intValue ?? 0)
        }
        switch data["result"]?.stringValue {
        case "landed": state = .lost  // Until its commit is found.
        case "unchanged": state = .unchanged
        case "failed":
            state = .failed
            summary = data["error"]?["message"]?.stringValue
        default: break
        }
    }

    /// Git has the last word on what landed.
    fileprivate mutating func adopt(_ commit: StepCommit) {
        self.commit = commit.commit
        model = commit.model
        tokens = commit.tokens ?? tokens
        summary = summary ?? commit.subject
        switch commit.state {
        case .landed: state = .landed
        case .reverted(let id): state = .reverted(by: id)
        case .squashed(let id): state = .squashed(into: id)
        }
    }
}
