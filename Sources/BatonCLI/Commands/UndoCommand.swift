// `baton undo` and `baton redo`: take back the last operation, and take that back.

import ArgumentParser
import BatonCore
import BatonEngine
import BatonGit

struct UndoCommand: BatonSubcommand {
    static let configuration = CommandConfiguration(
        commandName: "undo",
        abstract: "Take back the last operation: a landed step, a revert, a restore, a squash",
        discussion: """
              $ baton undo              again: the one before
              $ baton undo --dry-run    what it would do

            The branch goes back to where it was, if it is still where the operation left it and nobody else has the
            commit; otherwise a commit with the inverse is added. Your own changes stay, staged or not; where they
            overlap, it says so and changes nothing. 'baton redo' takes an undo back; 'baton op log' lists operations.
            """
    )

    @OptionGroup var options: OperationOptions

    func execute(in context: CommandContext) async throws -> ExitReason {
        let landing = try await context.openProject().undo(isDry: options.dryRun)
        return options.report(landing, of: .undo, in: context)
    }
}

struct RedoCommand: BatonSubcommand {
    static let configuration = CommandConfiguration(
        commandName: "redo",
        abstract: "Take back the last undo",
        discussion: """
              $ baton redo              again: the undo before
              $ baton redo --dry-run    what it would do

            Works until something else is done.
            """
    )

    @OptionGroup var options: OperationOptions

    func execute(in context: CommandContext) async throws -> ExitReason {
        let landing = try await context.openProject().redo(isDry: options.dryRun)
        return options.report(landing, of: .redo, in: context)
    }
}
