// What a command works with; tests pass their own.

package import BatonCore
package import BatonEngine
import BatonGit
package import BatonModels
package import BatonRecipes
package import BatonTerminal
import Glibc
package import SystemPackage

/// What a command works with.
package struct CommandContext: Sendable {
    package var console: Console
    package var environment: [String: String]
    package var places: Places
    package var workingDirectory: FilePath
    /// Wishes to stop what runs in the foreground, from now on.
    package var stops: @Sendable () -> AsyncStream<StopRequest>
    /// Asks the person; nil if nobody is there.
    package var ask: @Sendable (StepQuestion) async -> String?
    /// Runs a command such that Ctrl-C cancels it, where it does not ask for ``stops`` itself.
    package var interruptible: @Sendable (@escaping @Sendable () async -> ExitReason) async -> ExitReason

    package init(
        console: Console, environment: [String: String], places: Places, workingDirectory: FilePath,
        stops: @escaping @Sendable () -> AsyncStream<StopRequest>,
        ask: @escaping @Sendable (StepQuestion) async -> String?,
        interruptible: @escaping @Sendable (@escaping @Sendable () async -> ExitReason) async -> ExitReason
    ) {
        self.console = console
        self.environment = environment
        self.places = places
        self.workingDirectory = workingDirectory
        self.stops = stops
        self.ask = ask
        self.interruptible = interruptible
    }
}

extension CommandContext {
    /// Opens the project that the working directory is in, and says so if an operation there had been cut off.
    func openProject(view: ViewChoice = .auto) async throws -> Project {
        let project = try Project(
            containing: workingDirectory,
            installation: Installation(
                workerExecutable: places.worker, pluginFolders: places.pluginFolders, stateFolder: places.state,
                environment: environment, viewChoice: view
            )
        )
        if let recovered = try await project.git.recover() { report(recovered) }
        return project
    }

    private func report(_ recovered: RecoveredOperation) {
        let title = sanitizedLine(recovered.title)
        console.warn(
            recovered.isDone
                ? "'\(title)' had been cut off, and is finished now"
                : "'\(title)' had been cut off before it changed anything; nothing of it has happened",
            hints: recovered.left.map {
                "'\(sanitizedLine($0.string))' was changed since; your version stays."
            })
    }

    /// Whether the working directory, or one above it, has a `.git`; what it is worth shows when it is opened.
    package var isInRepository: Bool {
        var directory = workingDirectory
        while true {
            if directory.appending(".git").withPlatformString({ access($0, F_OK) }) == 0 { return true }
            guard directory.removeLastComponent() else { return false }
        }
    }

    /// Makes the working directory a repository, and returns the name of its branch.
    func initializeRepository() async throws -> String {
        try Project.initialize(workingDirectory, environment: environment)
    }

    /// The latest run in the working directory; nil if there is none.
    package func latestRun() async throws -> RunHistory? {
        try await openProject().history(limit: 1).first
    }

    /// Recipes of the project, of the user, and those that came with Baton.
    package var recipes: RecipeLibrary {
        RecipeLibrary(folders: ([workingDirectory.appending(".baton/recipes")] + places.recipeFolders).map(\.string))
    }

    /// The models that names can mean here.
    package func modelCatalog() throws -> ModelCatalog {
        try ModelCatalog(
            environment: environment, configFolder: places.config, dataFolder: places.data,
            runtimeFolder: places.runtime, workingFolder: workingDirectory
        )
    }
}
