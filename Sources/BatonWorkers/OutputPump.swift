// Reads what a worker prints.

import Foundation
import Glibc

/// Hands on what comes out of a pipe, until its other end is closed or the task is cancelled.
///
/// A thread that waits in `read` misses nothing: the pipe channels of NIO 2.101.2 were seen to lose the last words of a
/// program that ends right after its start. The thread ends, and closes `descriptor`, when nobody can write any more.
///
/// `count` is told of all bytes at once, on that thread; `receive` gets them in its own time.
func pumpOutput(
    of descriptor: Int32, count: @escaping @Sendable (Int) -> Void, receive: ([UInt8]) async -> Void
) async {
    let (pieces, input) = AsyncStream.makeStream(of: [UInt8].self)
    Thread.detachNewThread {
        var total = 0
        while let piece = readPiece(of: descriptor) {
            total += piece.count
            count(piece.count)
            // Whoever prints more than is allowed is ended; until then it must not fill the memory.
            if total <= 2 * WorkerLimit.outputBytes { input.yield(piece) }
        }
        close(descriptor)
        input.finish()
    }
    for await piece in pieces { await receive(piece) }
}

/// The next bytes; nil at the end.
private func readPiece(of descriptor: Int32) -> [UInt8]? {
    let piece = [UInt8](unsafeUninitializedCapacity: 65_536) { buffer, count in
        repeat { count = read(descriptor, buffer.baseAddress, buffer.count) } while count < 0 && errno == EINTR
        count = max(0, count)
    }
    return piece.isEmpty ? nil : piece
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
