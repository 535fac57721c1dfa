// Git by way of the git program.

import SystemPackage

/// Git by way of the git program.
///
/// Most questions are a process or two, 1 to 2 ms each (measured 2026-11, git 2.39); objects and attributes are read
/// through one process that stays while this object lives. What was read once of the configuration and of attributes
/// is kept, so one of these lives inside one call of ``GitStore``, as ``LibGit2Access`` does.
///
/// In a partial clone, git fetches an object that it needs and does not have, from the remote that promised it; so it
/// does for `git revert` or `git switch`. Nothing is fetched beforehand, nobody is asked for a password, and what
/// cannot be fetched is ``GitError/Kind/notFound``. Source: git 2.39 `Documentation/technical/partial-clone.txt`.
///
/// Needs git 2.31, and 2.36 in a sparse checkout.
///
/// Objects are read as they are stored, not as `git replace` shows them, since what is written builds on them.
final class ProgramAccess: GitAccess {
    let program: GitProgram
    let objects: ObjectReader
    /// The configuration, once it was asked for.
    var settings: ProgramSettings?
    /// For each attribute that was asked for, the process that knows it.
    var attributes: [String: GitConversation] = [:]

    /// `program` runs in the root of the working directory, since paths are relative to it.
    init(_ program: GitProgram) {
        self.program = program
        self.objects = ObjectReader(program)
    }

    /// See ``ProgramAccess``.
    private static let options = ["--no-replace-objects"]

    /// Before a command that takes patterns: paths are names.
    static let literally = ["--literal-pathspecs"]

    /// Runs git; see ``GitProgram/run(_:paths:input:variables:index:)``.
    func run(
        _ arguments: [String], paths: [FilePath] = [], input: [UInt8] = [], variables: [String: String] = [:],
        index: FilePath? = nil
    ) throws(GitError) -> GitProgram.Output {
        try program.run(Self.options + arguments, paths: paths, input: input, variables: variables, index: index)
    }

    /// Runs git, which must succeed; see ``GitProgram/output(of:paths:input:variables:index:)``.
    func output(
        of arguments: [String], paths: [FilePath] = [], input: [UInt8] = [], variables: [String: String] = [:],
        index: FilePath? = nil
    ) throws(GitError) -> GitProgram.Output {
        try program.output(of: Self.options + arguments, paths: paths, input: input, variables: variables, index: index)
    }
}
