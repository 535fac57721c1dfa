// `baton restore`: brings a step's files back to what they were right after it.

import ArgumentParser
import BatonCore
import BatonEngine
import BatonGit

struct RestoreCommand: BatonSubcommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Bring a step's files back to what they were right after it",
        discussion: """
              $ baton restore draft             of the latest run
              $ baton restore 7f3a21bc/2        the second step of another run

            Only files that the step changed are touched; what later steps did to them is dropped, with a new commit.
            Where a commit that Baton did not make has changed them since, or a file has changes of yours in the same
            lines, it says so and changes nothing.
            """
    )

    @Argument(help: ArgumentHelp("Number or id of a step, RUN/STEP, or a commit", valueName: "step"))
    var step: String

    @Flag(name: .long, help: "Also drop what commits that Baton did not make have changed in these files since")
    var force = false

    @OptionGroup var options: OperationOptions

    func execute(in context: CommandContext) async throws -> ExitReason {
        let landing = try await context.openProject().restore(step, force: force, isDry: options.dryRun)
        return options.report(landing, of: .restore, in: context)
    }
}
