// One process that serves the embedded model.

import BatonCore
import Glibc
import NIOCore
import NIOPosix
import SystemPackage

/// How to start a server.
struct ServerLaunch: Hashable, Sendable {
    var program: FilePath
    var arguments: [String]
    var environment: [String: String]
    /// Where it will listen.
    var socket: FilePath
    var limits: EmbeddedServer.Limits
}

/// A server that answers, or did so when it was started.
struct RunningServer: Sendable {
    let endpoint: Endpoint
    private let launch: ServerLaunch
    private let process: SpawnedProcess
    /// Its end is the process's.
    private let output: PipeListener
    private let complaints: PipeListener
    private let errors: ByteTail

    private enum News: Sendable { case line(String), ended, late }

    var isAlive: Bool { !output.hasEnded }
    /// What it complained about last.
    var lastComplaint: String? { errors.lastLine }

    /// Starts a server and returns when it answers.
    ///
    /// - Throws: ``BatonError`` with code `modelUnavailable` if it does not, `cancelled` if the task is.
    static func start(_ launch: ServerLaunch) async throws -> RunningServer {
        let (news, speaker) = AsyncStream<News>.makeStream(bufferingPolicy: .bufferingNewest(16))
        let process: SpawnedProcess
        do {
            process = try SpawnedProcess(launch.program, launch.arguments, environment: launch.environment)
        } catch {
            throw BatonError(
                .modelUnavailable, "the embedded model's server cannot be started",
                causes: [systemReason(error.rawValue)]
            )
        }
        let lines = LineSplitter { speaker.yield(.line($0)) }
        let server = RunningServer(launch, process, lines) { speaker.yield(.ended) }
        let late = timer(launch.limits.start) { speaker.yield(.late) }
        defer { late.cancel() }
        for await item in news {
            switch item {
            case .line(ServerScript.readyLine): return server
            case .line: continue
            case .ended: throw await server.failure("ended before it was ready")
            case .late: throw await server.failure("was not ready within \(spelled(launch.limits.start))")
            }
        }
        await server.stop()
        throw BatonError(.cancelled, "the start of the embedded model was cancelled")
    }

    private init(
        _ launch: ServerLaunch,
        _ process: SpawnedProcess,
        _ lines: LineSplitter,
        ended: @escaping @Sendable () -> Void
    ) {
        let errors = ByteTail(limit: 4096)
        self.endpoint = Endpoint(unixSocket: launch.socket)
        self.launch = launch
        self.process = process
        self.errors = errors
        self.complaints = PipeListener(to: process.errors) { errors.append($0) }
        self.output = PipeListener(to: process.output, { lines.append($0) }, ended: ended)
    }

    /// Waits until the process has ended by itself.
    func ended() async {
        await output.waitForEnd()
    }

    /// Ends the process, or forgets it if it has ended; must be called once.
    func stop() async {
        process.input.close()
        let killing = Self.timer(launch.limits.stop) { [process] in process.kill() }
        await ended()
        killing.cancel()
        _ = await process.wait()
        _ = launch.socket.withPlatformString { unlink($0) }
    }

    private static func timer(_ time: Duration, _ body: @escaping @Sendable () -> Void) -> Scheduled<Void> {
        MultiThreadedEventLoopGroup.singleton.any().scheduleTask(in: TimeAmount(time), body)
    }

    private func failure(_ what: String) async -> BatonError {
        process.kill()
        await stop()
        // What it said last may still be under way.
        await complaints.waitForEnd()
        return BatonError(
            .modelUnavailable, "the embedded model's server \(what)",
            causes: lastComplaint.map { [$0] } ?? [],
            hints: ["Run 'baton model install' to check the installation, or name another model with '--model'."]
        )
    }
}
