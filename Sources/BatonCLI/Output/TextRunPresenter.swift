// A run for people: results as they land, one line for what goes on.

import BatonCore
import BatonEngine
import BatonTerminal
import BatonWorkspace

/// Writes a run's results as lines to standard output and what goes on to the progress line.
actor TextRunPresenter: RunPresenting {
    private let console: Console
    private let start = ContinuousClock.now
    private var running: RunningStep?
    private var tokens = 0

    private struct RunningStep {
        let title: String
        let start: ContinuousClock.Instant
        var doing = "starting"
        var attempts: [DeniedAttempt] = []
    }

    /// Attempts of one step that are shown; all of them are in its log.
    private static let shownAttempts = 5

    /// How often what changes with time is shown.
    private static let tick = Duration.milliseconds(500)

    init(console: Console) {
        self.console = console
    }

    func presenting(_ body: @Sendable () async throws -> RunResult) async throws -> RunResult {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await self.showTime() }
            defer {
                group.cancelAll()
                console.endProgress()
            }
            return try await body()
        }
    }

    private func showTime() async {
        while (try? await Task.sleep(for: Self.tick)) != nil { showProgress() }
    }

    // MARK: Events

    func observe(_ event: RunEvent) async {
        switch event.kind {
        case .runStarted(let start): show(start, of: event.run)
        case .stepStarted(let start):
            guard let step = event.step else { return }
            running = RunningStep(
                title: "[\(start.index + 1)/\(start.stepCount)] \(step.path) · \(start.role)", start: .now)
            showProgress()
        case .stepRestarted(let reason, let attempt):
            console.note("    \("again, attempt \(attempt): \(reason)", .quiet)")
        case .viewDegraded(let kind, let reason):
            console.warn("\(Self.warning(of: kind))", hints: ["\(reason.capitalizedFirst). 'baton doctor' says more."])
        case .progress(_, let message):
            running?.doing = message
            showProgress()
        case .message(let text): console.note("    \(text, .quiet)")
        case .modelCalled(let record):
            tokens += record.usage.tokens
            showProgress()
        case .logged(let level, _, let line) where level >= .warning: console.note("    \(line, .quiet)")
        case .attemptDenied(let attempt): running?.attempts.append(attempt)
        case .viewEntered, .logged, .commandRun, .checked, .stepProposed: break
        case .stepFinished(let outcome): show(outcome)
        case .runFinished(let result): show(result)
        }
    }

    /// What it means for the user that steps have views of a lesser kind.
    private static func warning(of kind: String) -> String {
        switch View.Kind(rawValue: kind) {
        case .fuseOverlay: "steps are isolated by fuse-overlayfs here, which is slower"
        case .inPlace: "steps are not isolated here; each works in your own directory, which is put back after it"
        default: "steps are not isolated here; each works in a copy of the directory"
        }
    }

    private func show(_ start: RunStart, of run: RunID) {
        let words = "\(start.recipe) · \(Format.count(start.stepCount, "step")) · \(start.model)"
        console.data("run \(run, .id) · \(words)")
    }

    private func showProgress() {
        guard let running else { return }
        var fields = ProgressFields()
        fields.add(running.title, importance: 4)
        fields.add(running.doing, importance: 3)
        if tokens > 0 { fields.add(Format.count(tokens, "token"), importance: 1) }
        fields.add(Format.elapsed(running.start.duration(to: .now)), importance: 2)
        let log = "\(running.title) · \(running.doing)"
        console.progress(
            fields.text(width: console.capabilities.width), log: log, at: start.duration(to: .now))
    }

    private func show(_ outcome: StepOutcome) {
        let attempts = running?.attempts ?? []
        running = nil
        console.endProgress()
        let time = Format.duration(outcome.duration)
        let name = "  \(outcome.name.number) \(outcome.name.path)"
        switch outcome.result {
        case .landed(let commit, let files):
            console.data("\(name)  \(commit.prefix(7), .id)  \(Self.text(files))  \("\(time)", .quiet)")
        case .unchanged: console.data("\(name)  no changes  \("\(time)", .quiet)")
        case .failed(let error): console.data("\(name)  \("failed", .error) (\(error.code))  \("\(time)", .quiet)")
        }
        if let summary = outcome.report.summary, outcome.error == nil {
            console.data("      \(sanitizedLine(summary))")
        }
        for check in outcome.checks {
            console.data("      \(check.passed ? "passed" : "not passed"): \(sanitizedLine(check.what))")
        }
        for attempt in attempts.prefix(Self.shownAttempts) {
            console.data("      \("denied", .warning): \(sanitizedLine(attempt.phrase))")
        }
        if attempts.count > Self.shownAttempts {
            console.data("      \("denied", .warning): \(attempts.count - Self.shownAttempts) attempts more")
        }
    }

    private static func text(_ files: [LandedFile]) -> StyledText {
        let shown = files.prefix(3).map { file -> StyledText in
            var text: StyledText = "\(sanitizedLine(file.path))"
            if file.addedLines > 0 { text += " \("+\(file.addedLines)", .addition)" }
            if file.removedLines > 0 { text += " \("-\(file.removedLines)", .removal)" }
            return text
        }
        var text = shown.dropFirst().reduce(shown.first ?? "") { $0 + ", " + $1 }
        if files.count > 3 { text += " and \(files.count - 3) more" }
        return text
    }

    private func show(_ result: RunResult) {
        console.endProgress()
        if let error = result.error { console.report(error) }
        var words = ["\(result.outcomes.count { $0.error == nil }) of \(Format.count(result.stepCount, "step")) done"]
        words.append(Format.count(result.commits.count, "commit"))
        if result.usage.calls > 0 { words.append(Format.count(result.usage.tokens, "token")) }
        words.append(Format.duration(result.duration))
        let ending =
            result.ending == .completed ? "\(result.ending.name), \(result.verification.rawValue)" : result.ending.name
        console.data("run \(result.run, .id) \(ending): \(words.joined(separator: " · "))")
        if result.reason == .nothingChanged {
            console.note("\("hint", .hint): No step changed a file. The steps' logs: baton log \(result.run)")
        }
    }
}

extension String {
    /// The text as the beginning of a sentence.
    fileprivate var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
