// The embedded model's server: its start, its end, and the real thing if it is installed.

import BatonCore
import FoundationEssentials
import Glibc
import SystemPackage
import Testing

@testable import BatonModels

/// An installation whose Python is the shell script `program`; the arguments after its `-c TEXT` are `$6` and on.
private func withServer<Result>(
    _ program: String,
    limits: EmbeddedServer.Limits = .init(start: .seconds(20)),
    runtime: String = "run",
    _ body: (EmbeddedServer, FilePath) async throws -> Result
) async throws -> Result {
    try await withFolder { folder in
        let installation = EmbeddedInstallation(dataFolder: folder)
        try put("#!/bin/sh\n" + program, at: folder.appending("python"), mode: 0o755)
        let manifest = EmbeddedManifest(.current, python: folder.appending("python"))
        try put(String(decoding: manifest.bytes(), as: UTF8.self), at: installation.manifestFile)
        let server = EmbeddedServer(
            installation: installation, runtimeFolder: folder.appending(runtime),
            environment: ["PATH": "/usr/bin:/bin", "OPENAI_API_KEY": "canary"], limits: limits
        )
        do {
            let result = try await body(server, folder)
            await server.shutdown()
            return result
        } catch {
            await server.shutdown()
            throw error
        }
    }
}

extension ProgramTests {
    @Suite("Embedded server")
    struct EmbeddedServerTests {
        /// Counts its starts, then serves until its standard input ends.
        private static let good = "echo $$ >> $0.pids; env >> $0.env; echo noise; echo ready; cat > /dev/null\n"

        private func pids(_ folder: FilePath) throws -> [pid_t] {
            try String(contentsOf: URL(filePath: folder.appending("python.pids").string), encoding: .utf8)
                .split(separator: "\n").compactMap { pid_t($0) }
        }

        @Test("two first uses at once start one server, which shutdown ends")
        func oneStart() async throws {
            try await withServer(Self.good) { server, folder in
                async let first = server.running()
                async let second = server.running()
                let endpoints = try await [first.endpoint, second.endpoint, server.running().endpoint]

                #expect(Set(endpoints).count == 1)
                #expect(try pids(folder).count == 1)
                let server0 = try #require(try pids(folder).first)
                #expect(getpgid(server0) == server0)
                await server.shutdown()
                #expect(kill(server0, 0) != 0)
                let error = try await batonError { try await server.running() }
                #expect(error.lines == ["cancelled: the embedded model's server was stopped"])
            }
        }

        @Test("the server gets no key")
        func environment() async throws {
            try await withServer(Self.good) { server, folder in
                _ = try await server.running()

                let environment = try String(
                    contentsOf: URL(filePath: folder.appending("python.env").string), encoding: .utf8)
                #expect(environment.contains("PATH=/usr/bin:/bin\n"))
                #expect(!environment.contains("canary"))
            }
        }

        @Test("a server that has ended is started again")
        func restart() async throws {
            try await withServer(Self.good) { server, folder in
                let first = try await server.running()
                let id = try #require(try pids(folder).first)
                kill(id, SIGKILL)
                await first.ended()

                let second = try await server.running()

                #expect(second.isAlive)
                #expect(try pids(folder).count == 2)
                #expect(kill(id, 0) != 0)
            }
        }

        @Test("a server that does not hear that it should end is killed")
        func deaf() async throws {
            let program = "echo $$ > $0.pids; trap '' TERM; echo ready; exec sleep 1000"
            try await withServer(program, limits: .init(stop: .milliseconds(50))) { server, folder in
                _ = try await server.running()
                let id = try #require(try pids(folder).first)

                await server.shutdown()

                #expect(kill(id, 0) != 0)
            }
        }

        @Test("a server that ends at its start says why, and is started again next time")
        func deadStart() async throws {
            let program = "echo starting >&2; echo 'ImportError: \u{1B}[31mno libstdc++' >&2; echo >&2; exit 1"
            try await withServer(program) { server, _ in
                for _ in 0..<2 {
                    let error = try await batonError { try await server.running() }
                    #expect(
                        error.lines == [
                            "model-unavailable: the embedded model's server ended before it was ready",
                            "cause: ImportError: no libstdc++",
                            "hint: Run 'baton model install' to check the installation, or name another model with '--model'.",
                        ])
                }
            }
        }

        @Test("a server that is not ready in time is ended")
        func lateStart() async throws {
            try await withServer("echo $$ > $0.pids; cat > /dev/null", limits: .init(start: .milliseconds(300))) {
                server, folder in
                let error = try await batonError { try await server.running() }

                #expect(error.message == "the embedded model's server was not ready within 300 ms")
                for id in try pids(folder) { #expect(kill(id, 0) != 0) }
            }
        }

        @Test("cancelling ends the wait of one, not of the others")
        func cancelling() async throws {
            // Ready when the test says so.
            try await withServer("mkfifo $0.go; echo > $0.made; read word < $0.go; echo ready; cat > /dev/null") {
                server, folder in
                let one = Task { try await server.running() }
                let other = Task { try await server.running() }
                while fileSize(folder.appending("python.made")) == nil { await Task.yield() }
                one.cancel()
                let error = try await batonError { try await one.value }
                #expect(error.message == "the wait for the embedded model was cancelled")
                try put("go\n", at: folder.appending("python.go"), mode: 0o600)

                #expect(try await other.value.isAlive)
            }
        }

        @Test("shutdown during the start ends the server and everybody's wait")
        func shutdownWhileStarting() async throws {
            try await withServer("echo $$ > $0.pids; cat > /dev/null") { server, folder in
                let waiting = Task { try await server.running() }
                while fileSize(folder.appending("python.pids")) ?? 0 == 0 { await Task.yield() }

                await server.shutdown()

                let error = try await batonError { try await waiting.value }
                #expect(error.code == .cancelled)
                for id in try pids(folder) { #expect(kill(id, 0) != 0) }
            }
        }

        @Test("a folder that others can write to is refused", arguments: [0o777, 0o770, 0o755])
        func openFolder(mode: Int) async throws {
            try await withServer(Self.good) { server, folder in
                let run = folder.appending("run")
                try FileManager.default.createDirectory(atPath: run.string, withIntermediateDirectories: true)
                try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: run.string)

                let error = try await batonError { try await server.running() }

                #expect(
                    error.lines == [
                        "denied: other users can change '\(run)', where the model's socket would be",
                        "hint: Run 'chmod 700 \(run)' if it is yours, or set XDG_RUNTIME_DIR to a folder of your own.",
                    ])
            }
        }

        @Test("so is one in a folder that others can write to")
        func openParent() async throws {
            try await withServer(Self.good, runtime: "open/run") { server, folder in
                try FileManager.default.createDirectory(
                    atPath: folder.appending("open").string, withIntermediateDirectories: true)
                try FileManager.default.setAttributes(
                    [.posixPermissions: 0o777], ofItemAtPath: folder.appending("open").string)

                let error = try await batonError { try await server.running() }

                #expect(error.message == "other users can change '\(folder)/open', where the model's socket would be")
            }
        }

        @Test("a path that is too long for a socket is refused")
        func longPath() async throws {
            let name = String(repeating: "r", count: 90)
            try await withServer(Self.good, runtime: name) { server, folder in
                let error = try await batonError { try await server.running() }

                #expect(error.code == .unsupported)
                #expect(
                    error.message.hasPrefix(
                        "the path of the model's socket would be longer than 107 bytes: '\(folder)/rrr"))
                #expect(error.hints == ["Set XDG_RUNTIME_DIR to a shorter path."])
            }
        }
    }
}

@Suite("Turns")
struct TurnsTests {
    @Test("one at a time, in order, and whoever gives up is passed over")
    func order() async throws {
        let turns = Turns()
        #expect(await turns.begin())
        let passed = Collected<Int>()
        var waiting: [Task<Void, Never>] = []
        for number in 0..<4 {
            let before = await turns.count
            waiting.append(
                Task {
                    guard await turns.begin() else { return }
                    passed.append(number)
                    await turns.end()
                })
            while await turns.count == before { await Task.yield() }
        }

        waiting[1].cancel()
        await waiting[1].value
        await turns.end()
        for task in waiting { await task.value }

        #expect(passed.values == [0, 2, 3])
        #expect(await turns.begin())
    }

    @Test("whoever is cancelled before has no turn")
    func cancelled() async {
        let turns = Turns()
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return await turns.begin()
        }

        #expect(await !task.value)
        #expect(await turns.begin())
    }
}

/// The folder whose `models/embedded` holds an installed model, if there is one.
private let installedData: FilePath? = {
    func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
    let data = variable("XDG_DATA_HOME").map { "\($0)/baton" } ?? variable("HOME").map { "\($0)/.local/share/baton" }
    return [variable("BATON_TEST_MODEL_DIR"), data].lazy.compactMap { $0.map { FilePath($0) } }
        .first { EmbeddedInstallation(dataFolder: $0).status == .installed }
}()

extension ProgramTests {
    @Suite("Embedded model, the real one", .enabled(if: installedData != nil))
    struct EmbeddedModelTests {
        private func with<Result>(_ body: (ModelCatalog, FilePath) async throws -> Result) async throws -> Result {
            try await withFolder { folder in
                let catalog = try ModelCatalog(
                    environment: ["PATH": "/usr/bin:/bin"], configFolder: folder,
                    dataFolder: try #require(installedData),
                    runtimeFolder: folder.appending("run")
                )
                do {
                    let result = try await body(catalog, folder.appending("run"))
                    await catalog.shutdown()
                    return result
                } catch {
                    await catalog.shutdown()
                    throw error
                }
            }
        }

        private func sockets(_ run: FilePath) throws -> [String] {
            try FileManager.default.contentsOfDirectory(atPath: run.string)
        }

        @Test("answers, the same each time, on a private socket that goes away")
        func completion() async throws {
            let run = try await with { catalog, run in
                let model = try await catalog.resolve(nil)
                var request = ChatRequest.asking("What is the capital of France? Answer in one word.")
                request.maxTokens = 24
                request.temperature = 0.8
                request.seed = 11
                let pieces = Collected<ChatDelta>()

                let first = try await model.complete(request) { pieces.append($0) }
                _ = try await model.complete(.asking("Say something else."))
                let second = try await model.complete(request)

                #expect(model.name == "SmolLM2-135M-Instruct")
                #expect(first.model == "SmolLM2-135M-Instruct")
                #expect(!first.text.isEmpty)
                #expect(pieces.values.count > 1)
                #expect(!first.usageIsEstimated)
                #expect(second.text == first.text)
                let socket = try #require(try sockets(run).first)
                var information = stat()
                #expect(stat(run.appending(socket).string, &information) == 0)
                #expect(information.st_mode & 0o777 == 0o700)
                #expect(stat(run.string, &information) == 0)
                #expect(information.st_mode & 0o777 == 0o700)
                await catalog.shutdown()
                #expect(try sockets(run).isEmpty)
                return run
            }
            #expect(fileSize(run) == nil)
        }

        @Test("keeps to a schema, and several who ask at once each get an answer")
        func schema() async throws {
            try await with { catalog, _ in
                let model = try await catalog.resolve("embedded")
                var request = ChatRequest.asking("Is water wet?")
                request.maxTokens = 60
                request.temperature = 0
                request.responseSchema = [
                    "type": "object", "required": ["verdict"], "additionalProperties": false,
                    "properties": ["verdict": ["type": "string", "enum": ["accept", "revise"]]],
                ]

                let texts = try await withThrowingTaskGroup(of: String.self) { group in
                    for _ in 0..<3 { group.addTask { [request] in try await model.complete(request).text } }
                    return try await group.reduce(into: []) { $0.append($1) }
                }

                #expect(texts.count == 3)
                for text in texts {
                    let value = try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))
                    #expect(["accept", "revise"].contains(value["verdict"]?.stringValue))
                }
            }
        }

        @Test("the server ends when the process that holds its standard input is killed")
        func killedParent() async throws {
            try await withFolder { folder in
                let installation = EmbeddedInstallation(dataFolder: try #require(installedData))
                let manifest = try #require(EmbeddedManifest(file: installation.manifestFile))
                let socket = folder.appending("a.sock")
                let words = ServerScript.arguments(
                    packages: installation.packages.string, model: installation.model.string, name: "x",
                    socket: socket.string, threads: 2, context: 4096)
                // The server reads what 'sleep' writes: killing that is, for the server, what killing Baton is.
                let script = #"sleep 1000 | exec "$@""#
                let process = try SpawnedProcess(
                    "/bin/sh", ["-c", script, "sh", manifest.python] + words, environment: ["PATH": "/usr/bin:/bin"])
                let (news, speaker) = AsyncStream<String>.makeStream()
                let lines = LineSplitter { speaker.yield($0) }
                let output = PipeListener(to: process.output) { lines.append($0) }
                for await line in news where line == ServerScript.readyLine { break }
                #expect(fileSize(socket) != nil)

                let sleeper = try #require(try child(of: process.id, named: "sleep"))
                kill(sleeper, SIGKILL)
                // The last holder of standard output is the server.
                await output.waitForEnd()

                #expect(fileSize(socket) == nil)
                _ = await process.wait()
            }
        }

        /// The child of `parent` whose program has this name.
        private func child(of parent: pid_t, named name: String) throws -> pid_t? {
            try FileManager.default.contentsOfDirectory(atPath: "/proc").lazy.compactMap { pid_t($0) }.first { id in
                guard let bytes = try? readFile(FilePath("/proc/\(id)/stat"), upTo: 4096) else { return false }
                let text = String(decoding: bytes, as: UTF8.self)
                let fields = text.split(separator: ")").last?.split(separator: " ") ?? []
                return text.contains("(\(name))") && fields.count > 1 && pid_t(fields[1]) == parent
            }
        }
    }
}
