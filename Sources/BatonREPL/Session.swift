// The prompt: reads lines and does what they say until the person leaves.

package import BatonCLI
package import BatonCore
import BatonTerminal
import Glibc
import SystemPackage

/// One session at the prompt.
@MainActor
package struct Session {
    private let context: CommandContext
    private let editor: LineEditor

    /// `interrupts` is a descriptor that becomes readable with one byte for each Ctrl-C at the prompt.
    package init(context: CommandContext, interrupts: Int32) {
        self.context = context
        let history = context.places.state.appending("history")
        let folder = context.places.state
        // Without a folder for it there is no history, which is no reason not to work.
        try? FileDescriptorFolder.make(folder)
        let completion = Completion(context: context)
        editor = LineEditor(interrupts: interrupts, historyFile: history) { line, start in
            completion.candidates(in: line, from: start)
        }
    }

    /// Reads and runs lines until the person leaves.
    package func run() async -> ExitReason {
        context.console.note("baton \(batonVersion). /help shows the commands, Tab completes, Ctrl-D leaves.")
        if !context.isInRepository {
            context.console.note("This directory is in no git repository, which keeps the steps. '/init' makes it one.")
        }
        if let note = await context.viewNote() { context.console.note("\(note)") }
        while true {
            switch editor.read(prompt: "baton> ") {
            case .endOfFile:
                context.console.note("")
                return .done
            case .line(let line):
                editor.remember(line)
                if await !perform(line.drop(while: \.isWhitespace)) { return .done }
            }
        }
    }

    /// Does what a line says; false if the person wants to leave.
    private func perform(_ line: Substring) async -> Bool {
        switch line.first {
        case nil: break
        case "!": runShell(String(line.dropFirst()))
        case "/": return await performCommand(String(line.dropFirst()))
        default:
            context.console.note("error: '\(sanitizedLine(String(line.prefix(40))))' is not a command")
            context.console.note(
                "hint: Commands begin with '/': /run RECIPE, /log, /help. A shell command begins with '!'.")
        }
        return true
    }

    private func performCommand(_ line: String) async -> Bool {
        let words: [String]
        do {
            words = try BatonREPL.words(of: line)
        } catch {
            context.console.report(error)
            return true
        }
        switch words.first {
        case "quit", "exit": return false
        case nil: context.console.document(SlashCommand.help)
        case "help" where words.count == 1: context.console.document(SlashCommand.help)
        case let name?:
            guard SlashCommand.all.contains(where: { $0.name == name }) else {
                let near = nearestName(to: name, among: SlashCommand.all.map(\.name))
                let hints = [near.map { "Did you mean '/\($0)'?" } ?? "/help shows the commands."]
                context.console.report(BatonError(.invalidInput, "unknown command '/\(name)'", hints: hints))
                return true
            }
            _ = await BatonCommand.run(words, in: context)
        }
        return true
    }

    /// Runs a line with the user's shell in the user's directory, on the terminal, as any shell does.
    private func runShell(_ line: String) {
        guard !line.allSatisfy(\.isWhitespace) else { return }
        let status = ShellCommand.run(line, shell: context.environment["SHELL"] ?? "/bin/sh")
        if let phrase = status.phrase { context.console.note(StyledText("(\(phrase))", .quiet)) }
    }
}

/// Folders of the user's own.
private enum FileDescriptorFolder {
    static func make(_ path: FilePath) throws(Errno) {
        var part = FilePath(root: path.root, [])
        for component in path.components {
            part.append(component)
            if part.withPlatformString({ mkdir($0, 0o700) }) != 0, errno != EEXIST { throw Errno(rawValue: errno) }
        }
    }
}
