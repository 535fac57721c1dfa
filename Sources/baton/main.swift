// The program: arguments, environment, signals, exit status; nothing else.

import BatonCLI
import BatonCore
import BatonEngine
import BatonREPL
import BatonTerminal
import Glibc
import SystemPackage

let signals = Signals()
let environment = ProcessFacts.environment
let capabilities = ProcessFacts.capabilities(environment: environment)
let context = CommandContext(
    console: Console(capabilities: capabilities, output: DescriptorSink(STDOUT_FILENO), errors: DescriptorSink(STDERR_FILENO)),
    environment: environment,
    places: Places(executable: ProcessFacts.executable, environment: environment),
    workingDirectory: ProcessFacts.workingDirectory,
    stops: { signals.stopRequests() },
    ask: { _ in nil },
    interruptible: { await signals.cancelling($0) }
)

let arguments = Array(CommandLine.arguments.dropFirst())
let reason: ExitReason
if arguments.isEmpty, capabilities.prompts {
    reason = await Session(context: context, interrupts: signals.promptInterrupts).run()
} else {
    reason = await BatonCommand.run(arguments.isEmpty ? ["--help"] : arguments, in: context)
}
exit(reason.rawValue)
