// The worker's end of the socket to its host. SPDX-License-Identifier: MIT

import BatonWorkerLink
import CBatonLinux
import Glibc

/// The worker's end of the socket to its host.
///
/// Any thread may send. One thread, started by ``startReading()``, receives and hands each frame to whom it concerns:
/// the caller that waits for it, or the main thread. When the host is gone the process ends.
final class HostLink: Sendable {
    private struct State {
        var queues: [UInt32: [HostFrame]] = [:]
        var lastCall: UInt32 = 0
        var isCancelled = false
        /// What else to do when the step is cancelled; called on the reading thread.
        var onCancel: (@Sendable () -> Void)?
    }

    /// The queue of frames that are for the main thread; calls of plugins count from 1.
    static let mainQueue: UInt32 = 0

    private let descriptor: Int32
    private let state = Monitor(State(queues: [HostLink.mainQueue: []]))
    private let sending = Monitor(())
    /// A pipe whose first end becomes readable when the step is cancelled; both -1 if there is none.
    private let cancelPipe: (read: Int32, write: Int32)

    init(descriptor: Int32) {
        self.descriptor = descriptor
        var ends: [Int32] = [-1, -1]
        _ = baton_pipe(&ends)
        self.cancelPipe = (ends[0], ends[1])
    }

    var cancelDescriptor: Int32 { cancelPipe.read }

    var isCancelled: Bool { state.change { $0.isCancelled } }

    // MARK: Sending

    func send(_ frame: WorkerFrame) {
        let bytes = frame.encoded
        sending.change { _ in
            var offset = 0
            while offset < bytes.count {
                let written = bytes.withUnsafeBytes { buffer in
                    let rest = UnsafeRawBufferPointer(rebasing: buffer[offset...])
                    return Glibc.send(descriptor, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
                }
                if written < 0, errno == EINTR { continue }
                if written <= 0 { _exit(Self.hostIsGone) }
                offset += written
            }
        }
    }

    /// The exit status of a worker whose host went away; nobody is there to read it.
    private static let hostIsGone: Int32 = 75

    // MARK: Receiving

    /// Receives one frame on the calling thread; for the time before ``startReading()``.
    func receiveFirst() throws(WireError) -> HostFrame {
        let header = readExactly(WireLimit.headerBytes)
        let length = header.enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
        guard length > 0, length <= WireLimit.frameBytesMax else {
            throw WireError(reason: "the first frame claims to have \(length) bytes")
        }
        return try HostFrame(decoding: readExactly(length))
    }

    /// Starts the receiving thread.
    func startReading() {
        var thread = pthread_t()
        let context = Unmanaged.passRetained(self).toOpaque()
        let status = pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                Unmanaged<HostLink>.fromOpaque(context).takeRetainedValue().readForever()
                return nil
            }, context)
        if status != 0 { _exit(Self.hostIsGone) }
        pthread_detach(thread)
    }

    private func readForever() {
        while true {
            guard let frame = try? receiveFirst() else { _exit(Self.hostIsGone) }
            switch frame {
            case .enter, .perform, .leave: deliver(frame, to: Self.mainQueue)
            case .execute(let call, _), .reply(let call, _, _), .chunk(let call, _, _): deliver(frame, to: call)
            case .cancel: cancel()
            }
        }
    }

    /// A frame for a call that nobody waits for any more is dropped.
    private func deliver(_ frame: HostFrame, to call: UInt32) {
        state.change { $0.queues[call]?.append(frame) }
    }

    private func cancel() {
        let action = state.change { state in
            state.isCancelled = true
            return state.onCancel
        }
        var byte: UInt8 = 0
        _ = write(cancelPipe.write, &byte, 1)
        action?()
    }

    private func readExactly(_ count: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let received = read(descriptor, buffer.baseAddress?.advanced(by: filled), count - filled)
                if received < 0, errno == EINTR { continue }
                if received <= 0 { _exit(Self.hostIsGone) }
                filled += received
            }
        }
    }

    // MARK: Waiting

    /// Sets what else happens when the step is cancelled.
    ///
    /// Called at once if it already is.
    func onCancel(_ action: (@Sendable () -> Void)?) {
        let isCancelled = state.change { state in
            state.onCancel = action
            return state.isCancelled
        }
        if isCancelled { action?() }
    }

    /// The number of a new call, whose frames are kept from now on.
    func openCall() -> UInt32 {
        state.change { state in
            state.lastCall += 1
            state.queues[state.lastCall] = []
            return state.lastCall
        }
    }

    func closeCall(_ call: UInt32) {
        state.change { $0.queues[call] = nil }
    }

    /// Waits for the next frame of a call; nil once the step is cancelled.
    func next(of call: UInt32) -> HostFrame? {
        state.wait { state -> HostFrame?? in
            if state.isCancelled { return .some(nil) }
            guard state.queues[call]?.isEmpty == false else { return nil }
            return state.queues[call]?.removeFirst()
        }
    }

    /// Waits for the next frame that is for the main thread, cancelled or not.
    func nextForMain() -> HostFrame {
        state.wait { state in
            guard state.queues[Self.mainQueue]?.isEmpty == false else { return nil }
            return state.queues[Self.mainQueue]?.removeFirst()
        }
    }
}
