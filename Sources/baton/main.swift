// The program: arguments, environment, signals, exit status; nothing else.

import BatonCLI
import BatonCore
import BatonEngine
import BatonREPL
import BatonTerminal
import Glibc
import SystemPackage

let arguments = Array(CommandLine.arguments.dropFirst())
if arguments == ["--version"] {
    // Scripts ask this often: answered before the parser, whose first dynamic casts search all of the program's types.
    print("baton \(batonVersion)")
    exit(ExitReason.done.rawValue)
}

let signals = Signals()
let environment = ProcessFacts.environment
let capabilities = ProcessFacts.capabilities(environment: environment)
let console = Console(
    capabilities: capabilities, output: DescriptorSink(STDOUT_FILENO), errors: DescriptorSink(STDERR_FILENO))
let context = CommandContext(
    console: console,
    environment: environment,
    places: Places(executable: ProcessFacts.executable, environment: environment),
    workingDirectory: ProcessFacts.workingDirectory,
    stops: { signals.stopRequests { console.note("Stopping after this step. Ctrl-C again stops now.") } },
    ask: { await TerminalQuestion(console: console).answer(to: $0) },
    interruptible: { await signals.cancelling($0) }
)

let reason: ExitReason
if arguments.isEmpty, capabilities.prompts {
    reason = await Session(context: context, interrupts: signals.promptInterrupts).run()
} else {
    reason = await BatonCommand.run(arguments.isEmpty ? ["--help"] : arguments, in: context)
}
exit(reason.rawValue)
