// Runs a program to its end.

import SystemPackage

/// How a program ended.
struct ProgramRun: Sendable {
    /// The exit status, or 128 and the signal's number.
    var status: Int32
    /// The first lines of standard output.
    var output: String
    /// The last 4 KiB of standard error.
    var errors: ByteTail

    /// Runs `program` with an empty standard input.
    ///
    /// `line` is told each line of standard output, on an event loop. Cancelling the task kills the program and all it
    /// started.
    static func run(
        _ program: FilePath,
        _ arguments: [String],
        environment: [String: String],
        directory: FilePath = "/",
        line: @escaping @Sendable (String) -> Void = { _ in }
    ) async throws -> ProgramRun {
        let process = try SpawnedProcess(program, arguments, environment: environment, directory: directory)
        process.input.close()
        let start = ByteTail(limit: 4096)
        let errors = ByteTail(limit: 4096)
        let lines = LineSplitter(line)
        let output = PipeListener(to: process.output) { bytes in
            start.append(bytes)
            lines.append(bytes)
        }
        let complaints = PipeListener(to: process.errors) { errors.append($0) }
        await withTaskCancellationHandler {
            await output.waitForEnd()
            await complaints.waitForEnd()
        } onCancel: {
            process.kill()
        }
        let status = await process.wait()
        try Task.checkCancellation()
        return ProgramRun(status: status, output: start.text, errors: errors)
    }
}
