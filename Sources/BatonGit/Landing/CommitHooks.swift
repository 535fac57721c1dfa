// The user's hooks for commits.

import BatonCore
import Glibc
package import SystemPackage

/// A hook that git runs when a commit is made.
///
/// Source: git 2.39 `githooks(5)`.
package enum CommitHook: String, Sendable, CaseIterable {
    case preCommit = "pre-commit"
    case commitMessage = "commit-msg"
    case postCommit = "post-commit"
}

/// The hooks that are installed here.
package struct CommitHooks: Sendable {
    /// The programs.
    package let programs: [CommitHook: FilePath]
    /// Where git keeps objects, for a hook that has to write some elsewhere.
    package let objects: FilePath

    package init(programs: [CommitHook: FilePath], objects: FilePath) {
        self.programs = programs
        self.objects = objects
    }
}

extension GitStore {
    /// The hooks that a landing has to run: none if `baton.hooks` is false.
    package func hooks() throws -> CommitHooks {
        try explainingGit("look for hooks") {
            let git = try access()
            let objects = commonDirectory.appending("objects")
            guard try git.flag("baton.hooks", fallback: true) else {
                return CommitHooks(programs: [:], objects: objects)
            }
            let folder = try hookFolder(git)
            let found = CommitHook.allCases.compactMap { hook -> (CommitHook, FilePath)? in
                let program = folder.appending(hook.rawValue)
                guard program.withPlatformString({ Glibc.access($0, X_OK) }) == 0 else { return nil }
                return (hook, program)
            }
            return CommitHooks(programs: Dictionary(uniqueKeysWithValues: found), objects: objects)
        }
    }

    /// Runs the hook for a commit that has landed; how it ends does not matter, as with git.
    ///
    /// It runs outside of any view. So it is not run where it lies among the files that steps can change.
    package func runPostCommit(_ hooks: CommitHooks) {
        guard let hook = hooks.programs[.postCommit] else { return }
        guard !hook.starts(with: root) || hook.starts(with: commonDirectory) else { return }
        // By way of an alias git gives it the environment that it gives to hooks.
        _ = try? GitProgram(in: root, environment: hookEnvironment).run(
            ["-c", "alias.baton-hook=!\(shellQuoted(hook.string))", "baton-hook"])
    }

    private func hookFolder(_ git: any GitAccess) throws -> FilePath {
        guard let setting = try git.setting("core.hooksPath") else { return commonDirectory.appending("hooks") }
        if setting.hasPrefix("~/"), let home = hookEnvironment["HOME"] {
            return FilePath(home).appending(String(setting.dropFirst(2)))
        }
        let path = FilePath(setting)
        return path.isAbsolute ? path : root.appending(path.components)
    }

    /// Files in one of 256 folders that are worth asking git; its own usual limit is 27.
    private static var sampleOfMany: Int { 20 }

    /// Lets git pack what has become many small files, if its settings say so; returns at once.
    ///
    /// Asks git only where there may be enough of them: it too takes one of 256 folders for all. Source: git 2.39
    /// `builtin/gc.c`, `too_many_loose_objects`.
    package func tidyUp() {
        let sample = commonDirectory.appending("objects/17")
        guard let names = try? Directory(at: sample).names(), names.count >= Self.sampleOfMany else { return }
        // Whatever keeps it from tidying up now will be met by the user's next git command, and told there.
        _ = try? GitProgram(in: root, environment: hookEnvironment).run(["gc", "--auto", "--quiet"])
    }
}
