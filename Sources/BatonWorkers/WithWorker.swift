// Starts a worker, lends it, ends it.

import BatonCore
import BatonWorkerLink
import Glibc
import NIOCore
import NIOPosix

/// Starts a worker, runs `body` with it, and returns when the worker and all that it started have ended.
///
/// - Throws: ``WorkerFailure`` if the worker ends before it is ready, ``BatonError`` if it cannot be started, and what
///   `body` throws.
package func withWorker<Result: Sendable>(
    _ launch: WorkerLaunch, host: any WorkerHost,
    body: (WorkerSession) async throws -> Result
) async throws -> Result {
    let process = try WorkerProcess(launch)
    let channel = try await connect(process)
    return try await channel.executeThenClose { inbound, outbound in
        let session = WorkerSession(
            process: process, limits: launch.view.limits, host: host, writer: outbound)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await supervise(process, session, inbound: inbound, channel: channel.channel) }
            let outcome: Swift.Result<Result, any Error>
            do {
                try await session.start(launch.view)
                try await session.waitUntilReady()
                outcome = .success(try await body(session))
            } catch {
                outcome = .failure(error)
            }
            group.addTask { await session.leave() }
            // The first task to end is the supervision: leaving only ends by being cancelled or after a kill.
            try await group.next()
            group.cancelAll()
            try await group.waitForAll()
            await session.drain()
            // What a worker does while it ends counts too.
            if let fault = await session.fault { throw fault }
            return try outcome.get()
        }
    }
}

/// Reads all that comes from the worker until it has ended.
private func supervise(
    _ process: WorkerProcess, _ session: WorkerSession, inbound: NIOAsyncChannelInboundStream<ByteBuffer>,
    channel: any Channel
) async {
    await withTaskGroup(of: Void.self) { group in
        group.addTask { await session.receive(inbound) }
        for (descriptor, isError) in [(process.standardOutput, false), (process.standardError, true)] {
            group.addTask { await pump(descriptor, toStandardError: isError, to: session) }
        }
        group.addTask { await pumpReports(of: process, to: session) }
        let status = await process.waitForEnd()
        // What it sent before is still read. What it left behind outside the process group may hold a pipe open; that
        // is not waited for.
        group.addTask { try? await Task.sleep(for: WorkerLimit.leaving) }
        var open = 4
        while open > 0, await group.next() != nil { open -= 1 }
        await session.finish(waitStatus: status)
        group.cancelAll()
    }
}

private func pump(_ descriptor: Int32, toStandardError: Bool, to session: WorkerSession) async {
    var splitter = LineSplitter()
    await pumpOutput(of: descriptor) {
        session.count($0)
    } receive: { bytes in
        guard session.passesLinesOn else { return }
        let lines = splitter.lines(adding: bytes)
        await session.printed(bytes, lines: lines, toStandardError: toStandardError)
    }
    if let line = splitter.flush() {
        await session.printed([], lines: [line], toStandardError: toStandardError)
    }
}

private func pumpReports(of process: WorkerProcess, to session: WorkerSession) async {
    var splitter = FrameSplitter()
    await pumpOutput(of: process.reports) { _ in
    } receive: { bytes in
        splitter.append(bytes)
        // The guard runs nothing of the plugin's: what it sends is well-formed, and the rest of a frame comes.
        while let frame = try? splitter.next() {
            if let report = try? GuardReport(decoding: frame) { await session.take(report) }
        }
    }
}

private func connect(_ process: WorkerProcess) async throws -> NIOAsyncChannel<ByteBuffer, ByteBuffer> {
    do {
        return try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .withConnectedSocket(process.socket) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
    } catch {
        process.signal(SIGKILL)
        _ = await process.waitForEnd()
        throw BatonError(.internalError, "cannot watch the worker's socket", causes: ["\(error)"])
    }
}
