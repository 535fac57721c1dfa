// A plugin's commands and their results. Schemas "baton.exec-request/1" and "baton.exec-result/1".

import BatonCore
import BatonWorkerLink
import BatonWorkers

/// Limits of a command that a role runs.
enum CommandLimit {
    static let defaultSeconds = 60.0
    static let maxSeconds = 3600.0
    /// Bytes of each output that a role gets.
    static let outputBytes = 256 << 10
}

extension CommandOrder {
    /// Nil if the document is no command.
    init?(_ document: JSONValue) {
        let arguments = document["argv"]?.texts ?? []
        guard !arguments.isEmpty, arguments.count == document["argv"]?.arrayValue?.count else { return nil }
        let seconds = document["timeout_seconds"]?.doubleValue ?? CommandLimit.defaultSeconds
        guard seconds > 0 else { return nil }
        self.init(
            arguments: arguments, directory: document["directory"]?.stringValue ?? ".",
            timeLimitMilliseconds: UInt32(min(seconds, CommandLimit.maxSeconds) * 1000)
        )
    }

    /// A line for the shell.
    init(shell line: String, timeLimit: Duration) {
        let milliseconds = min(max(timeLimit / .milliseconds(1), 1), CommandLimit.maxSeconds * 1000)
        self.init(arguments: ["sh", "-c", line], timeLimitMilliseconds: UInt32(milliseconds))
    }

    /// As a person would type it.
    var line: String {
        if arguments.count == 3, arguments[0] == "sh", arguments[1] == "-c" { return arguments[2] }
        return arguments.joined(separator: " ")
    }
}

extension CommandOutput {
    /// The document with at most `capacity` bytes of each output.
    func document(capacity: Int) -> JSONValue {
        let (status, signal): (JSONValue, JSONValue) =
            switch result.end {
            case .exited(let status): (.integer(Int(status)), .null)
            case .signalled(let signal): (.null, .integer(Int(signal)))
            case .notStarted: (.integer(127), .null)
            case .timedOut, .cancelled: (.null, .null)
            }
        let texts = [standardOutput, standardError].map { $0.capped(at: capacity) }
        return [
            "schema": "baton.exec-result/1",
            "exit_status": status,
            "signal": signal,
            "timed_out": .bool(result.end == .timedOut),
            "stdout": .string(texts[0].text),
            "stderr": .string(texts[1].text),
            "truncated": .bool(texts.contains(where: \.isTruncated)),
            "seconds": .number(Double(result.milliseconds) / 1000),
        ]
    }

    var succeeded: Bool { result.end == .exited(0) }

    /// The last lines of what it printed, for a message.
    func lastLines(_ count: Int) -> String {
        let text = standardError.text.isEmpty ? standardOutput.text : standardOutput.text + standardError.text
        return text.split(separator: "\n").suffix(count).joined(separator: "\n")
    }
}

extension CommandResult {
    var phrase: String {
        switch end {
        case .exited(let status): "exit status \(status)"
        case .signalled(let signal): "signal \(signal)"
        case .timedOut: "time limit"
        case .cancelled: "cancelled"
        case .notStarted(let error): "could not be started (error \(error))"
        }
    }
}

extension CommandRecord {
    init(_ order: CommandOrder, _ output: CommandOutput) {
        self.init(
            command: order.line, end: output.result.phrase, duration: .milliseconds(Int(output.result.milliseconds)))
    }
}
