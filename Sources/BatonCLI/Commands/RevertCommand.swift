// `baton revert`: takes one step back.

import ArgumentParser
import BatonCore
import BatonEngine
import BatonTerminal

struct RevertCommand: BatonSubcommand {
    static let configuration = CommandConfiguration(
        commandName: "revert",
        abstract: "Take one step back; everything later is kept",
        discussion: """
              $ baton revert draft          of the latest run
              $ baton revert 7f3a21bc/2     the second step of another run
              $ baton revert 4c1d0be        by its commit

            Adds a commit with the inverse of the step's changes, as 'git revert' does. Nothing else is touched: where a
            file has changes of yours, or later work builds on the step, it says so and changes nothing.
            """
    )

    @Argument(help: ArgumentHelp("Number or id of a step, RUN/STEP, or a commit", valueName: "step"))
    var step: String

    @Flag(name: .long, help: "Write the result as JSON to standard output")
    var json = false

    func execute(in context: CommandContext) async throws -> ExitReason {
        let reversal = try await context.project().revert(StepReference(step))
        if json {
            context.console.document(JSONText.line(reversal.document) + "\n")
        } else {
            let files = Format.count(reversal.files.count, "file")
            context.console.data(
                "Took back step '\(reversal.step.path)' of run \(reversal.run, .id) (\(files)) as \(reversal.commit.prefix(7), .id)"
            )
            context.console.note("\("hint", .hint): To have it again, run 'git revert \(reversal.commit.prefix(7))'.")
        }
        return .done
    }
}

extension Reversal {
    fileprivate var document: JSONValue {
        [
            "schema": "baton.reversal/1",
            "run": .string(run.description),
            "step": .string(step.path),
            "step_number": .integer(step.number),
            "original": .string(original),
            "commit": .string(commit),
            "files": .array(files.map(\.document)),
        ]
    }
}
