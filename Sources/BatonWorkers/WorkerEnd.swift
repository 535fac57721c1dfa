// How a worker ended, and how to say it.

package import BatonWorkerLink
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
    /// It passed a limit of its step.
    case passed(PassedLimit, of: ResourceLimits)
    /// It sent something that no worker sends.
    case broken(String)

    init(waitStatus: Int32, limits: ResourceLimits) {
        let signal = waitStatus & 0x7f
        switch signal {
        case 0: self = .exited((waitStatus >> 8) & 0xff)
        case SIGXFSZ: self = .passed(.file, of: limits)
        case SIGXCPU: self = .passed(.processorTime, of: limits)
        default: self = .signalled(signal)
        }
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
        case .passed(let limit, let limits): limits.phrase(for: limit)
        case .broken(let reason): "broke the link to its host (\(reason))"
        }
    }
}

extension ResourceLimits {
    /// What a step did that passed a limit, to be read after its name.
    fileprivate func phrase(for limit: PassedLimit) -> String {
        switch limit {
        case .memory: "used more than \(Self.text(bytes: memoryBytes)) of memory"
        case .processes: "started more than \(processes) processes"
        case .written: "wrote more than \(Self.text(bytes: writtenBytes))"
        case .file: "wrote a file of more than \(Self.text(bytes: fileBytes))"
        case .processorTime:
            processorSeconds >= 60 && processorSeconds.isMultiple(of: 60)
                ? "used more than \(processorSeconds / 60) min of processor time"
                : "used more than \(processorSeconds) s of processor time"
        }
    }

    /// A number of bytes in the largest unit that leaves it whole.
    package static func text(bytes: UInt64) -> String {
        let units = ["bytes", "KiB", "MiB", "GiB", "TiB"]
        var value = bytes
        var unit = 0
        while value >= 1024, value.isMultiple(of: 1024), unit < units.count - 1 {
            value /= 1024
            unit += 1
        }
        return "\(value) \(units[unit])"
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
