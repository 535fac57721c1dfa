// Runs a program to its end.

import NIOCore
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
    /// Cancelling the task kills it and all it started.
    ///
    /// - Parameter line: Is told each line of standard output, on an event loop.
    static func run(
        _ program: FilePath,
        _ arguments: [String],
        environment: [String: String],
        line: @escaping @Sendable (String) -> Void = { _ in }
    ) async throws -> ProgramRun {
        let process = try SpawnedProcess(program, arguments, environment: environment)
        process.input.close()
        let start = ByteTail(limit: 4096)
        let errors = ByteTail(limit: 4096)
        let lines = LineSplitter(line)
        let status: Int32
        do {
            let outputEnd = try await listen(to: process.output) { bytes in
                start.append(bytes)
                lines.append(bytes)
            }
            let errorsEnd = try await listen(to: process.errors) { errors.append($0) }
            await withTaskCancellationHandler {
                // The future never fails: a channel that breaks is closed.
                try? await outputEnd.closeFuture.get()
                try? await errorsEnd.closeFuture.get()
            } onCancel: {
                process.kill()
            }
            status = await process.wait()
        } catch {
            process.kill()
            _ = await process.wait()
            throw error
        }
        try Task.checkCancellation()
        return ProgramRun(status: status, output: start.text, errors: errors)
    }
}
