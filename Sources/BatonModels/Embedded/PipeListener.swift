// Hears what a program writes.

import Dispatch
import Glibc
import Synchronization
import SystemPackage

/// Reads a pipe until nobody can write into it any more.
///
/// With Dispatch and not with NIO, whose pipe channels can lose what a program wrote if it ends right after it was
/// started (swift-nio 2.101.2).
final class PipeListener: Sendable {
    private struct State {
        var hasEnded = false
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    /// Begins to read; `heard` gets the pieces and `ended` is called at the end, both on a queue of their own.
    init(
        to pipe: OwnedDescriptor,
        _ heard: @escaping @Sendable ([UInt8]) -> Void,
        ended: @escaping @Sendable () -> Void = {}
    ) {
        guard let descriptor = pipe.take() else { preconditionFailure("a pipe is listened to once") }
        let source = DispatchSource.makeReadSource(
            fileDescriptor: descriptor.rawValue, queue: DispatchQueue(label: "baton.models.pipe")
        )
        // The handlers keep the source and this object; cancelling releases them.
        source.setEventHandler {
            // There is something to read, or the end, so this does not wait.
            let piece = Self.read(descriptor)
            if piece.isEmpty { source.cancel() } else { heard(piece) }
        }
        source.setCancelHandler {
            discard(descriptor)
            self.end()
            ended()
        }
        source.resume()
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

    /// What there is, at most 64 KiB; empty at the end and after an error, which is as good as the end.
    private static func read(_ descriptor: FileDescriptor) -> [UInt8] {
        let piece = try? [UInt8](unsafeUninitializedCapacity: 65_536) { buffer, count in
            count = try descriptor.read(into: UnsafeMutableRawBufferPointer(buffer))
        }
        return piece ?? []
    }
}
