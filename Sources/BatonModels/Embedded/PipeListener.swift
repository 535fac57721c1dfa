// Hears what a program writes.

import Foundation
import Synchronization
import SystemPackage

/// Reads a pipe until nobody can write into it any more, on a thread of its own.
///
/// A thread that waits in `read` misses nothing. Event sources of NIO 2.101.2 and of Dispatch in Swift 6.3.1 were seen
/// to lose the last words, or the end, of a program that ends right after its start.
final class PipeListener: Sendable {
    private struct State {
        var hasEnded = false
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    /// Begins to read; `heard` gets the pieces and `ended` is called at the end, both on that thread.
    init(
        to pipe: OwnedDescriptor,
        _ heard: @escaping @Sendable ([UInt8]) -> Void,
        ended: @escaping @Sendable () -> Void = {}
    ) {
        // The thread ends with the pipe, that is, with the program.
        Thread.detachNewThread { [self] in
            if let descriptor = pipe.take() {
                while let piece = Self.read(descriptor) { heard(piece) }
                discard(descriptor)
            }
            end()
            ended()
        }
    }

    var hasEnded: Bool { state.withLock { $0.hasEnded } }

    /// Waits for the end; cancelling does not shorten it.
    func waitForEnd() async {
        await withCheckedContinuation { continuation in
            let hasEnded = state.withLock { state in
                if !state.hasEnded { state.waiters.append(continuation) }
                return state.hasEnded
            }
            if hasEnded { continuation.resume() }
        }
    }

    private func end() {
        let waiters = state.withLock { state in
            state.hasEnded = true
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    /// The next bytes, at most 64 KiB; nil at the end and after an error, which is as good as the end.
    private static func read(_ descriptor: FileDescriptor) -> [UInt8]? {
        let piece = try? [UInt8](unsafeUninitializedCapacity: 65_536) { buffer, count in
            count = try descriptor.read(into: UnsafeMutableRawBufferPointer(buffer))
        }
        return piece?.isEmpty == true ? nil : piece
    }
}
