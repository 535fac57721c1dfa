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
    ///
    /// Where libgit2 cannot, git itself is asked, which costs a few processes.
    init(containing path: FilePath, environment: [String: String]) throws(BatonError) {
        do throws(GitError) {
            let repository = try LibGit2Access.open(path, searching: true)
            guard let root = git_repository_workdir(repository.pointer),
                let gitDirectory = git_repository_path(repository.pointer),
                let commonDirectory = git_repository_commondir(repository.pointer)
            else { throw GitError(.other, Self.isBare, in: "git_repository_workdir") }
            self.root = Self.resolved(root)
            self.gitDirectory = Self.resolved(gitDirectory)
            self.commonDirectory = Self.resolved(commonDirectory)
        } catch {
            if error.kind == .notFound || error.message == Self.isBare { throw Self.explained(error, path) }
            self = try Self.foundByProgram(path, environment, after: error)
        }
    }

    private init(root: FilePath, gitDirectory: FilePath, commonDirectory: FilePath) {
        self.root = root
        self.gitDirectory = gitDirectory
        self.commonDirectory = commonDirectory
    }

    private static func foundByProgram(
        _ path: FilePath, _ environment: [String: String], after error: GitError
    ) throws(BatonError) -> RepositoryPlaces {
        // Without git on this machine libgit2's reason is what there is to tell.
        let finding = try? GitProgram(in: path, environment: environment).findRepository()
        switch finding {
        case .found(let root, let gitDirectory, let commonDirectory):
            return RepositoryPlaces(root: root, gitDirectory: gitDirectory, commonDirectory: commonDirectory)
        case .bare: throw explained(GitError(.other, isBare, in: "git rev-parse"), path)
        case .foreignOwner: throw explained(GitError(.foreignOwner, error.message, in: error.function), path)
        case .refused(let refusal): throw explained(refusal, path)
        case nil, .some(.none): throw explained(error, path)
        }
    }

    private static func resolved(_ path: UnsafePointer<CChar>) -> FilePath {
        guard let resolved = realpath(path, nil) else { return FilePath(platformString: path) }
        defer { free(resolved) }
        return FilePath(platformString: resolved)
    }
}

// MARK: - Baton's own files

extension RepositoryPlaces {
    /// Baton's folder for what belongs to this working directory alone.
    var ownFolder: FilePath { gitDirectory.appending("baton") }

    /// git's index.
    var index: FilePath { gitDirectory.appending("index") }

    /// The index that is to take its place.
    var newIndex: FilePath { ownFolder.appending("index") }

    /// The name of a linked working directory; nil for the first.
    var worktreeName: String? {
        gitDirectory == commonDirectory ? nil : gitDirectory.lastComponent?.string
    }

    /// The state of the files by which a way to git is chosen.
    var decidingFiles: [FileStamp?] {
        let files = [
            commonDirectory.appending("config"), gitDirectory.appending("config.worktree"), index,
        ]
        // What cannot be looked at is looked at again by whoever chooses.
        return files.map { file in
            file.lastComponent.flatMap { name in
                (try? Directory(at: file.removingLastComponent()).stamp(of: name)) ?? nil
            }
        }
    }

    /// Whether an operation may have been cut off here; costs a few looks at the file system.
    var hasTraces: Bool {
        let own = ["operation", "operation.new", "index", "index.lock"].map { ownFolder.appending($0) }
        let gits = ["index.lock", "baton.index.lock"].map { gitDirectory.appending($0) }
        return (own + gits).contains { path in path.withPlatformString { access($0, F_OK) } == 0 }
            || !hiddenReferenceLocks.isEmpty
    }

    /// Locks of Baton's own references.
    var hiddenReferenceLocks: [FilePath] {
        let folder = commonDirectory.appending(HiddenReference.prefix)
        // Without the folder, or the right to read it, there are none that could be removed.
        let names = (try? Directory(at: folder).names()) ?? []
        return names.filter { $0.extension == "lock" }.map { folder.appending($0) }
    }

    /// The lock of a reference of this working directory.
    func lock(of reference: String) -> FilePath {
        (reference == "HEAD" ? gitDirectory : commonDirectory).appending(reference + ".lock")
    }

    /// Takes Baton's lock of this working directory.
    func lockOperations(_ patience: LockPatience) throws -> OperationLock {
        let lock = try explainingErrno("lock", ownFolder) { () throws(Errno) in
            try OperationLock(tryingIn: ownFolder)
        }
        if let lock { return lock }
        let later = try patience.retry { try OperationLock(tryingIn: ownFolder) }
        if let later { return later }
        throw BatonError(
            .conflict, "another Baton is changing this working directory",
            hints: ["Nothing was changed. Wait until it is done, then run again."])
    }

    /// Makes ``newIndex`` a copy of git's index; nothing if there is none yet.
    ///
    /// A hard link where the file system has them: whoever changes an index writes a new file.
    func copyIndex() throws(BatonError) {
        try explainingErrno("copy", index) { () throws(Errno) in
            try removeNewIndex()
            let source = try Directory(at: gitDirectory)
            let target = try Directory(at: ownFolder)
            guard try source.stamp(of: "index") != nil else { return }
            do throws(Errno) {
                try source.link("index", to: "index", in: target)
            } catch {
                // The time stays with the copy: git and Baton judge entries by it.
                guard let stamp = try source.stamp(of: "index") else { return }
                try target.createFile("index", permissions: 0o600, content: source.read("index", upTo: .max))
                try target.setModified("index", stamp.modified)
            }
        }
    }

    /// Moves ``newIndex`` into the place of git's index; to be called with git's lock held.
    func replaceIndex() throws(Errno) {
        try Directory(at: ownFolder).move("index", to: "index", in: Directory(at: gitDirectory), replacing: true)
    }

    func removeNewIndex() throws(Errno) {
        do throws(Errno) {
            let folder = try Directory(at: ownFolder)
            for name: FilePath.Component in ["index", "index.lock"] { try folder.removeIfPresent(name) }
        } catch .noSuchFileOrDirectory {
            return
        }
    }
}

// MARK: - Why not

extension RepositoryPlaces {
    private static let isBare = "the repository is bare"

    static func explained(_ error: GitError, _ path: FilePath) -> BatonError {
        if error.kind == .foreignOwner { return foreignOwner(of: nearestRepository(to: path)) }
        if error.message == isBare {
            return BatonError(
                .unsupported,
                "'\(path.shown)' is in a bare repository, which has no files to work on",
                hints: ["Run Baton in a working directory; make one with 'git worktree add PATH'."]
            )
        }
        if error.kind == .notFound {
            return BatonError(
                .notFound,
                "'\(path.shown)' is not in a git repository",
                hints: ["Baton keeps every step as a commit. Make a repository with 'git init', then run again."]
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
