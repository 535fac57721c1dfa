// How a worker ended, and how to say it.

import Glibc

/// Why a worker stopped before its work was done.
package enum WorkerEnd: Hashable, Sendable {
    /// It could not enter its view: the system call that failed, and its `errno`.
    case viewFailed(call: String, error: Int32)
    case exited(Int32)
    case signalled(Int32)
    case deadline
    case cancelled
    /// It wrote more than ``WorkerLimit/outputBytes``.
    case flooded
    /// It sent something that no worker sends.
    case broken(String)

    init(waitStatus: Int32) {
        let signal = waitStatus & 0x7f
        self = signal == 0 ? .exited((waitStatus >> 8) & 0xff) : .signalled(signal)
    }

    /// What the plugin did, to be read after its name: "… stopped without an answer (signal 11)".
    package var phrase: String {
        switch self {
        case .viewFailed(let call, let error): "could not enter its view (\(call): \(String(cString: strerror(error))))"
        case .exited(let status): "ended the process instead of returning (exit status \(status))"
        case .signalled(let signal):
            "stopped without an answer (signal \(signal), \(String(cString: strsignal(signal))))"
        case .deadline: "did not finish within its time limit"
        case .cancelled: "was stopped"
        case .flooded: "printed more than \(WorkerLimit.outputBytes >> 20) MiB"
        case .broken(let reason): "broke the link to its host (\(reason))"
        }
    }
}

/// A worker's end, as an error, with the last that it printed.
package struct WorkerFailure: Error, Sendable {
    package let end: WorkerEnd
    /// The last lines of its standard error, at most ``WorkerLimit/tailBytes`` bytes.
    package let lastOutput: String
}

/// What a worker is allowed.
package enum WorkerLimit {
    /// Bytes of output and log lines together; more ends the worker.
    package static let outputBytes = 16 << 20
    /// Bytes of output that are passed on as lines; what comes after them is only counted.
    package static let loggedBytes = 1 << 20
    /// Bytes of a line; longer ones are cut into several.
    package static let lineBytes = 8192
    /// Bytes of output kept for an error message.
    package static let tailBytes = 2048
    /// How long a role may go on after it was asked to stop.
    package static let grace: Duration = .seconds(1)
    /// How long a worker may take to end once it was told to.
    package static let leaving: Duration = .milliseconds(500)
}
