// Tries which kinds of views the machine allows.

import BatonCore
package import BatonWorkerLink
import BatonWorkers
package import BatonWorkspace
import Glibc
package import SystemPackage

/// Tries kinds of views as steps use them: with the worker itself, from its namespaces to the delta.
///
/// Only trying tells: where AppArmor restricts namespaces, for instance, they can be made and nothing can be done in
/// them.
package struct ViewProbe: Sendable {
    private let worker: FilePath
    private let stateFolder: FilePath

    package init(worker: FilePath, stateFolder: FilePath) {
        self.worker = worker
        self.stateFolder = stateFolder
    }

    /// What came of trying one kind.
    package struct Finding: Sendable {
        package let kind: View.Kind
        /// Nil if it works.
        package var obstacle: ViewObstacle?
        /// What holds a step in besides the view; nil if there is none.
        package var hold: Hold?
    }

    /// Tries `kind` on a small directory of its own.
    package func tryOut(_ kind: View.Kind) async -> Finding {
        let folder = stateFolder.appending("probe-\(getpid())")
        // What is left is a few empty files of Baton's own, in its own folder.
        defer { try? removeTree(folder) }
        do {
            for name in ["folder/file", "gone"] {
                let file = folder.appending("root/\(name)")
                try makeFolder(file.removingLastComponent())
                try Self.makeFile(file)
            }
        } catch {
            return Finding(kind: kind, obstacle: ViewObstacle(error))
        }
        return await tryOut(kind, on: folder.appending("root")) { session, view in
            let line = "rm -r folder && mkdir folder && rm gone && echo new > new"
            let output = try await session.execute(
                CommandOrder(arguments: ["sh", "-c", line], timeLimitMilliseconds: 10_000))
            let paths = try view.delta().paths.map(\.string)
            guard output.result.end == .exited(0), paths == ["folder/file", "gone", "new"] else {
                throw BatonError(
                    .unsupported, "a step's changes cannot be read back",
                    causes: [output.standardError.text, "\(paths)"])
            }
        }
    }

    /// Tries to enter a view of `root`, which is not touched.
    package func tryOut(_ kind: View.Kind, on root: FilePath) async -> Finding {
        await tryOut(kind, on: root) { _, _ in }
    }

    private func tryOut(
        _ kind: View.Kind, on root: FilePath, _ body: (WorkerSession, View) async throws -> Void
    ) async -> Finding {
        if let reason = kind.obstacle(for: root) {
            return Finding(kind: kind, obstacle: ViewObstacle(reason, of: kind))
        }
        do {
            let store = ViewStore(stateFolder: stateFolder)
            let view = try await store.makeView(of: root, kind: kind)
            let launch = WorkerLaunch(
                executable: worker,
                environment: ["PATH": "/usr/local/bin:/usr/bin:/bin"].merging(view.variables) { $1 },
                view: view.order(git: root.appending(".git")), plugin: nil)
            let hold = try await withWorker(launch, host: SilentHost()) { session in
                try await body(session, view)
                return await session.hold
            }
            await store.clear()
            return Finding(kind: kind, hold: hold)
        } catch {
            return Finding(kind: kind, obstacle: ViewObstacle(error))
        }
    }

    /// What lets `worker` use user namespaces where AppArmor restricts them.
    package static func appArmorProfile(worker: FilePath) -> String { ViewAdvice.appArmorProfile(worker: worker) }

    private static func makeFile(_ path: FilePath) throws(BatonError) {
        let file = path.withPlatformString { open($0, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600) }
        guard file >= 0 else { throw BatonError(.unsupported, "cannot write '\(path)'") }
        close(file)
    }
}

/// Hears nothing and answers nothing: no plugin runs.
private struct SilentHost: WorkerHost {
    func answer(_ call: WorkerCall) async -> CallReply { CallReply(status: Status.unavailable) }
    func note(_ note: WorkerNote) async {}
}

/// Why a kind of view does not work here.
package struct ViewObstacle: Hashable, Sendable {
    /// To be read after the kind's name, or as a sentence of its own.
    package let phrase: String
    /// Full sentences that say what would remove it.
    package let advice: [String]

    init(_ phrase: String, of kind: View.Kind) {
        self.phrase = phrase
        advice = ViewAdvice.forKnown(kind)
    }

    init(_ error: any Error) {
        switch error {
        case let failure as WorkerFailure:
            phrase = failure.end.phrase
            if case .viewFailed(let call, let error) = failure.end {
                advice = ViewAdvice(call: call, error: error).sentences
            } else {
                advice = []
            }
        case let error as BatonError:
            phrase = ([error.message] + error.causes).filter { !$0.isEmpty }.joined(separator: ": ")
            advice = error.hints
        default:
            phrase = "\(error)"
            advice = []
        }
    }
}
