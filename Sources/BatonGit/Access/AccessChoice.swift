// Chooses between libgit2 and the git program.

import BatonCore
import CGit2
import SystemPackage

/// Which way to git serves a repository.
///
/// libgit2 is much faster, but refuses some formats, and does harm to others without a word. Where it would, the git
/// program is used, which knows whatever the user's git knows.
enum AccessChoice: Hashable {
    case libgit2
    /// `because` is a phrase for a person, such as "it is a partial clone".
    case program(because: String)

    /// Looks at a repository and chooses.
    ///
    /// Starts no process; costs about 0.1 ms, and what ``IndexExtensions`` costs.
    ///
    /// - Throws: What ``choose(_:)`` throws.
    static func choose(gitDirectory: FilePath, commonDirectory: FilePath) throws(BatonError) -> AccessChoice {
        try choose(RepositoryFacts(gitDirectory: gitDirectory, commonDirectory: commonDirectory))
    }

    /// Chooses by what is known of the repository.
    ///
    /// - Throws: `invalidInput` if the setting `baton.git` is none of `auto`, `libgit2` and `program`; `unsupported` if
    ///   it is `libgit2` and libgit2 cannot open the repository.
    static func choose(_ facts: RepositoryFacts) throws(BatonError) -> AccessChoice {
        switch facts.wish {
        case nil, "auto": break
        case "program": return .program(because: "'baton.git' is set to 'program'")
        case "libgit2":
            guard let failure = facts.openFailure else { return .libgit2 }
            throw BatonError(
                .unsupported, "'baton.git' is set to 'libgit2', which cannot open the repository",
                causes: ["\(failure.function): \(failure.message)"],
                hints: ["Leave the choice to Baton: git config --unset baton.git"])
        case .some(let other):
            throw BatonError(
                .invalidInput, "'baton.git' is 'auto', 'libgit2' or 'program', not '\(other)'",
                hints: ["Leave the choice to Baton: git config --unset baton.git"])
        }
        return facts.reasonForProgram.map { .program(because: $0) } ?? .libgit2
    }
}

/// What decides who may work on a repository.
struct RepositoryFacts {
    /// The setting `baton.git`.
    var wish: String?
    /// Why libgit2 cannot open the repository.
    var openFailure: GitError?
    /// What `extensions.*` says, by the last part of its names in lower case.
    var extensions: [String: String] = [:]
    /// A remote has promised objects that are not here.
    var isPartialClone = false
    /// Not all files that are tracked are in the working directory.
    var isSparse = false
    /// Nil if the index could not be read.
    var index: IndexExtensions? = []

    /// A phrase for a person; nil if libgit2 does well.
    fileprivate var reasonForProgram: String? {
        if let name = foreignExtension {
            return "it uses git's extension '\(name)'" + (Self.names[name].map { ", that is \($0)" } ?? "")
        }
        if let openFailure { return "libgit2 cannot open it: \(openFailure.message)" }
        if isPartialClone { return "it is a partial clone" }
        if isSparse { return "it has a sparse checkout" }
        guard let index else { return "its index is of an unknown format" }
        if index.contains(.split) { return "its index is split" }
        if index.contains(.sparse) { return "its index is sparse" }
        if index.contains(.untrackedCache) { return "its index has a cache of untracked files" }
        if index.contains(.monitor) { return "its index is used with a file system monitor" }
        return nil
    }

    /// An extension whose value says something else than is usual.
    private var foreignExtension: String? {
        extensions.sorted { $0.key < $1.key }.first { name, value in
            switch name {
            case "noop": false
            case "objectformat": value.lowercased() != "sha1"
            case "refstorage": value.lowercased() != "files"
            default: ProgramSettings.boolean(value) ?? true
            }
        }?.key
    }

    /// Source: git 2.51 `Documentation/config/extensions.adoc`.
    private static let names = [
        "objectformat": "SHA-256 object names",
        "compatobjectformat": "two kinds of object names",
        "refstorage": "another format for branches",
        "worktreeconfig": "settings of their own for working directories",
        "relativeworktrees": "relative paths between working directories",
        "partialclone": "a clone without all objects",
        "preciousobjects": "objects that are never removed",
    ]
}

// MARK: - Reading

extension RepositoryFacts {
    /// Looks at the repository with libgit2, which reads the configuration even of what it cannot open.
    init(gitDirectory: FilePath, commonDirectory: FilePath) {
        do throws(GitError) {
            let configuration: GitHandle
            do throws(GitError) {
                let repository = try LibGit2Access.open(gitDirectory, searching: false)
                configuration = try GitHandle("git_repository_config_snapshot", freeing: git_config_free) {
                    git_repository_config_snapshot(&$0, repository.pointer)
                }
            } catch {
                openFailure = error
                configuration = try Self.configuration(at: commonDirectory.appending("config"))
            }
            try read(configuration)
        } catch {
            openFailure = openFailure ?? error
        }
        // The index is read only if nothing else has decided.
        if reasonForProgram == nil { index = IndexExtensions(ofIndexAt: gitDirectory.appending("index")) }
    }

    private static func configuration(at path: FilePath) throws(GitError) -> GitHandle {
        let configuration = try GitHandle("git_config_open_default", freeing: git_config_free) {
            git_config_open_default(&$0)
        }
        try check("git_config_add_file_ondisk") {
            path.withPlatformString {
                git_config_add_file_ondisk(configuration.pointer, $0, GIT_CONFIG_LEVEL_LOCAL, nil, 0)
            }
        }
        return configuration
    }

    private mutating func read(_ configuration: borrowing GitHandle) throws(GitError) {
        let iterator = try GitHandle("git_config_iterator_new", freeing: git_config_iterator_free) { created in
            git_config_iterator_new(&created, configuration.pointer)
        }
        var entry: UnsafeMutablePointer<git_config_entry>?
        while git_config_next(&entry, iterator.pointer) == 0, let found = entry?.pointee, let name = found.name {
            note(String(cString: name), found.value.map { String(cString: $0) })
        }
    }

    /// Takes note of one setting; of several with one name the one that counts comes last.
    private mutating func note(_ name: String, _ value: String?) {
        let isTrue = value.flatMap { ProgramSettings.boolean($0) } ?? true
        switch name {
        case "baton.git": wish = value
        case "core.sparsecheckout": isSparse = isTrue
        case _ where name.hasPrefix("extensions."):
            extensions[String(name.dropFirst("extensions.".count))] = value ?? "true"
        case _ where name.hasPrefix("remote.") && name.hasSuffix(".promisor"): isPartialClone = isPartialClone || isTrue
        case _ where name.hasPrefix("remote.") && name.hasSuffix(".partialclonefilter"): isPartialClone = true
        default: break
        }
    }
}
