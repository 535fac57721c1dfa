// `baton squash`: makes one commit out of a run's.

import ArgumentParser
import BatonCore
import BatonEngine
import BatonGit

struct SquashCommand: BatonSubcommand {
    static let configuration = CommandConfiguration(
        commandName: "squash",
        abstract: "Make one commit out of a run's commits",
        discussion: """
              $ baton squash 7f3a21bc

            The run's commits must be the newest of the branch, with no others between, and not pushed. The single
            steps stay on a side reference, refs/baton/RUN-steps, and can be reverted one by one as before.
            """
    )

    @Argument(help: ArgumentHelp("Run id", valueName: "run"))
    var run: String

    @OptionGroup var options: OperationOptions

    func execute(in context: CommandContext) async throws -> ExitReason {
        let landing = try await context.openProject().squash(run, isDry: options.dryRun)
        return options.report(landing, of: .squash, in: context)
    }
}
