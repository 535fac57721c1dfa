// Finds a repository by way of the git program, and says why none can be used.

import SystemPackage

/// What `git` says about the repository that a directory is in.
///
/// For repositories that libgit2 cannot open; it costs about 4 ms.
enum RepositoryFinding: Hashable {
    /// Absolute paths, without links: the working directory, what belongs to it alone, and what all working directories
    /// of the repository share.
    case found(root: FilePath, gitDirectory: FilePath, commonDirectory: FilePath)
    /// The directory is in no repository.
    case none
    /// The repository, or the directory in it, has no files to work on.
    case bare
    /// The repository belongs to another user; git tells how to trust it.
    case foreignOwner(message: String)
    /// git cannot use the repository either.
    case refused(GitError)
}

extension GitProgram {
    /// Finds the repository that this program's directory is in.
    ///
    /// - Throws: ``GitError`` if git cannot be run.
    func findRepository() throws(GitError) -> RepositoryFinding {
        let kind = ["rev-parse", "--is-bare-repository", "--is-inside-work-tree"]
        let state = try run(kind)
        guard state.status == 0 else { return RepositoryFinding(GitError(kind, state)) }
        guard state.text == "false\ntrue" else { return .bare }
        // One at a time, since a path may have a line end in it.
        let root = try path("--show-toplevel")
        let gitDirectory = try path("--absolute-git-dir")
        let commonDirectory = try path("--git-common-dir")
        return .found(root: root, gitDirectory: gitDirectory, commonDirectory: commonDirectory)
    }

    private func path(_ option: String) throws(GitError) -> FilePath {
        let bytes = try output(of: ["rev-parse", "--path-format=absolute", option]).bytes
        return FilePath(gitBytes: bytes.dropLast())
    }
}

extension RepositoryFinding {
    fileprivate init(_ error: GitError) {
        self =
            switch error.kind {
            case .foreignOwner: .foreignOwner(message: error.message)
            case .notFound: .none
            default: .refused(error)
            }
    }
}
