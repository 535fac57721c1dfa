// The commands of the prompt. All but three are the program's subcommands.

import BatonCLI

/// A command of the prompt.
struct SlashCommand {
    let name: String
    let abstract: String

    /// The subcommands, and what only makes sense at a prompt.
    static let all: [SlashCommand] =
        BatonCommand.commands.map { SlashCommand(name: $0.name, abstract: $0.abstract) } + [
            SlashCommand(name: "help", abstract: "Show this, or the help of a command"),
            SlashCommand(name: "quit", abstract: "Leave (also Ctrl-D)"),
        ]

    /// The text of `/help`.
    static var help: String {
        let width = all.map(\.name.count).max() ?? 0
        let lines = all.map { command in
            "  /\(command.name)\(String(repeating: " ", count: width - command.name.count))  \(command.abstract)\n"
        }
        return lines.joined() + "  !command\(String(repeating: " ", count: max(0, width - 7)))  Run a shell command\n"
            + "Tab completes commands, recipes and parameters. Every command is also a subcommand: 'baton run …'.\n"
    }
}
