// Runs the git program.

package import SystemPackage

/// The `git` program, run in one working directory.
///
/// Never inherits the variables by which git is pointed at another repository, index or identity: Baton may itself have
/// been started by a hook.
package struct GitProgram: Sendable {
    /// Where `git` runs.
    package let directory: FilePath
    private let environment: [String: String]

    /// Makes a program that runs in `directory`.
    ///
    /// `environment` is the user's; what git needs of it is passed on, such as `HOME` and the agents that sign.
    package init(in directory: FilePath, environment: [String: String]) {
        self.directory = directory
        var kept = environment.filter { name, _ in !name.hasPrefix("GIT_") || Self.isHarmless(name) }
        // Messages are read: they must be in one language. Nobody is there to answer questions.
        kept["LC_ALL"] = "C"
        kept["GIT_TERMINAL_PROMPT"] = "0"
        // ssh would ask on the terminal itself, where it may not: its group is not the terminal's. Source: OpenSSH 8.4
        // `ssh(1)`, `SSH_ASKPASS_REQUIRE`.
        kept["SSH_ASKPASS_REQUIRE"] = "force"
        if kept["SSH_ASKPASS"] == nil { kept["SSH_ASKPASS"] = "/bin/false" }
        kept["GIT_OPTIONAL_LOCKS"] = "0"
        self.environment = kept
    }

    /// Where git's settings and programs are, how it reaches others, and tracing; nothing that names a repository.
    private static func isHarmless(_ name: String) -> Bool {
        ["GIT_CONFIG_", "GIT_TRACE", "GIT_EXEC_PATH", "GIT_SSL", "GIT_SSH"].contains { name.hasPrefix($0) }
    }

    /// What came of a run.
    struct Output {
        /// As `wait` has it, decoded: the exit status, or 128 and the signal.
        var status: Int32
        var bytes: [UInt8]
        var errors: String

        /// The output as text without its last line end.
        var text: String {
            String(decoding: bytes.last == 0x0A ? bytes.dropLast() : bytes[...], as: UTF8.self)
        }

        /// The parts that end with a zero byte each.
        var records: [ArraySlice<UInt8>] { bytes.split(separator: 0) }

        /// The parts that end with a line end each.
        var lines: [ArraySlice<UInt8>] { bytes.split(separator: 0x0A) }
    }

    /// Starts git; see ``run(_:paths:input:variables:index:)``.
    func start(
        _ arguments: [String], paths: [FilePath] = [], variables: [String: String] = [:],
        index: FilePath? = nil
    ) throws(GitError) -> PipedProcess {
        do throws(Errno) {
            let environment = environment.merging(variables) { _, new in new }
            return try PipedProcess(
                "git", arguments, paths: paths, in: directory, environment: environment, index: index)
        } catch {
            throw GitError(.other, "cannot be run: \(error)", in: GitError.name(of: arguments))
        }
    }

    /// Runs git to its end; any exit status is a result.
    ///
    /// `paths` are more arguments, after the others; their bytes need not be text. `input` is what git reads from its
    /// standard input, `variables` are added to its environment. `index` is the file to take for the index; nil for the
    /// repository's.
    ///
    /// - Throws: ``GitError`` if it cannot be started.
    func run(
        _ arguments: [String], paths: [FilePath] = [], input: [UInt8] = [], variables: [String: String] = [:],
        index: FilePath? = nil
    ) throws(GitError) -> Output {
        let process = try start(arguments, paths: paths, variables: variables, index: index)
        do throws(Errno) {
            return try process.communicate(input)
        } catch {
            throw GitError(.other, "cannot be waited for: \(error)", in: GitError.name(of: arguments))
        }
    }

    /// Runs git, which must succeed.
    ///
    /// - Throws: ``GitError`` with git's own words if its exit status is not 0.
    func output(
        of arguments: [String], paths: [FilePath] = [], input: [UInt8] = [], variables: [String: String] = [:],
        index: FilePath? = nil
    ) throws(GitError) -> Output {
        let output = try run(arguments, paths: paths, input: input, variables: variables, index: index)
        guard output.status == 0 else { throw GitError(arguments, output) }
        return output
    }
}
