// Ctrl-C and SIGTERM, as events.

import BatonCore
import BatonEngine
import Dispatch
import Glibc
import Synchronization

/// Ctrl-C and SIGTERM.
///
/// While something runs in the foreground the first one asks it to stop after the current step, the second to stop now.
/// At the prompt Ctrl-C makes ``promptInterrupts`` readable.
final class Signals: Sendable {
    /// Becomes readable with one byte for each Ctrl-C while nothing runs.
    let promptInterrupts: Int32
    private let promptInput: Int32
    private let state = Mutex(State())
    // Safe to share: set once in the initialiser, and kept only so that the sources live.
    private nonisolated(unsafe) let sources: [any DispatchSourceSignal]

    private struct State {
        var listener: AsyncStream<StopRequest>.Continuation?
        var onFirst: (@Sendable () -> Void)?
        var requests = 0
        /// What is cancelled while nobody listens.
        var command: Task<ExitReason, Never>?
    }

    init() {
        var ends: [Int32] = [-1, -1]
        pipe(&ends)
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        (promptInterrupts, promptInput) = (ends[0], ends[1])
        // A broken pipe is an error of write(), not the end of the program.
        signal(SIGPIPE, SIG_IGN)
        // A signal must reach the source, not end the process; ignoring it is what makes that so.
        let signals = [SIGINT, SIGTERM]
        for number in signals { signal(number, SIG_IGN) }
        sources = signals.map { DispatchSource.makeSignalSource(signal: $0, queue: .global()) }
        for source in sources {
            source.setEventHandler { [weak self] in self?.received() }
            source.resume()
        }
    }

    /// Stop requests from now on; an earlier stream gets no more.
    ///
    /// `onFirst` is called at the first one, to say what a second one would do.
    func stopRequests(onFirst: @escaping @Sendable () -> Void) -> AsyncStream<StopRequest> {
        let (stream, continuation) = AsyncStream.makeStream(of: StopRequest.self)
        continuation.onTermination = { [weak self] _ in self?.state.withLock { $0.listener = nil } }
        state.withLock { state in
            state.listener = continuation
            state.onFirst = onFirst
            state.requests = 0
        }
        return stream
    }

    /// Runs a command that a signal cancels, unless the command asks for ``stopRequests()``.
    func cancelling(_ command: @escaping @Sendable () async -> ExitReason) async -> ExitReason {
        let task = Task { await command() }
        state.withLock { $0.command = task }
        defer { state.withLock { $0.command = nil } }
        return await task.value
    }

    private func received() {
        let isHeard = state.withLock { state in
            if let listener = state.listener {
                state.requests += 1
                if state.requests == 1 { state.onFirst?() }
                listener.yield(state.requests == 1 ? .soft : .hard)
            } else {
                state.command?.cancel()
            }
            return state.listener != nil || state.command != nil
        }
        if !isHeard {
            var byte: UInt8 = 3
            _ = write(promptInput, &byte, 1)
        }
    }
}
