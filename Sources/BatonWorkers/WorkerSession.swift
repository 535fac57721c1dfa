// Talks to one running worker.

package import BatonWorkerLink
import Glibc
import NIOCore
import Synchronization

/// What a role came to.
package struct RoleReturn: Hashable, Sendable {
    /// What run() returned.
    package var status: Int32
    /// What the role said of its failure, if it did.
    package var failure: Failure?

    package struct Failure: Hashable, Sendable {
        package var status: Int32
        package var message: String
        package var detail: String
    }
}

/// One running worker.
///
/// Made by ``withWorker(_:host:body:)``, and not to be kept beyond it.
package actor WorkerSession {
    private let process: WorkerProcess
    private let host: any WorkerHost
    private let writer: NIOAsyncChannelOutboundWriter<ByteBuffer>

    private let limits: ResourceLimits
    private var ready = Slot<Hold>()
    private var role = Slot<RoleReturn>()
    /// What holds the step in, besides its view.
    package private(set) var hold = Hold()
    private var commands: [UInt32: RunningCommand] = [:]
    /// Ended, at the latest, by ``finish(waitStatus:)``.
    private var calls: [UInt32: Task<Void, Never>] = [:]
    private var failure: RoleReturn.Failure?
    /// How many roles and commands are being waited for.
    private var running = 0
    private var stopReason: WorkerEnd?
    /// What the worker printed and logged; counted by the threads that read it.
    private nonisolated let printedBytes = Mutex(0)
    private var tail: [UInt8] = []
    private var end: WorkerFailure?
    /// How long a worker that was told to end is waited for; cancelled when it has.
    private var patience: Task<Void, Never>?

    private struct RunningCommand {
        var output: CommandOutput
        var onOutput: (@Sendable (Int32, [UInt8]) async -> Void)?
        var slot = Slot<CommandOutput>()
    }

    /// Bytes of each of a command's two outputs that are kept.
    private static let commandOutputBytes = 1 << 20
    /// The call number of commands that the host itself wants.
    private static let hostCall: UInt32 = 0

    init(
        process: WorkerProcess, limits: ResourceLimits, host: any WorkerHost,
        writer: NIOAsyncChannelOutboundWriter<ByteBuffer>
    ) {
        self.process = process
        self.limits = limits
        self.host = host
        self.writer = writer
    }

    // MARK: For the engine

    /// Runs the role to its end.
    ///
    /// To be called once.
    ///
    /// At `deadline` the role is asked to stop; ``WorkerLimit/grace`` later the worker is killed. Throws
    /// ``WorkerFailure`` if the worker ended instead.
    package func perform(_ order: RoleOrder, until deadline: ContinuousClock.Instant?) async throws -> RoleReturn {
        // Ended below, at the latest when the role has returned.
        let timer = deadline.map { deadline in
            Task {
                try await Task.sleep(until: deadline, clock: .continuous)
                await stop(.deadline)
            }
        }
        defer { timer?.cancel() }
        running += 1
        defer { running -= 1 }
        let result = try await withTaskCancellationHandler {
            try Task.checkCancellation()
            try await send(.perform(order))
            return try await withCheckedThrowingContinuation { role.wait($0) }
        } onCancel: {
            // Ends by itself: stop() is bounded by the grace period.
            Task { await self.stop(.cancelled) }
        }
        if let stopReason { throw WorkerFailure(end: stopReason, lastOutput: lastOutput) }
        return result
    }

    /// Runs a command in the view, for the host.
    ///
    /// `onOutput` takes output as it comes; the kinds are the `BATON_CHUNK_…` of baton_plugin.h.
    package func execute(
        _ order: CommandOrder, onOutput: (@Sendable (Int32, [UInt8]) async -> Void)? = nil
    ) async throws -> CommandOutput {
        let output = try await withTaskCancellationHandler {
            try Task.checkCancellation()
            return try await execute(order, for: Self.hostCall, onOutput: onOutput)
        } onCancel: {
            // Ends by itself: stop() is bounded by the grace period.
            Task { await self.stop(.cancelled) }
        }
        if let stopReason { throw WorkerFailure(end: stopReason, lastOutput: lastOutput) }
        return output
    }

    // MARK: For withWorker

    func waitUntilReady() async throws {
        hold = try await withCheckedThrowingContinuation { ready.wait($0) }
    }

    func start(_ view: ViewOrder) async throws { try await send(.enter(view)) }

    /// Tells the worker to end, and makes it end if it does not.
    func leave() async {
        try? await send(.leave)  // Fails if the worker is gone, which is what is wanted.
        try? await Task.sleep(for: WorkerLimit.leaving)  // Cancelled as soon as the worker has ended.
        await terminate()
    }

    /// Reads frames until the worker's end of the socket is closed.
    func receive(_ inbound: NIOAsyncChannelInboundStream<ByteBuffer>) async {
        var splitter = FrameSplitter()
        do {
            for try await buffer in inbound {
                splitter.append(buffer.readableBytesView)
                while let bytes = try splitter.next() {
                    await handle(try WorkerFrame(decoding: bytes))
                }
            }
        } catch let error as WireError {
            kill(because: .broken(error.reason))
        } catch {
            // The socket broke; the process's end says why.
            return
        }
    }

    /// False once the worker has printed so much that its lines are only counted.
    nonisolated var passesLinesOn: Bool { printedBytes.withLock { $0 <= WorkerLimit.loggedBytes } }

    func printed(_ bytes: [UInt8], lines: [String], toStandardError: Bool) async {
        if toStandardError {
            tail.append(contentsOf: bytes.suffix(WorkerLimit.tailBytes))
            if tail.count > WorkerLimit.tailBytes { tail.removeFirst(tail.count - WorkerLimit.tailBytes) }
        }
        if !lines.isEmpty { await host.note(.printed(lines: lines, toStandardError: toStandardError)) }
    }

    /// Takes what the worker's guard reports.
    func take(_ report: GuardReport) async {
        switch report {
        case .attempt(let kind, let subject): await host.note(.attempted(kind, subject: subject))
        case .limit(let limit): stopReason = stopReason ?? .passed(limit, of: limits)
        }
    }

    /// Everybody who still waits learns that the worker has ended.
    func finish(waitStatus: Int32) {
        let failure = WorkerFailure(
            end: stopReason ?? WorkerEnd(waitStatus: waitStatus, limits: limits), lastOutput: lastOutput)
        end = failure
        patience?.cancel()
        ready.fill(.failure(failure))
        role.fill(.failure(failure))
        for call in commands.keys { commands[call]?.slot.fill(.failure(failure)) }
        for call in calls.values { call.cancel() }
    }

    /// What makes all that the worker did worthless, although it may have come to a good end; to be asked when it ended.
    var fault: WorkerFailure? {
        let hasFlooded = printedBytes.withLock { $0 > WorkerLimit.outputBytes }
        switch stopReason {
        case .broken(let reason): return WorkerFailure(end: .broken(reason), lastOutput: lastOutput)
        case .passed(let limit, let limits):
            return WorkerFailure(end: .passed(limit, of: limits), lastOutput: lastOutput)
        default: return hasFlooded ? WorkerFailure(end: .flooded, lastOutput: lastOutput) : nil
        }
    }

    /// Waits until no call is being answered any more.
    func drain() async {
        for call in calls.values { await call.value }
        calls = [:]
    }

    // MARK: Stopping

    /// Asks the role to stop and, after the grace period, kills the worker.
    private func stop(_ reason: WorkerEnd) async {
        guard stopReason == nil, end == nil else { return }
        stopReason = reason
        for call in calls.values { call.cancel() }
        try? await send(.cancel)  // Fails if the worker is gone, which is what is wanted.
        try? await Task.sleep(for: WorkerLimit.grace)  // Cancelled when the role has returned.
        guard running > 0 else { return }
        await terminate()
    }

    /// Ends the worker: by its guard, which leaves nothing behind, or, if there is none or it does not listen, by force.
    private func terminate() async {
        guard end == nil else { return }
        process.signal(SIGTERM)
        // A task of its own, so that it is cut short by the worker's end and not by the caller's cancellation.
        let patience = patience ?? Task { try? await Task.sleep(for: WorkerLimit.leaving) }
        self.patience = patience
        await patience.value
        process.signal(SIGKILL)
    }

    private func kill(because reason: WorkerEnd) {
        stopReason = stopReason ?? reason
        // Ends by itself: terminate() is bounded.
        Task { await terminate() }
    }

    /// Counts what the worker prints, and ends it once that is too much.
    nonisolated func count(_ bytes: Int) {
        let isTooMuch = printedBytes.withLock { total in
            defer { total += bytes }
            return total <= WorkerLimit.outputBytes && total + bytes > WorkerLimit.outputBytes
        }
        // Ends by itself: terminating is bounded.
        if isTooMuch { Task { await kill(because: .flooded) } }
    }

    private var lastOutput: String { String(decoding: tail, as: UTF8.self) }

    // MARK: Frames

    private func send(_ frame: HostFrame) async throws {
        try await writer.write(ByteBuffer(bytes: frame.encoded))
    }

    private func handle(_ frame: WorkerFrame) async {
        switch frame {
        case .ready(let hold):
            ready.fill(.success(hold))
        case .viewFailed(let call, let error):
            stopReason = .viewFailed(call: call, error: error)
        case .log(let level, let component, let message):
            count(message.utf8.count)
            await host.note(.log(level: level, component: component, message: message))
        case .progress(let permille, let message):
            count(message.utf8.count)
            await host.note(.progress(permille: permille, message: message))
        case .failure(let status, let message, let detail):
            failure = RoleReturn.Failure(status: status, message: message, detail: detail)
        case .emit(let channel, let document):
            count(document.count)
            await host.note(.emitted(channel: channel, document: document))
        case .call(let number, let service, let request):
            answer(number, service, request)
        case .abandon(let number):
            calls[number]?.cancel()
        case .output(let call, let kind, let bytes):
            await receiveOutput(of: call, kind, bytes)
        case .executed(let call, let result):
            guard var output = commands[call]?.output else { return }
            output.result = result
            commands[call]?.slot.fill(.success(output))
        case .returned(let status):
            role.fill(.success(RoleReturn(status: status, failure: failure)))
        }
    }

    private func receiveOutput(of call: UInt32, _ kind: Int32, _ bytes: [UInt8]) async {
        guard let onOutput = commands[call].map(\.onOutput) else { return }
        if kind == 2 {
            commands[call]?.output.standardOutput.append(bytes)
        } else {
            commands[call]?.output.standardError.append(bytes)
        }
        await onOutput?(kind, bytes)
    }

    private func answer(_ number: UInt32, _ service: HostService, _ request: [UInt8]) {
        guard calls[number] == nil else { return kill(because: .broken("call \(number) was made twice")) }
        let call = WorkerCall(
            service: service, request: request,
            stream: { kind, bytes in try? await self.send(.chunk(call: number, kind: kind, bytes: bytes)) },
            execute: { order in try await self.execute(order, for: number, onOutput: nil) }
        )
        calls[number] = Task {
            let reply = await host.answer(call)
            // Fails if the worker is gone: then nobody waits for the reply.
            try? await send(.reply(call: number, status: reply.status, document: reply.document))
            calls[number] = nil
        }
    }

    private func execute(
        _ order: CommandOrder, for call: UInt32, onOutput: (@Sendable (Int32, [UInt8]) async -> Void)?
    ) async throws -> CommandOutput {
        let empty = CappedOutput(capacity: Self.commandOutputBytes)
        let unknown = CommandResult(end: .cancelled, milliseconds: 0)
        let output = CommandOutput(result: unknown, standardOutput: empty, standardError: empty)
        if let end { throw end }
        commands[call] = RunningCommand(output: output, onOutput: onOutput)
        running += 1
        defer {
            running -= 1
            commands[call] = nil
        }
        try await send(.execute(call: call, order))
        return try await withCheckedThrowingContinuation { commands[call]?.slot.wait($0) }
    }
}
