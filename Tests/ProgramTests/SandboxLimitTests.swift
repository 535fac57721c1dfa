// Limits and calls that are refused, tried in a worker itself, with limits that are reached at once.

import BatonCore
import BatonEngine
import BatonTestSupport
import BatonWorkerLink
import BatonWorkers
import BatonWorkspace
import Foundation
import Glibc
import Synchronization
import SystemPackage
import Testing

@Suite("A role that uses too much", .timeLimit(.minutes(2)))
struct SandboxLimitTests {
    /// Limits that no role here reaches, but for the one that a test sets.
    private static let ample = ResourceLimits(
        memoryBytes: 1 << 30, processes: 200, fileBytes: 1 << 30, writtenBytes: 1 << 30, processorSeconds: 60)

    struct Case: CustomTestStringConvertible {
        let role: String
        let limit: PassedLimit
        let said: String
        let change: @Sendable (inout ResourceLimits) -> Void

        var testDescription: String { "\(role): \(said)" }
    }

    static let cases = [
        Case(role: "forks", limit: .processes, said: "started more than 40 processes") { $0.processes = 40 },
        Case(role: "fills-memory", limit: .memory, said: "used more than 96 MiB of memory") {
            $0.memoryBytes = 96 << 20
        },
        Case(role: "fills-disk", limit: .written, said: "wrote more than 8 MiB") { $0.writtenBytes = 8 << 20 },
        Case(role: "long-file", limit: .file, said: "wrote a file of more than 1 MiB") { $0.fileBytes = 1 << 20 },
        Case(role: "burns", limit: .processorTime, said: "used more than 1 s of processor time") {
            $0.processorSeconds = 1
        },
    ]

    @Test("is ended, and the limit is named with its value; nothing of it is left", arguments: cases)
    func limit(_ bad: Case) async throws {
        let trial = try await Trial()
        var limits = Self.ample
        bad.change(&limits)

        let failure = await #expect(throws: WorkerFailure.self) {
            try await trial.perform(bad.role, kind: .overlay, limits: limits)
        }

        #expect(failure?.end == .passed(bad.limit, of: limits))
        #expect(failure?.end.phrase == bad.said)
        #expect(World.processes(with: trial.mark) == [])
    }

    @Test("a step that stays just below a limit is not ended")
    func justBelow() async throws {
        let trial = try await Trial()
        var limits = Self.ample
        limits.processes = 12
        // The worker, the shell and ten that sleep.
        let line = "for i in 1 2 3 4 5 6 7 8 9 10; do sleep 0.6 & done; wait; echo all"

        let output = try await trial.execute(line, limits: limits)

        #expect(output.standardOutput.text == "all\n")
    }
}

@Suite("What a step can do in its view", .timeLimit(.minutes(2)))
struct SandboxCallTests {
    /// Commands that need what the filter refuses: each fails, and says so.
    static let refused = [
        "unshare --user true", "unshare --mount true", "mount -t tmpfs none /mnt", "strace -o /dev/null true",
        "python3 -c 'import ctypes; l = ctypes.CDLL(None); exit(0 if l.syscall(425, 1, 0) >= 0 else 1)'",
        "python3 -c 'import fcntl, pty; m, s = pty.openpty(); fcntl.ioctl(s, 0x5412, b\"x\")'",
        "nsenter --target 1 --net true",
    ]

    @Test("what no role needs is refused", arguments: refused)
    func refusals(line: String) async throws {
        let trial = try await Trial()

        let output = try await trial.execute(line)

        #expect(output.result.end != .exited(0), "\(line)")
    }

    /// Programs that roles use; each does some work.
    static let legitimate = [
        "printf 'int main(void) { return 0; }' > a.c && cc a.c -o a && ./a",
        "git init -q sub && cd sub && git -c user.name=a -c user.email=b commit -q --allow-empty -m c && git log -1",
        "printf 'all:\\n\\t@echo made\\n' > Makefile && make -j4",
        "python3 -c 'import threading, subprocess; t = threading.Thread(target=print); t.start(); t.join(); "
            + "subprocess.run([\"true\"], check=True)'",
        "python3 -c 'import socket; s = socket.socket(); s.bind((\"127.0.0.1\", 0)); s.listen(); "
            + "c = socket.create_connection(s.getsockname()); c.close()'",
        "mkdir -p d/e && echo x > d/f && mv d/f d/e/f && ln d/e/f d/g && ln -s g d/h && rm -r d",
        "echo x > /tmp/x && cp /tmp/x /var/tmp/y && echo x > /dev/null && echo x > /dev/shm/x && echo x | cat",
        "perl -e 'my $pid = fork; exit 0 unless $pid; waitpid $pid, 0; exit $?'",
        "timeout 5 true && nice true && (ulimit -n 64; true)",
        "tar -cf a.tar README.md && gzip a.tar && tar -xzf a.tar.gz",
    ]

    @Test("compilers, git, make and interpreters work", arguments: legitimate)
    func work(line: String) async throws {
        let trial = try await Trial()

        let output = try await trial.execute(line)

        #expect(output.result.end == .exited(0), "\(line): \(output.result) \(output.standardError.text)")
        #expect(trial.notes.attempts == [], "\(line)")
    }

    @Test("nothing listens in /run for a step")
    func services() async throws {
        let trial = try await Trial()

        let output = try await trial.execute("find /run -type s; touch /run/x 2>&1 | grep -c 'Read-only'")

        #expect(output.standardOutput.text == "1\n")
    }

    @Test("the filter, Landlock and the guard are in force, as far as the kernel has them")
    func hold() async throws {
        let trial = try await Trial()

        let hold = try await trial.work(kind: .overlay) { session, _ in await session.hold }

        #expect(hold.filtersCalls)
        #expect(hold.notesAttempts)
        #expect(hold.countsUsage)
    }

    @Test("an attempt is told once, and at most 20 different ones are")
    func bounded() async throws {
        let trial = try await Trial()

        _ = try await trial.execute("for i in $(seq 1 30); do for j in 1 2; do echo x > /etc/baton-$i; done; done")

        #expect(trial.notes.attempts.count == 20)
        #expect(Set(trial.notes.attempts).count == 20)
        #expect(trial.notes.attempts.first == "/etc/baton-1")
    }
}

/// A directory with a view, and roles and commands that are tried in it.
final class Trial: Sendable {
    let root: TemporaryFolder
    let notes = Notes()
    private let state: TemporaryFolder
    private let store: ViewStore
    private let plugins: FixturePlugins
    private let files = PluginFiles()

    init() async throws {
        root = try TemporaryFolder("baton-trial")
        state = try TemporaryFolder("baton-state")
        store = ViewStore(stateFolder: state.path)
        plugins = try await FixturePlugins.misbehaving.value
        try root.write("# A project\n", to: "README.md")
    }

    /// A text that is in the environment of each process of the trial and of no other.
    var mark: String { root.path.string }

    /// Makes a view, lends a worker in it, and removes the view.
    func work<Result: Sendable>(
        kind: View.Kind, limits: ResourceLimits = .standard, plugin: PluginFile? = nil,
        _ body: (WorkerSession, View) async throws -> Result
    ) async throws -> Result {
        let view = try await store.makeView(of: root.path, kind: kind)
        let environment = ["PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": mark, "TRIAL": mark]
        let launch = WorkerLaunch(
            executable: World.prefix.appending("libexec/baton/baton-worker"),
            environment: environment.merging(view.variables) { _, own in own },
            view: view.order(git: root.path.appending(".git"), limits: limits), plugin: plugin)
        let result: Swift.Result<Result, any Error>
        do {
            result = .success(try await withWorker(launch, host: notes) { try await body($0, view) })
        } catch {
            result = .failure(error)
        }
        try view.remove()
        return try result.get()
    }

    @discardableResult
    func perform(_ name: String, kind: View.Kind, limits: ResourceLimits = .standard) async throws -> RoleReturn {
        let role = try PluginCatalog(searching: [plugins.folder]).role(named: name)
        let file = try await files.file(of: role)
        let order = RoleOrder(
            roleID: role.role.id, pluginPath: file.path.string, settings: "{}", stepID: name, runID: "0", task: "{}",
            baseCommit: "", attempt: 1, deadlineUnixNanoseconds: 0, seed: 1, flags: 0)
        return try await work(kind: kind, limits: limits, plugin: file) { session, _ in
            try await session.perform(order, until: .now.advanced(by: .seconds(60)))
        }
    }

    func execute(
        _ line: String, kind: View.Kind = .overlay, limits: ResourceLimits = .standard
    ) async throws -> CommandOutput {
        try await work(kind: kind, limits: limits) { session, _ in
            try await session.execute(CommandOrder(arguments: ["sh", "-c", line], timeLimitMilliseconds: 60_000))
        }
    }
}

/// Hears what workers tell, and keeps what they tried.
final class Notes: WorkerHost {
    private let state = Mutex<[String]>([])

    /// Paths and addresses, in the order in which they were tried.
    var attempts: [String] { state.withLock { $0 } }

    func answer(_ call: WorkerCall) async -> CallReply { CallReply(status: -4) }

    func note(_ note: WorkerNote) async {
        if case .attempted(_, let subject) = note { state.withLock { $0.append(subject) } }
    }
}
