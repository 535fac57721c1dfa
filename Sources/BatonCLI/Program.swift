// The whole program as a function: arguments in, exit reason out.

package import ArgumentParser
package import BatonCore
import BatonEngine
import BatonRecipes
import BatonTerminal

/// `baton` as people call it.
package struct BatonCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "baton",
        abstract: "Let AI roles work on your files; every step is a commit that can be taken back",
        discussion: """
              $ baton                                    open the prompt
              $ baton run blog-post topic='Our summer'   run a recipe
            """,
        version: "baton \(batonVersion)",
        subcommands: [
            RunCommand.self, LogCommand.self, UndoCommand.self, RedoCommand.self, RevertCommand.self,
            RestoreCommand.self, SquashCommand.self, OpCommand.self, InitCommand.self, RecipeCommand.self,
            RecipesCommand.self, RolesCommand.self, PluginCommand.self, ModelCommand.self, DoctorCommand.self,
        ]
    )

    package init() {}

    /// Runs one command line, without the program's name.
    package static func run(_ arguments: [String], in context: CommandContext) async -> ExitReason {
        await context.interruptible {
            do {
                return try await perform(arguments, in: context)
            } catch {
                return report(error, arguments: arguments, to: context.console)
            }
        }
    }

    private static func perform(_ arguments: [String], in context: CommandContext) async throws -> ExitReason {
        if arguments.first == "help", arguments.count == 2, let text = manual(of: arguments[1]) {
            context.console.document(text)
            return .done
        }
        if let error = unknownSubcommand(in: arguments) { throw error }
        var command = try parseAsRoot(arguments)
        guard let subcommand = command as? any BatonSubcommand else {
            try command.run()  // Help and version: both throw the text to print.
            return .done
        }
        return try await subcommand.execute(in: context)
    }

    /// What `baton help` knows besides commands.
    private static func manual(of topic: String) -> String? {
        topic == "exit-statuses" ? ExitReason.table : RecipeProblem(rawValue: topic)?.manual
    }

    /// Says what went wrong: in words to standard error and, if asked for JSON, as JSON to standard output too.
    private static func report(_ error: any Error, arguments: [String], to console: Console) -> ExitReason {
        switch error {
        case let error as BatonError:
            console.report(error)
            if arguments.contains("--json") { console.document(JSONText.line(error.failureDocument) + "\n") }
            return error.code.exitReason
        case let error as RecipeFault:
            console.report(error.diagnostics, in: error.source)
            if arguments.contains("--json") { console.document(JSONText.line(error.failureDocument) + "\n") }
            return .usage
        case is CancellationError:
            return .cancelled
        case let error where exitCode(for: error).isSuccess:
            // --help and --version arrive as errors; their text is data.
            console.document(message(for: error) + "\n")
            return .done
        case let error where exitCode(for: error) == .validationFailure:
            console.note("\(fullMessage(for: error).replacingPrefix("Error: ", with: "error: "))")
            return .usage
        default:
            console.report(
                BatonError(.internalError, "something went wrong that Baton did not expect", causes: ["\(error)"]))
            return .defect
        }
    }

    /// ArgumentParser knows options that are nearly right, but not commands.
    private static func unknownSubcommand(in arguments: [String]) -> BatonError? {
        guard let first = arguments.first, !first.hasPrefix("-") else { return nil }
        let names = commandNames + ["help"]
        guard !names.contains(first) else { return nil }
        let near = nearestName(to: first, among: names)
        let hint = near.map { "Did you mean 'baton \($0)'?" } ?? "The commands are \(names.joined(separator: ", "))."
        return BatonError(.invalidInput, "unknown command '\(first)'", hints: [hint])
    }

    /// Names and abstracts of the commands, in the order of the help.
    package static var commands: [(name: String, abstract: String)] {
        configuration.subcommands.map { ($0.configuration.commandName ?? "", $0.configuration.abstract) }
    }

    /// The names of the commands, in the order of the help.
    package static var commandNames: [String] { commands.map(\.name) }
}

/// A recipe with faults, and the text that they are in.
struct RecipeFault: Error {
    let diagnostics: [Diagnostic]
    let source: SourceFile

    fileprivate var failureDocument: JSONValue {
        let faults = diagnostics.map { diagnostic in
            JSONValue.object([
                "id": .string(diagnostic.id),
                "message": .string(diagnostic.message),
                "line": diagnostic.span.map { .integer($0.line) } ?? .null,
                "column": diagnostic.span.map { .integer($0.column) } ?? .null,
                "hints": .array(diagnostic.hints.map(JSONValue.string)),
            ])
        }
        return ["schema": "baton.error/1", "file": .string(source.name), "diagnostics": .array(faults)]
    }
}

extension BatonError {
    fileprivate var failureDocument: JSONValue { ["schema": "baton.error/1", "error": document] }
}

extension ExitReason {
    /// The table of `baton help exit-statuses`.
    package static var table: String {
        let width = allCases.map(\.name.count).max() ?? 0
        return allCases.map { reason in
            let status = String(reason.rawValue)
            let number = String(repeating: " ", count: max(0, 3 - status.count)) + status
            let name = reason.name + String(repeating: " ", count: width - reason.name.count)
            return "\(number)  \(name)  \(reason.meaning)\n"
        }.joined()
    }
}

extension RecipeProblem {
    /// What `baton help ID` prints.
    fileprivate var manual: String {
        let explanation = self.explanation
        return """
            \(rawValue): \(explanation.text)

            Wrong:
            \(Self.indented(explanation.wrong))

            Right:
            \(Self.indented(explanation.right))

            """
    }

    private static func indented(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { "  \($0)" }.joined(separator: "\n")
    }
}

extension String {
    fileprivate func replacingPrefix(_ prefix: String, with replacement: String) -> String {
        hasPrefix(prefix) ? replacement + dropFirst(prefix.count) : self
    }
}
