// Everything about the directory that Baton works in.

import BatonCore
package import BatonGit
package import BatonModels
package import BatonRecipes
package import BatonWorkerLink
package import BatonWorkers
package import BatonWorkspace
package import SystemPackage

/// Where the parts of an installed Baton are, and what it sees of the user's environment.
package struct Installation: Sendable {
    package var workerExecutable: FilePath
    package var pluginFolders: [FilePath]
    package var stateFolder: FilePath
    /// What workers see of the environment; see ``Project/workerEnvironment(run:)``.
    package var environment: [String: String]
    package var viewChoice: ViewChoice

    package init(
        workerExecutable: FilePath, pluginFolders: [FilePath], stateFolder: FilePath, environment: [String: String],
        viewChoice: ViewChoice
    ) {
        self.workerExecutable = workerExecutable
        self.pluginFolders = pluginFolders
        self.stateFolder = stateFolder
        self.environment = environment
        self.viewChoice = viewChoice
    }
}

/// Which kind of view steps get.
package enum ViewChoice: String, Sendable, CaseIterable {
    /// The best that the machine allows; never the user's own directory.
    case auto
    case overlay
    case fuseOverlay = "fuse-overlay"
    case copy
    case warmCopy = "warm-copy"
    case inPlace = "in-place"

    /// Nil for ``auto``.
    var kind: View.Kind? { View.Kind(rawValue: rawValue) }
}

/// Finds the model that a name means; nil is the user's default.
package protocol ModelResolving: Sendable {
    func model(named name: String?) async throws -> any ChatModel
}

/// One working directory with its repository, journal, plugins and views.
package actor Project {
    package nonisolated let git: GitStore
    package nonisolated let journal: Journal
    package nonisolated let plugins: PluginCatalog
    nonisolated let pluginFiles = PluginFiles()
    nonisolated let views: ViewStore
    private nonisolated let installation: Installation
    private var kind: View.Kind

    /// Opens the repository that contains `path`, and its journal.
    package init(containing path: FilePath, installation: Installation) throws {
        let git = try GitStore(containing: path, environment: installation.environment)
        try Self.refuseWholeMachine(git.root, environment: installation.environment)
        self.git = git
        self.journal = try Journal(in: git.commonDirectory.appending("baton"))
        self.plugins = PluginCatalog(searching: installation.pluginFolders)
        self.views = ViewStore(stateFolder: installation.stateFolder)
        self.installation = installation
        self.kind = installation.viewChoice.kind ?? .overlay
    }

    /// Makes `path` a repository, and returns the name of its branch.
    ///
    /// - Throws: `unsupported` for a home directory and `/`, and where there is a repository already.
    package static func initialize(_ path: FilePath, environment: [String: String]) throws -> String {
        try refuseWholeMachine(path, environment: environment)
        return try GitStore.initialize(path, environment: environment)
    }

    /// A step sees all files of its directory and could change any of them; nobody means that of all they have.
    private static func refuseWholeMachine(_ root: FilePath, environment: [String: String]) throws(BatonError) {
        let home = environment["HOME"].map { FilePath($0).lexicallyNormalized() }
        guard root.components.isEmpty || root == home else { return }
        let what = root.components.isEmpty ? "the whole machine" : "your home directory"
        throw BatonError(
            .unsupported, "'\(root)' is \(what), and steps work on all files of a repository",
            hints: ["Work in a folder of its own: make one, and run 'baton init' in it."])
    }

    package nonisolated var root: FilePath { git.root }
    package nonisolated var workerExecutable: FilePath { installation.workerExecutable }

    func viewKind() -> View.Kind { kind }

    /// Takes the next kind of view from now on; nil if there is none, or the user wants no other than ``kind``.
    ///
    /// Design: docs/design/0003-views.md, "The ladder".
    func degradeView(from failed: View.Kind) -> View.Kind? {
        guard installation.viewChoice == .auto else { return nil }
        guard kind == failed else { return kind }  // Another step has already taken a step down.
        switch failed {
        case .overlay where View.Kind.fuseOverlay.obstacle(for: root) == nil: kind = .fuseOverlay
        case .overlay, .fuseOverlay:
            kind = View.Kind.canShareBlocks(of: root, in: installation.stateFolder) ? .copy : .warmCopy
        case .copy, .warmCopy, .inPlace: return nil
        }
        return kind
    }

    /// What a worker sees of the environment: what programs need to run at all, and nothing that could be a credential.
    nonisolated func workerEnvironment(run: RunID) -> [String: String] {
        var result = installation.environment.filter { name, _ in
            Self.passedVariables.contains(name) || name.hasPrefix("LC_")
        }
        result["TMPDIR"] = "/tmp"
        // A crash is reported by the host; a backtrace would cost a fifth of a second and bury the plugin's own words.
        result["SWIFT_BACKTRACE"] = "enable=no"
        result["GIT_OPTIONAL_LOCKS"] = "0"
        result["BATON_RUN"] = run.description
        return result
    }

    private static let passedVariables: Set<String> = [
        "PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TERM",
    ]
}

extension View {
    /// The order that makes a worker enter the view.
    package func order(git: FilePath, network: Bool = false, limits: ResourceLimits = .standard) -> ViewOrder {
        var overlay: ViewOrder.Overlay?
        if kind.isIsolated {
            let hasRepository = (try? FileEntry(at: git)) != .absent
            overlay = ViewOrder.Overlay(
                upper: upper.bytes, work: work.bytes, git: hasRepository ? git.bytes : nil,
                server: kind == .fuseOverlay ? View.Kind.fuseProgram?.bytes ?? [] : nil
            )
        }
        return ViewOrder(
            root: workingDirectory.bytes, overlay: overlay, temporary: temporary.bytes, network: network, limits: limits
        )
    }
}

extension RoleDirectory {
    /// The roles that are installed.
    package init(_ plugins: PluginCatalog) {
        self.init(
            plugins.roles.map { installed in
                Role(name: installed.role.name, kind: installed.role.kind, permissions: Set(installed.role.permissions))
            }
        )
    }
}

extension LandedFile {
    init(_ file: FileStat) {
        self.init(path: file.path.string, addedLines: file.addedLines, removedLines: file.removedLines)
    }
}
