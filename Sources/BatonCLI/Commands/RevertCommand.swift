// `baton revert`: takes steps back.

import ArgumentParser
import BatonCore
import BatonEngine
import BatonGit

struct RevertCommand: BatonSubcommand {
    static let configuration = CommandConfiguration(
        commandName: "revert",
        abstract: "Take steps, or a whole run, back; everything later is kept",
        discussion: """
              $ baton revert draft          of the latest run
              $ baton revert 7f3a21bc/2     the second step of another run
              $ baton revert 7f3a21bc       all steps of a run
              $ baton revert 4c1d0be        by its commit

            Adds a commit for each step with the inverse of its changes, as 'git revert' does. Nothing else is touched:
            where a file has changes of yours in the same lines, or later work builds on the step, it says so and
            changes nothing. 'baton undo' takes the revert back.
            """
    )

    @Argument(
        help: ArgumentHelp("Number or id of a step, RUN/STEP, RUN, or a commit (can be repeated)", valueName: "step"))
    var steps: [String]

    @Flag(name: .long, help: "Take back later steps too that build on them")
    var cascade = false

    @OptionGroup var options: OperationOptions

    func execute(in context: CommandContext) async throws -> ExitReason {
        let landing = try await context.openProject().revert(steps, cascade: cascade, isDry: options.dryRun)
        return options.report(landing, of: .revert, in: context)
    }
}

/// What all commands have that take something back.
struct OperationOptions: ParsableArguments {
    @Flag(name: .long, help: "Show which files would change, and change nothing")
    var dryRun = false

    @Flag(name: .long, help: "Write the result as JSON to standard output")
    var json = false

    /// Tells what came of the operation, in the way that was asked for.
    func report(_ landing: Landing, of kind: RepositoryOperation.Kind, in context: CommandContext) -> ExitReason {
        OperationReport(landing: landing, kind: kind, isDry: dryRun).show(in: context.console, json: json)
        return .done
    }
}
