// The embedded model's server: started when it is first needed, gone with Baton.

import BatonCore
import Glibc
package import SystemPackage

/// Starts one server for everybody who asks, and another one if it has ended meanwhile.
///
/// The server ends when ``shutdown()`` is called and when this process ends, in whatever way: this process holds the
/// other end of its standard input, which closes then.
package actor EmbeddedServer {
    private let installation: EmbeddedInstallation
    private let runtimeFolder: FilePath
    private let environment: [String: String]
    private let limits: Limits
    private var state = State.idle
    private var waiters: [AsyncStream<Result<RunningServer, BatonError>>.Continuation] = []

    package struct Limits: Hashable, Sendable {
        /// How long the server may take until it answers.
        var start = Duration.seconds(60)
        /// How long it may take to end, before it is killed.
        var stop = Duration.seconds(2)

        package init(start: Duration = .seconds(60), stop: Duration = .seconds(2)) {
            self.start = start
            self.stop = stop
        }
    }

    private enum State {
        case idle
        case starting(Task<Void, Never>)
        case running(RunningServer)
        case closed
    }

    /// The longest path that a Unix socket can have, in bytes.
    ///
    /// Source: unix(7); one byte of 108 ends the text.
    static let socketPathMax = 107
    /// Tokens; what the model was trained for.
    private static let context = 8192
    /// One for each core but one.
    ///
    /// As soon as one of its threads has to share a core with somebody else, the others wait for it, and an answer
    /// takes more than ten times as long. Measured in November 2026 with 2 cores and 2 busy processes: 0.9 s with
    /// 1 thread, more than 11 s with 2.
    private static var threads: Int { min(max(sysconf(CInt(_SC_NPROCESSORS_ONLN)) - 1, 1), 8) }
    /// Variables that the server gets; no key is among them.
    private static let passed = ["PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH"]

    /// Prepares a server whose socket will be in `runtimeFolder`, which is made if it is missing, and must be the
    /// user's alone.
    package init(
        installation: EmbeddedInstallation,
        runtimeFolder: FilePath,
        environment: [String: String],
        limits: Limits = Limits()
    ) {
        self.installation = installation
        self.runtimeFolder = runtimeFolder
        self.environment = environment
        self.limits = limits
    }

    /// The server, running.
    ///
    /// Cancelling the task ends the wait, not the start: others may wait for it too.
    func running() async throws -> RunningServer {
        switch state {
        case .closed: throw Self.stopped
        case .running(let server) where server.isAlive: return server
        case .running, .idle: beginStart()
        case .starting: break
        }
        let (results, waiter) = AsyncStream<Result<RunningServer, BatonError>>.makeStream()
        waiters.append(waiter)
        for await result in results { return try result.get() }
        throw BatonError(.cancelled, "the wait for the embedded model was cancelled")
    }

    /// Stops the server; it cannot be started again.
    package func shutdown() async {
        let before = state
        state = .closed
        switch before {
        case .starting(let start):
            start.cancel()
            await start.value
        case .running(let server): await server.stop()
        case .idle, .closed: break
        }
    }

    private static let stopped = BatonError(.cancelled, "the embedded model's server was stopped")

    private func beginStart() {
        var ended: RunningServer?
        if case .running(let server) = state { ended = server }
        // Not a child of the caller, because several callers wait for it. It ends when the server answers, ends or is
        // late, and shutdown() waits for it.
        state = .starting(
            Task {
                await ended?.stop()
                await start()
            })
    }

    private func start() async {
        let result: Result<RunningServer, BatonError>
        do {
            let server = try await RunningServer.start(try launch())
            if case .closed = state {
                await server.stop()
                result = .failure(Self.stopped)
            } else {
                state = .running(server)
                result = .success(server)
            }
        } catch {
            if case .closed = state {
                result = .failure(Self.stopped)
            } else {
                state = .idle
                result = .failure(error as? BatonError ?? BatonError(.modelUnavailable, foreignLine("\(error)")))
            }
        }
        for waiter in waiters {
            waiter.yield(result)
            waiter.finish()
        }
        waiters = []
    }

    private func launch() throws -> ServerLaunch {
        try makePrivateFolder(runtimeFolder)
        let number = String(UInt32.random(in: .min ... .max), radix: 16)
        let socket = runtimeFolder.appending("model-\(number).sock")
        guard socket.string.utf8.count <= Self.socketPathMax else {
            throw BatonError(
                .unsupported,
                "the path of the model's socket would be longer than \(Self.socketPathMax) bytes: '\(socket)'",
                hints: ["Set XDG_RUNTIME_DIR to a shorter path."]
            )
        }
        return ServerLaunch(
            program: try python(),
            arguments: ServerScript.arguments(
                packages: installation.packages.string,
                model: installation.model.string,
                name: installation.contents.modelName,
                socket: socket.string,
                threads: Self.threads,
                context: Self.context
            ),
            environment: environment.filter { Self.passed.contains($0.key) },
            socket: socket,
            limits: limits
        )
    }

    /// The Python that installed the model, or the first in `PATH` if that is gone.
    private func python() throws -> FilePath {
        if let manifest = EmbeddedManifest(file: installation.manifestFile),
            Python.isExecutable(FilePath(manifest.python))
        {
            return FilePath(manifest.python)
        }
        guard let path = Python.executable("python3", environment: environment) else {
            throw BatonError(
                .modelUnavailable, "the embedded model needs 'python3', and it is not in PATH",
                hints: [Python.installHint]
            )
        }
        return path
    }
}
