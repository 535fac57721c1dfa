// Where Baton finds its parts and keeps its files.

import Glibc
package import SystemPackage

/// The folders of an installed Baton and of its user.
///
/// Sources: XDG Base Directory Specification 0.8; Filesystem Hierarchy Standard 3.0.
package struct Places: Sendable {
    /// The folder with `bin`, `libexec`, `lib` and `share`.
    package let prefix: FilePath
    package let config: FilePath
    package let data: FilePath
    package let state: FilePath
    /// For sockets: short, and gone after the session.
    package let runtime: FilePath
    /// Extra folders with plugins, before all others.
    private let extraPlugins: [FilePath]

    /// - Parameters:
    ///   - executable: The running program, links resolved.
    ///   - environment: The process's.
    package init(executable: FilePath, environment: [String: String]) {
        prefix = executable.removingLastComponent().removingLastComponent()
        let home = FilePath(environment["HOME"].flatMap { $0.isEmpty ? nil : $0 } ?? "/var/tmp/baton-\(geteuid())")
        func folder(_ variable: String, _ fallback: FilePath) -> FilePath {
            // The specification: a path that is not absolute is to be ignored.
            guard let value = environment[variable], value.hasPrefix("/") else { return fallback.appending("baton") }
            return FilePath(value).appending("baton")
        }
        config = folder("XDG_CONFIG_HOME", home.appending(".config"))
        data = folder("XDG_DATA_HOME", home.appending(".local/share"))
        state = folder("XDG_STATE_HOME", home.appending(".local/state"))
        runtime = folder("XDG_RUNTIME_DIR", FilePath("/tmp/baton-\(geteuid())"))
        extraPlugins = (environment["BATON_PLUGIN_PATH"] ?? "").split(separator: ":").map { FilePath(String($0)) }
            .filter(\.isAbsolute)
    }

    package var worker: FilePath { prefix.appending("libexec/baton/baton-worker") }

    /// Never a folder of the working directory: a plugin is code.
    package var pluginFolders: [FilePath] {
        let own = prefix.appending("lib/baton/plugins")
        return extraPlugins + [data.appending("plugins"), own]
            + ["/usr/local/lib/baton/plugins", "/usr/lib/baton/plugins"].filter { $0 != own.string }.map {
                FilePath($0)
            }
    }

    /// The user's recipes, then those that came with Baton.
    ///
    /// A repository's own come before both.
    package var recipeFolders: [FilePath] { [config.appending("recipes"), prefix.appending("share/baton/recipes")] }
}
