// Reads what a worker prints.

import Glibc
import NIOCore
import NIOPosix

/// Hands on what comes out of a pipe, until its other end is closed.
///
/// - Parameter descriptor: Closed when this returns.
func pumpOutput(of descriptor: Int32, receive: (ByteBuffer) async -> Void) async {
    do {
        let channel = try await NIOPipeBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .takingOwnershipOfDescriptor(input: descriptor) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, Never>(wrappingChannelSynchronously: channel)
                }
            }
        try await channel.executeThenClose { inbound in
            for try await buffer in inbound { await receive(buffer) }
        }
    } catch {
        // Cancelled, or the pipe broke: either way there is no more output.
        return
    }
}

/// Cuts output into lines.
struct LineSplitter {
    private var rest: [UInt8] = []

    /// The lines that are now complete, without their ends.
    mutating func lines(adding bytes: some Collection<UInt8>) -> [String] {
        var lines: [String] = []
        for part in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
            if part.offset > 0 { lines.append(flush() ?? "") }
            rest.append(contentsOf: part.element)
            while rest.count >= WorkerLimit.lineBytes {
                lines.append(String(decoding: rest.prefix(WorkerLimit.lineBytes), as: UTF8.self))
                rest.removeFirst(WorkerLimit.lineBytes)
            }
        }
        return lines
    }

    /// What is left without an end of line; nil if nothing is.
    mutating func flush() -> String? {
        guard !rest.isEmpty else { return nil }
        defer { rest.removeAll(keepingCapacity: true) }
        return String(decoding: rest, as: UTF8.self)
    }
}
