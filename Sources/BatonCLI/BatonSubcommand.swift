// What all commands have in common.

import ArgumentParser
import BatonCore

/// A command of `baton`, as a subcommand and behind a slash at the prompt.
///
/// Conformers implement ``execute(in:)`` instead of `run()`, so that they can be given a context, and so that tests can
/// pass their own.
protocol BatonSubcommand: ParsableCommand {
    /// Does the work and says how it went; what is not `done` has been explained to the user.
    func execute(in context: CommandContext) async throws -> ExitReason
}
