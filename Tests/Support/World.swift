// A user with a home, an installed Baton and a repository: the world of a test of the built program.

import Foundation
package import SystemPackage

/// A user with an empty home, an installed Baton and a repository.
package final class World: Sendable {
    package let home: TemporaryFolder
    package let project: TemporaryFolder
    package let environment: [String: String]

    /// The stage that `scripts/test` has installed into.
    package static var prefix: FilePath {
        let environment = ProcessInfo.processInfo.environment
        if let prefix = environment["BATON_TEST_PREFIX"] { return FilePath(prefix) }
        return packageRoot.appending(".build/stage/debug")
    }

    package static var packageRoot: FilePath {
        FilePath(#filePath).removingLastComponent().removingLastComponent().removingLastComponent()
    }

    /// A folder for worlds that is none of those for temporary files: beside the build, or, if that is itself among
    /// temporary files, in the home directory.
    package static var placeOutsideTemporary: FilePath {
        let temporary = ["/tmp", "/var/tmp", "/dev/shm"].map { FilePath($0) }
        guard temporary.contains(where: { packageRoot.starts(with: $0) }) else {
            return packageRoot.appending(".build/worlds")
        }
        return FilePath(NSHomeDirectory()).appending(".cache/baton-test-worlds")
    }

    /// Makes a world whose repository has `files` in its first commit.
    ///
    /// Home and repository are made in `folder`; nil: where temporary files go, of which a view has its own.
    package init(
        _ files: [String: String] = ["README.md": "# A project\n"], variables: [String: String] = [:],
        in folder: FilePath? = nil
    ) async throws {
        home = try TemporaryFolder("baton-home", in: folder)
        project = try TemporaryFolder("baton-project", in: folder)
        environment = Self.environment(home: home.path).merging(variables) { _, new in new }
        try home.write(
            "[user]\n\tname = Test Person\n\temail = test@example.com\n[init]\n\tdefaultBranch = main\n",
            to: ".gitconfig")
        for (file, text) in files { try project.write(text, to: file) }
        try await git("init", "--quiet")
        try await git("add", ".")
        try await git("commit", "--quiet", "--allow-empty", "--message", "Start")
    }

    /// Makes another world with the same files, repository included.
    package init(copying other: World) async throws {
        home = try TemporaryFolder("baton-home")
        project = try TemporaryFolder("baton-project")
        environment = other.environment.merging(Self.environment(home: home.path)) { _, new in new }
        for (source, target) in [(other.home, home), (other.project, project)] {
            let result = try await run(
                "cp", ["--archive", source.path.appending(".").string, target.path.string], in: target.path,
                environment: environment)
            guard result.status == 0 else { throw FixtureError(output: result.errors) }
        }
    }

    private static func environment(home: FilePath) -> [String: String] {
        [
            "HOME": home.string,
            "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": home.appending(".gitconfig").string,
        ]
    }

    /// Runs the installed `baton` in the project.
    package func baton(_ arguments: String..., variables: [String: String] = [:]) async throws -> ProgramResult {
        try await start(arguments, variables: variables).result()
    }

    package func start(_ arguments: [String], variables: [String: String] = [:]) throws -> RunningProgram {
        try RunningProgram(
            Self.prefix.appending("bin/baton").string, arguments, in: project.path,
            environment: environment.merging(variables) { _, new in new })
    }

    /// Runs git in the project and returns its output without the last line break.
    @discardableResult
    package func git(_ arguments: String...) async throws -> String {
        let result = try await run("git", arguments, in: project.path, environment: environment)
        guard result.status == 0 else { throw GitFailure(command: arguments, errors: result.errors) }
        return result.output.hasSuffix("\n") ? String(result.output.dropLast()) : result.output
    }

    /// The commits of steps, newest first.
    package func stepCommits() async throws -> [String] {
        try await git("log", "--format=%H", "--grep=^Baton-Step: ").split(separator: "\n").map(String.init)
    }

    /// The command lines of processes whose environment mentions `text`.
    package static func processes(with text: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.filter { Int($0) != nil }.compactMap { pid in
            guard let environment = FileManager.default.contents(atPath: "/proc/\(pid)/environ"),
                environment.range(of: Data(text.utf8)) != nil,
                let line = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline"), !line.isEmpty
            else { return nil }
            return String(decoding: line.map { $0 == 0 ? 32 : $0 }, as: UTF8.self)
        }
    }
}

/// A call of git that was expected to succeed.
package struct GitFailure: Error {
    package let command: [String]
    package let errors: String

    package init(command: [String], errors: String) {
        self.command = command
        self.errors = errors
    }
}
