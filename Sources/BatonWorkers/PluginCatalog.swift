// Which plugins are there.

package import BatonCore
import Foundation
package import SystemPackage

/// A plugin's folder and what its manifest says, or why it cannot be used.
package struct InstalledPlugin: Sendable {
    package let folder: FilePath
    package let manifest: Result<PluginManifest, PluginProblem>
}

/// A role that an installed plugin has.
package struct InstalledRole: Sendable {
    package let role: PluginManifest.Role
    package let plugin: PluginManifest
    package let folder: FilePath

    package var library: FilePath { folder.appending(plugin.file) }
}

/// The plugins of this machine, in the order in which they are looked for.
///
/// Only manifests are read here. The working directory is never searched: a repository could bring a plugin along, and a
/// plugin is code.
package struct PluginCatalog: Sendable {
    package let plugins: [InstalledPlugin]

    /// - Parameter folders: Where to look. Of two plugins with one id the one that is found first counts.
    package init(searching folders: [FilePath]) {
        var seen: Set<String> = []
        var plugins: [InstalledPlugin] = []
        for folder in folders {
            for name in Self.names(in: folder) {
                let pluginFolder = folder.appending(name)
                guard let bytes = Self.contents(of: pluginFolder.appending("plugin.json")) else { continue }
                let manifest = Result { () throws(PluginProblem) in try PluginManifest(reading: bytes) }
                if let id = try? manifest.get().id, !seen.insert(id).inserted { continue }
                plugins.append(InstalledPlugin(folder: pluginFolder, manifest: manifest))
            }
        }
        self.plugins = plugins
    }

    /// Every role of every usable plugin.
    package var roles: [InstalledRole] {
        var names: Set<String> = []
        return plugins.flatMap { plugin -> [InstalledRole] in
            guard let manifest = try? plugin.manifest.get() else { return [] }
            return manifest.roles.compactMap { role in
                names.insert(role.name).inserted
                    ? InstalledRole(role: role, plugin: manifest, folder: plugin.folder) : nil
            }
        }
    }

    package func role(named name: String) throws(BatonError) -> InstalledRole {
        let roles = self.roles
        if let role = roles.first(where: { $0.role.name == name }) { return role }
        var hints = ["Installed roles: \(roles.map(\.role.name).sorted().joined(separator: ", "))."]
        if let near = nearestName(to: name, among: roles.map(\.role.name)) {
            hints.insert("Did you mean '\(near)'?", at: 0)
        }
        throw BatonError(.notFound, "unknown role '\(name)'", hints: hints)
    }

    private static func names(in folder: FilePath) -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: folder.string))?.sorted() ?? []
    }

    private static func contents(of file: FilePath) -> Data? {
        FileManager.default.contents(atPath: file.string)
    }
}
