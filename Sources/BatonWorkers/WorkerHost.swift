// What a worker's host has to provide.

package import BatonWorkerLink

/// What answers a worker's calls and hears its news; the engine's side of a step.
package protocol WorkerHost: Sendable {
    /// Answers one call of the plugin's. Several may run at once; each is cancelled when its caller is gone.
    func answer(_ call: WorkerCall) async -> CallReply

    /// Takes news, in the order in which the worker sent them.
    func note(_ note: WorkerNote) async
}

/// A call of a plugin's.
package struct WorkerCall: Sendable {
    package let service: HostService
    package let request: [UInt8]
    /// Delivers a part of the result; the kinds are the `BATON_CHUNK_…` of baton_plugin.h.
    package let stream: @Sendable (_ kind: Int32, _ bytes: [UInt8]) async -> Void
    /// Runs a command where the caller is, in the view.
    package let execute: @Sendable (CommandOrder) async throws -> CommandOutput
}

/// The end of a call: a status of baton_plugin.h and, if that is 0, a document, which may be empty.
package struct CallReply: Hashable, Sendable {
    package var status: Int32
    package var document: [UInt8]

    package init(status: Int32, document: [UInt8] = []) {
        self.status = status
        self.document = document
    }
}

/// What a worker tells without being asked.
package enum WorkerNote: Hashable, Sendable {
    /// A line of the log; the levels are the `BATON_LOG_…` of baton_plugin.h.
    case log(level: Int32, component: String, message: String)
    case progress(permille: Int32, message: String)
    case emitted(channel: String, document: [UInt8])
    /// Lines that the worker printed.
    case printed(lines: [String], toStandardError: Bool)
    /// The step tried something outside of its view and was kept from it.
    case attempted(AttemptKind, subject: String)
}

/// What came of a command.
package struct CommandOutput: Hashable, Sendable {
    package var result: CommandResult
    package var standardOutput: CappedOutput
    package var standardError: CappedOutput
}

/// The beginning and the end of an output, with a count of what is between.
package struct CappedOutput: Hashable, Sendable {
    /// Bytes that are kept: half of them from the start, half from the end.
    package let capacity: Int
    private var head: [UInt8] = []
    private var tail: [UInt8] = []
    package private(set) var totalBytes = 0

    package init(capacity: Int) {
        self.capacity = capacity
    }

    package var isTruncated: Bool { totalBytes > head.count + tail.count }

    package mutating func append(_ bytes: [UInt8]) {
        totalBytes += bytes.count
        let room = max(0, capacity / 2 - head.count)
        head.append(contentsOf: bytes.prefix(room))
        tail.append(contentsOf: bytes.dropFirst(room))
        let tailMax = capacity - capacity / 2
        // Cut only now and then, so that appending stays cheap.
        if tail.count > 2 * tailMax { tail.removeFirst(tail.count - tailMax) }
    }

    /// The output as text, with a line that says how much is missing.
    package var text: String {
        let tailMax = capacity - capacity / 2
        let end = tail.suffix(tailMax)
        let missing = totalBytes - head.count - end.count
        guard missing > 0 else { return String(decoding: head + end, as: UTF8.self) }
        let gap = "\n… \(missing) bytes left out …\n"
        return String(decoding: head, as: UTF8.self) + gap + String(decoding: end, as: UTF8.self)
    }
}

extension CappedOutput {
    /// The same output, of which at most `capacity` bytes are kept.
    package func capped(at capacity: Int) -> CappedOutput {
        guard capacity < self.capacity, head.count + tail.count > capacity else { return self }
        var result = CappedOutput(capacity: capacity)
        result.append(head + tail)
        result.totalBytes = totalBytes
        return result
    }
}
