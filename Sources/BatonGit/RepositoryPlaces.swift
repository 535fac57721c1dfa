// Finds a repository, and says why one cannot be used.

import BatonCore
import CGit2
import Glibc
import SystemPackage

/// Where a repository's parts are: absolute, without links.
struct RepositoryPlaces: Sendable {
    /// The working directory.
    var root: FilePath
    /// What belongs to this working directory alone, such as `HEAD`; in a linked worktree not `.git` itself.
    var gitDirectory: FilePath
    /// What all working directories share: objects, branches, configuration.
    var commonDirectory: FilePath

    /// Finds the repository whose working directory contains `path`.
    init(containing path: FilePath) throws(BatonError) {
        let repository: Repository
        do throws(GitError) {
            repository = try Repository(at: path, searching: true)
        } catch {
            throw Self.explained(error, path)
        }
        guard let root = git_repository_workdir(repository.pointer),
            let gitDirectory = git_repository_path(repository.pointer),
            let commonDirectory = git_repository_commondir(repository.pointer)
        else {
            throw BatonError(
                .unsupported,
                "'\(path.shown)' is in a bare repository, which has no files to work on",
                hints: ["Run Baton in a working directory; make one with 'git worktree add PATH'."]
            )
        }
        self.root = Self.resolved(root)
        self.gitDirectory = Self.resolved(gitDirectory)
        self.commonDirectory = Self.resolved(commonDirectory)
    }

    private static func resolved(_ path: UnsafePointer<CChar>) -> FilePath {
        guard let resolved = realpath(path, nil) else { return FilePath(platformString: path) }
        defer { free(resolved) }
        return FilePath(platformString: resolved)
    }
}

// MARK: - Why not

extension RepositoryPlaces {
    static func explained(_ error: GitError, _ path: FilePath) -> BatonError {
        if error.isForeignOwner { return foreignOwner(of: nearestRepository(to: path)) }
        if error.isNotFound {
            return BatonError(
                .notFound,
                "'\(path.shown)' is not in a git repository",
                hints: ["Baton keeps every step as a commit. Make a repository with 'git init', then run again."]
            )
        }
        if let name = error.message.wordAfter("unsupported extension name extensions.") {
            let feature = extensionNames[name].map { ", that is \($0)" } ?? ""
            return BatonError(
                .unsupported,
                "the repository uses git's extension '\(name)'\(feature), which Baton does not support yet",
                hints: ["Use an ordinary clone: git clone, without options that change the format."]
            )
        }
        return BatonError(
            .unsupported,
            "the git repository of '\(path.shown)' cannot be opened",
            causes: ["\(error.function): \(error.message)"]
        )
    }

    private static func foreignOwner(of root: FilePath) -> BatonError {
        BatonError(
            .unsupported,
            "the repository '\(root.shown)' belongs to another user",
            hints: ["If you trust it, run: git config --global --add safe.directory \(shellQuoted(root.string))"]
        )
    }

    /// Extensions that people switch on.
    ///
    /// Source: git 2.51 `Documentation/config/extensions.adoc`.
    private static let extensionNames = [
        "objectformat": "SHA-256 object names",
        "compatobjectformat": "two kinds of object names",
        "refstorage": "the reftable format for branches",
        "worktreeconfig": "settings of their own for working directories",
        "relativeworktrees": "relative paths between working directories",
        "partialclone": "a clone without all objects",
        "preciousobjects": "objects that are never removed",
    ]

    /// The nearest directory at or above `path` that holds `.git`; `path` itself if there is none.
    private static func nearestRepository(to path: FilePath) -> FilePath {
        var directory = path.withPlatformString { resolved($0) }
        while !directory.components.isEmpty {
            if directory.appending(".git").withPlatformString({ access($0, F_OK) }) == 0 { return directory }
            directory.removeLastComponent()
        }
        return path
    }
}

/// `text` as one word of a shell command.
func shellQuoted(_ text: String) -> String {
    let plain = text.utf8.allSatisfy { byte in
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: "/._-+,@%=:".utf8.contains(byte)
        }
    }
    if plain, !text.isEmpty { return text }
    return "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
}

extension String {
    /// What follows `prefix` up to the next blank; nil if the text does not begin with it.
    func wordAfter(_ prefix: String) -> String? {
        guard hasPrefix(prefix) else { return nil }
        return String(dropFirst(prefix.count).prefix { !$0.isWhitespace })
    }
}
