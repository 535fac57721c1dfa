// Who does a step.

import BatonCore
import BatonRecipes
import BatonWorkers

/// Who does a step: a role of a plugin, or a shell command.
enum Executor: Sendable {
    case role(InstalledRole)
    case command(String)

    /// Finds the step's role among the installed ones.
    init(of step: PlannedStep, in plugins: PluginCatalog) throws(BatonError) {
        switch step.form {
        case .role(let name): self = .role(try plugins.role(named: name))
        case .command(let line): self = .command(line)
        }
    }

    /// As events, trailers and messages name it.
    var name: String {
        switch self {
        case .role(let role): role.role.name
        case .command: Self.commandName
        }
    }

    var version: String {
        switch self {
        case .role(let role): "\(role.role.name) \(role.plugin.version)"
        case .command: Self.commandName
        }
    }

    /// A command of the recipe's author writes what `writes` allows, and calls neither models nor people.
    var permissions: Set<String> {
        switch self {
        case .role(let role): Set(role.role.permissions)
        case .command: ["fs.read", "fs.write"]
        }
    }

    var pluginID: String {
        switch self {
        case .role(let role): role.plugin.id
        case .command: ""
        }
    }

    static let commandName = "command"
}

extension PlannedStep {
    var executorName: String {
        switch form {
        case .role(let name): name
        case .command: Executor.commandName
        }
    }

    /// As the subject of a sentence.
    var subject: String {
        switch form {
        case .role(let name): "plugin '\(name)'"
        case .command: "the worker of step '\(id)'"
        }
    }
}
