// The whole program as a function: arguments in, exit reason out.

package import ArgumentParser
package import BatonCore
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
            RunCommand.self, LogCommand.self, RevertCommand.self, RecipeCommand.self, RecipesCommand.self,
            RolesCommand.self, PluginCommand.self, ModelCommand.self,
        ]
    )

    package init() {}

    /// Runs one command line, without the program's name.
    package static func run(_ arguments: [String], in context: CommandContext) async -> ExitReason {
        do {
            if arguments == ["help", "exit-statuses"] {
                context.console.document(ExitReason.table)
                return .done
            }
            if arguments.count == 2, arguments[0] == "help", let problem = RecipeProblem(rawValue: arguments[1]) {
                context.console.document(problem.manual)
                return .done
            }
            if let error = unknownSubcommand(in: arguments) { throw error }
            var command = try parseAsRoot(arguments)
            guard let subcommand = command as? any BatonSubcommand else {
                try command.run()  // Help and version: both throw the text to print.
                return .done
            }
            return try await subcommand.execute(in: context)
        } catch let error as BatonError {
            context.console.report(error)
            return error.code.exitReason
        } catch let error as RecipeFault {
            context.console.report(error.diagnostics, in: error.source)
            return .usage
        } catch is CancellationError {
            return .cancelled
        } catch let error where exitCode(for: error).isSuccess {
            context.console.document(message(for: error) + "\n")
            return .done
        } catch let error where exitCode(for: error) == .validationFailure {
            context.console.note("\(fullMessage(for: error).replacingPrefix("Error: ", with: "error: "))")
            return .usage
        } catch {
            context.console.report(
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
