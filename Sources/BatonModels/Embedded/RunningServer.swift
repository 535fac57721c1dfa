// One process that serves the embedded model.

import BatonCore
import Glibc
import NIOCore
import SystemPackage

/// How to start a server.
struct ServerLaunch: Hashable, Sendable {
    var program: FilePath
    var arguments: [String]
    var environment: [String: String]
    /// Where it will listen.
    var socket: FilePath
    /// How long it may take until it answers.
    var limit: Duration
}

/// A server that answers, or did so when it was started.
struct RunningServer: Sendable {
    let endpoint: Endpoint
    private let socket: FilePath
    private let process: SpawnedProcess
    /// Becomes inactive when the process ends.
    private let output: any Channel
    private let errors: ByteTail

    /// How long a server that was asked to end may take before it is killed.
    private static let stopLimit = TimeAmount.seconds(2)

    private enum News: Sendable { case line(String), ended, late }

    var isAlive: Bool { output.isActive }
    /// What it complained about last.
    var lastComplaint: String? { errors.lastLine }

    /// Starts a server and returns when it answers.
    ///
    /// - Throws: ``BatonError`` with code `modelUnavailable` if it does not, `cancelled` if the task is.
    static func start(_ launch: ServerLaunch) async throws -> RunningServer {
        let (news, speaker) = AsyncStream<News>.makeStream(bufferingPolicy: .bufferingNewest(16))
        let server: RunningServer
        do {
            let process = try SpawnedProcess(launch.program, launch.arguments, environment: launch.environment)
            let lines = LineSplitter { speaker.yield(.line($0)) }
            let errors = ByteTail(limit: 4096)
            do {
                // The channel of standard error closes by itself when the process ends.
                _ = try await listen(to: process.errors) { errors.append($0) }
                let output = try await listen(to: process.output) { lines.append($0) }
                server = RunningServer(launch, process, output, errors)
            } catch {
                process.kill()
                _ = await process.wait()
                throw error
            }
        } catch {
            throw BatonError(
                .modelUnavailable, "the embedded model's server cannot be started", causes: [foreignLine("\(error)")]
            )
        }
        server.output.closeFuture.whenComplete { _ in speaker.yield(.ended) }
        let late = server.output.eventLoop.scheduleTask(in: TimeAmount(launch.limit)) { speaker.yield(.late) }
        defer { late.cancel() }
        for await item in news {
            switch item {
            case .line(ServerScript.readyLine): return server
            case .line: continue
            case .ended: throw await server.failure("ended before it was ready")
            case .late: throw await server.failure("was not ready within \(spelled(launch.limit))")
            }
        }
        await server.stop()
        throw BatonError(.cancelled, "the start of the embedded model was cancelled")
    }

    private init(_ launch: ServerLaunch, _ process: SpawnedProcess, _ output: any Channel, _ errors: ByteTail) {
        self.endpoint = Endpoint(unixSocket: launch.socket)
        self.socket = launch.socket
        self.process = process
        self.output = output
        self.errors = errors
    }

    /// Waits until the process has ended by itself.
    func ended() async {
        // The future never fails: a channel that breaks is closed.
        try? await output.closeFuture.get()
    }

    /// Ends the process, or forgets it if it has ended. Must be called once.
    func stop() async {
        process.input.close()
        let killing = output.eventLoop.scheduleTask(in: Self.stopLimit) { process.kill() }
        await ended()
        killing.cancel()
        _ = await process.wait()
        _ = socket.withPlatformString { unlink($0) }
    }

    private func failure(_ what: String) async -> BatonError {
        process.kill()
        await stop()
        return BatonError(
            .modelUnavailable, "the embedded model's server \(what)",
            causes: lastComplaint.map { [$0] } ?? [],
            hints: ["Run 'baton model install' to check the installation, or name another model with '--model'."]
        )
    }
}
