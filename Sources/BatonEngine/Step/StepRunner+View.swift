// The view that a step works in.

import BatonCore
import BatonWorkers
import BatonWorkspace
import SystemPackage

extension StepRunner {
    /// Makes a view, runs `body` in it, and removes it.
    ///
    /// Where the machine refuses a kind of view, the next one takes its place.
    func withView<Result>(
        for name: StepName, plugin: PluginFile?, network: Bool, _ body: (View, WorkerLaunch) async throws -> Result
    ) async throws -> Result {
        var kind = await project.viewKind()
        while true {
            do {
                return try await withView(kind, plugin, network, body)
            } catch let failure as WorkerFailure {
                guard case .viewFailed = failure.end, let next = await project.degradeView(from: kind) else {
                    throw failure
                }
                let reason = kind.obstacle(for: project.root).map { "a view of kind '\(kind.rawValue)' \($0)" }
                let event = RunEvent.Kind.viewDegraded(
                    to: next.rawValue, because: reason ?? "the worker \(failure.end.phrase)")
                await tell(RunEvent(run: run, step: name, kind: event))
                kind = next
            }
        }
    }

    func withView<Result>(
        _ kind: View.Kind, _ plugin: PluginFile?, _ network: Bool, _ body: (View, WorkerLaunch) async throws -> Result
    ) async throws -> Result {
        let view = try await project.views.makeView(of: project.root, kind: kind)
        let environment = project.workerEnvironment(run: run).merging(view.variables) { _, own in own }
        let launch = WorkerLaunch(
            executable: project.workerExecutable, environment: environment,
            view: view.order(git: project.root.appending(".git"), network: network), plugin: plugin
        )
        do {
            let result = try await body(view, launch)
            try? view.remove()  // What is left is removed with the process's other views.
            return result
        } catch {
            throw view.removed(after: error)
        }
    }
}
