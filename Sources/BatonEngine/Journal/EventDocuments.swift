// Events as JSON: for the journal and for `--json`. Reference: docs/events.md.

package import BatonCore
import BatonWorkerLink
import BatonWorkspace

extension RunEvent {
    /// The event as a line of `--json`: schema "baton.event/1".
    package var document: JSONValue {
        let (kind, data) = self.kind.described
        var members = data.objectValue ?? [:]
        members["schema"] = "baton.event/1"
        members["event"] = .string(kind)
        members["run"] = .string(run.description)
        if let step {
            members["step"] = .string(step.path)
            members["step_number"] = .integer(step.number)
        }
        return .object(members)
    }
}

extension RunEvent.Kind {
    /// What the journal keeps: all but what is only of the moment.
    var recorded: (kind: String, data: JSONValue)? {
        if case .progress = self { nil } else { described }
    }

    /// The event's name and its members.
    var described: (kind: String, data: JSONValue) {
        switch self {
        case .runStarted(let start): ("run-started", start.document)
        case .stepStarted(let start): ("step-started", start.document)
        case .stepProposed(let commit, let paths):
            ("step-proposed", ["commit": .string(commit), "paths": .integer(paths)])
        case .stepRestarted(let reason, let attempt):
            ("step-restarted", ["reason": .string(reason), "attempt": .integer(attempt)])
        case .viewEntered(let kind, let hold):
            (
                "view-entered",
                ["view": .string(kind.rawValue), "isolated": .bool(kind.isIsolated), "hold": hold.document]
            )
        case .viewDegraded(let kind, let reason):
            (
                "view-degraded",
                [
                    "view": .string(kind), "isolated": .bool(View.Kind(rawValue: kind)?.isIsolated == true),
                    "reason": .string(reason),
                ]
            )
        case .progress(let permille, let message):
            ("progress", .object(dropping: ["permille": permille.map(JSONValue.integer), "message": .string(message)]))
        case .message(let text): ("message", ["text": .string(text)])
        case .logged(let level, let source, let line):
            ("log", ["level": .integer(Int(level.rawValue)), "source": .string(source), "line": .string(line)])
        case .modelCalled(let record): ("model-call", record.document)
        case .commandRun(let record): ("command", record.document)
        case .checked(let check): ("check", check.document)
        case .attemptDenied(let attempt): ("denied-attempt", attempt.document)
        case .stepFinished(let outcome): ("step-finished", outcome.document)
        case .runFinished(let result): ("run-finished", result.document)
        }
    }
}

extension RunStart {
    fileprivate var document: JSONValue {
        .object(dropping: [
            "recipe": .string(recipe),
            "parameters": .object(parameters),
            "steps": .integer(stepCount),
            "model": .string(model),
            "base_commit": baseCommit.map(JSONValue.string),
            "branch": branch.map(JSONValue.string),
            "view": .string(view),
            "isolated": .bool(View.Kind(rawValue: view)?.isIsolated == true),
        ])
    }
}

extension StepStart {
    fileprivate var document: JSONValue {
        ["role": .string(role), "role_version": .string(roleVersion), "goal": .string(goal)]
    }
}

extension ModelCallRecord {
    fileprivate var document: JSONValue {
        .object(dropping: [
            "model": .string(model),
            "usage": usage.document,
            "usage_is_estimated": .bool(usageIsEstimated),
            "seconds": .seconds(duration),
            "error": error.map(JSONValue.string),
        ])
    }
}

extension CommandRecord {
    fileprivate var document: JSONValue {
        ["command": .string(command), "end": .string(end), "seconds": .seconds(duration)]
    }
}

extension CheckResult {
    package var document: JSONValue {
        .object(dropping: [
            "what": .string(what), "passed": .bool(passed), "detail": detail.map(JSONValue.string),
        ])
    }
}

extension Hold {
    var document: JSONValue {
        [
            "landlock_abi": .integer(Int(landlock)), "filters_calls": .bool(filtersCalls),
            "notes_attempts": .bool(notesAttempts), "counts_usage": .bool(countsUsage),
            "limits_processes": .bool(limitsProcesses),
        ]
    }
}

extension DeniedAttempt {
    fileprivate var document: JSONValue {
        let what =
            switch kind {
            case .write: "write"
            case .remove: "remove"
            case .connect: "connect"
            }
        return ["what": .string(what), "path": .string(subject), "message": .string(phrase)]
    }
}

extension StepOutcome {
    /// The word for ``result``.
    package var resultName: String {
        switch result {
        case .landed: "landed"
        case .unchanged: "unchanged"
        case .failed: "failed"
        }
    }

    package var document: JSONValue {
        var files: [LandedFile] = []
        if case .landed(_, let landed) = result { files = landed }
        return .object(dropping: [
            "result": .string(resultName),
            "commit": commit.map(JSONValue.string),
            "files": .array(files.map(\.document)),
            "error": error?.document,
            "usage": usage.document,
            "summary": report.summary.map(JSONValue.string),
            "outputs": report.outputs,
            "checks": .array(checks.map(\.document)),
            "seconds": .seconds(duration),
        ])
    }
}

extension LandedFile {
    package var document: JSONValue {
        ["path": .string(path), "added": .integer(addedLines), "removed": .integer(removedLines)]
    }
}

extension RunResult {
    package var document: JSONValue {
        .object(dropping: [
            "recipe": .string(recipe),
            "ending": .string(ending.name),
            "reason": .string(reason.name),
            "exit_status": .integer(Int(reason.rawValue)),
            "verification": .string(verification.rawValue),
            "steps_done": .integer(outcomes.count { $0.error == nil }),
            "steps": .integer(stepCount),
            "commits": .array(commits.map(JSONValue.string)),
            "usage": usage.document,
            "seconds": .seconds(duration),
            "error": error?.document,
        ])
    }
}

extension BatonError {
    package var document: JSONValue {
        [
            "code": .string(code.description),
            "message": .string(message),
            "causes": .array(causes.map(JSONValue.string)),
            "hints": .array(hints.map(JSONValue.string)),
        ]
    }
}

extension ModelUsage {
    package var document: JSONValue {
        [
            "input_tokens": .integer(inputTokens), "output_tokens": .integer(outputTokens),
            "calls": .integer(calls),
        ]
    }
}

extension JSONValue {
    /// Seconds, to the millisecond.
    fileprivate static func seconds(_ duration: Duration) -> JSONValue {
        .number((duration / .milliseconds(1)).rounded() / 1000)
    }
}
