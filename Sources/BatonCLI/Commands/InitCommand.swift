// `baton init`: makes a directory a repository, so that steps can be kept as commits.

import ArgumentParser
import BatonCore
import BatonEngine
import BatonTerminal

struct InitCommand: BatonSubcommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Make this directory a git repository, so that steps can be taken back",
        discussion: """
              $ baton init

            Runs 'git init' here and commits nothing. A home directory and '/' are refused.
            """
    )

    func execute(in context: CommandContext) async throws -> ExitReason {
        let branch = try await context.initializeRepository()
        context.console.data("Made a git repository here, on branch '\(branch)'.")
        context.console.note(
            "\("hint", .hint): Commit what is here, so that steps can be told from it: git add -A && git commit")
        return .done
    }
}
