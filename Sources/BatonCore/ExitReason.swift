// Why the program ends: the table of exit statuses.

/// Why `baton` ends; the raw value is the exit status.
///
/// The same table, for people, is docs/exit-statuses.md; a test compares the two.
package enum ExitReason: Int32, CaseIterable, Sendable {
    case done = 0
    case stepFailed = 1
    case checksFailed = 2
    case nothingChanged = 3
    case denied = 4
    case budgetExceeded = 5
    case timedOut = 6
    case conflict = 7
    case modelUnavailable = 8
    case modelRefused = 9
    case rateLimited = 10
    case usage = 64
    case defect = 70
    case cancelled = 130

    /// The name in JSON output and in the table.
    package var name: String {
        switch self {
        case .done: "done"
        case .stepFailed: "step-failed"
        case .checksFailed: "checks-failed"
        case .nothingChanged: "nothing-changed"
        case .denied: "denied"
        case .budgetExceeded: "budget-exceeded"
        case .timedOut: "timed-out"
        case .conflict: "conflict"
        case .modelUnavailable: "model-unavailable"
        case .modelRefused: "model-refused"
        case .rateLimited: "rate-limited"
        case .usage: "usage"
        case .defect: "defect"
        case .cancelled: "cancelled"
        }
    }

    /// One sentence for the table.
    package var meaning: String {
        switch self {
        case .done: "everything asked for was done"
        case .stepFailed: "a step failed: its role said so, or its plugin crashed, exited or hung up"
        case .checksFailed: "a step's success checks did not pass; its changes were not landed"
        case .nothingChanged: "every step ended well, and none of those that may write changed a file"
        case .denied: "a step did, or asked for, what its recipe or role does not allow"
        case .budgetExceeded: "a limit of steps, tokens or model calls was reached"
        case .timedOut: "a step or the run reached its time limit"
        case .conflict: "a file or the branch holds something that Baton must not overwrite"
        case .modelUnavailable: "no usable answer from the model: no server, server error, broken or malformed answer"
        case .modelRefused: "the model's server refused for good: credentials, unknown model, malformed request"
        case .rateLimited: "the model's server went on asking to slow down"
        case .usage: "wrong arguments, a faulty recipe or settings file, or something named that does not exist"
        case .defect: "a defect in Baton; please report it"
        case .cancelled: "stopped by Ctrl-C or a signal"
        }
    }
}
