// `baton plugin` and `baton roles`: which plugins and roles are installed.

import ArgumentParser
import BatonCore
import BatonEngine
import BatonTerminal
import BatonWorkers
import SystemPackage

struct PluginCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plugin",
        abstract: "Look at plugins",
        subcommands: [PluginListCommand.self]
    )
}

struct PluginListCommand: BatonSubcommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the installed plugins; none of their code is run",
        discussion: """
              $ baton plugin list
            """
    )

    @Flag(name: .long, help: "Write one JSON object a plugin to standard output")
    var json = false

    func execute(in context: CommandContext) async throws -> ExitReason {
        let catalog = PluginCatalog(searching: context.places.pluginFolders)
        guard !catalog.plugins.isEmpty || json else {
            let folders = context.places.pluginFolders.map(\.string).joined(separator: ", ")
            context.console.note("There are no plugins in \(folders).")
            return .done
        }
        var table = Table([
            .init("id"), .init("version"), .init("roles"), .init("license"), .init("folder", isFlexible: true),
        ])
        for plugin in catalog.plugins {
            if json {
                context.console.document(JSONText.line(plugin.document) + "\n")
                continue
            }
            switch plugin.manifest {
            case .success(let manifest):
                let roles = manifest.roles.map(\.name).joined(separator: ", ")
                table.add(
                    [
                        "\(manifest.id)", "\(manifest.version)", "\(roles)", "\(manifest.license ?? "")",
                        "\(plugin.folder.string)",
                    ])
            case .failure(let problem):
                context.console.warn("the plugin in '\(plugin.folder.string)' cannot be used: \(problem.message)")
            }
        }
        if !json { for line in table.lines(width: context.console.capabilities.width) { context.console.data(line) } }
        return .done
    }
}

struct RolesCommand: BatonSubcommand {
    static let configuration = CommandConfiguration(
        commandName: "roles",
        abstract: "List the roles that recipes can use",
        discussion: """
              $ baton roles
            """
    )

    @Flag(name: .long, help: "Write one JSON object a role to standard output")
    var json = false

    func execute(in context: CommandContext) async throws -> ExitReason {
        var table = Table([.init("role"), .init("version"), .init("may"), .init("", isFlexible: true)])
        for role in PluginCatalog(searching: context.places.pluginFolders).roles {
            if json {
                context.console.document(JSONText.line(role.document) + "\n")
            } else {
                let may = role.role.permissions.joined(separator: " ")
                table.add([
                    "\(role.role.name, .id)", "\(role.plugin.version)", "\(may)", "\(role.role.description ?? "")",
                ])
            }
        }
        if !json { for line in table.lines(width: context.console.capabilities.width) { context.console.data(line) } }
        return .done
    }
}

extension InstalledPlugin {
    fileprivate var document: JSONValue {
        var members: [String: JSONValue] = ["schema": "baton.installed-plugin/1", "folder": .string(folder.string)]
        switch manifest {
        case .success(let manifest):
            members["id"] = .string(manifest.id)
            members["version"] = .string(manifest.version)
            members["roles"] = .array(manifest.roles.map { .string($0.name) })
            members["sha256"] = manifest.sha256.map(JSONValue.string) ?? .null
        case .failure(let problem): members["problem"] = .string(problem.message)
        }
        return .object(members)
    }
}

extension InstalledRole {
    fileprivate var document: JSONValue {
        [
            "schema": "baton.installed-role/1",
            "role": .string(role.name),
            "kind": .string(role.kind),
            "plugin": .string(plugin.id),
            "version": .string(plugin.version),
            "permissions": .array(role.permissions.map(JSONValue.string)),
        ]
    }
}
