// Runs a program and waits for it.

import CBatonLinux
import Foundation
import Glibc
package import SystemPackage

/// What came of a program.
package struct ProgramResult: Sendable {
    package let status: Int32
    package let output: String
    package let errors: String

    /// Each line of the output as JSON.
    package var jsonLines: [[String: Any]] {
        output.split(separator: "\n").compactMap {
            (try? JSONSerialization.jsonObject(with: Data($0.utf8))) as? [String: Any]
        }
    }
}

/// A program that runs.
package final class RunningProgram: Sendable {
    package let pid: Int32
    private let output: Int32
    private let errors: Int32

    /// Starts a program; `input` is its standard input, -1 for /dev/null.
    package init(
        _ program: String, _ arguments: [String], in folder: FilePath, environment: [String: String], input: Int32 = -1
    ) throws {
        var outputPipe: [Int32] = [-1, -1]
        var errorPipe: [Int32] = [-1, -1]
        guard baton_pipe(&outputPipe) == 0, baton_pipe(&errorPipe) == 0 else { throw Errno(rawValue: errno) }
        var words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) } + [nil]
        var variables: [UnsafeMutablePointer<CChar>?] = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in words + variables { free(text) } }
        let descriptors = [input, outputPipe[1], errorPipe[1]]
        var pid: pid_t = 0
        let status = program.withCString { path in
            folder.withPlatformString { folder in
                words.withUnsafeMutableBufferPointer { words in
                    variables.withUnsafeMutableBufferPointer { variables in
                        descriptors.withUnsafeBufferPointer { descriptors in
                            var order = baton_program(
                                path: path, arguments: words.baseAddress, environment: variables.baseAddress,
                                directory: folder, descriptors: descriptors.baseAddress, descriptor_count: 3)
                            return baton_spawn(&order, &pid)
                        }
                    }
                }
            }
        }
        close(outputPipe[1])
        close(errorPipe[1])
        guard status == 0 else { throw Errno(rawValue: status) }
        self.pid = pid
        output = outputPipe[0]
        errors = errorPipe[0]
    }

    package func signal(_ number: Int32) { kill(pid, number) }

    /// The descriptor of the output, which is then the caller's to close; the errors are thrown away.
    package func takeOutput() -> Int32 {
        close(errors)
        return output
    }

    /// Waits for the end.
    ///
    /// To be called once, and not with ``result()``.
    package func status() async -> Int32 {
        let status = await Self.onThread { [pid] in
            var status: Int32 = 0
            while waitpid(pid, &status, 0) < 0, errno == EINTR {}
            return status
        }
        let signal = status & 0x7f
        return signal == 0 ? (status >> 8) & 0xff : 128 + signal
    }

    /// Reads all output and waits for the end.
    ///
    /// To be called once.
    package func result() async -> ProgramResult {
        async let outputText = Self.readAll(output)
        async let errorText = Self.readAll(errors)
        let (text, errors) = await (outputText, errorText)
        return ProgramResult(status: await status(), output: text, errors: errors)
    }

    private static func readAll(_ descriptor: Int32) async -> String {
        await onThread {
            defer { close(descriptor) }
            var bytes: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 65536)
            while true {
                let count = read(descriptor, &buffer, buffer.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
                bytes += buffer[..<count]
            }
        }
    }

    /// Runs blocking work off the pool of async threads, of which there are as many as cores only.
    private static func onThread<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread { continuation.resume(returning: work()) }
        }
    }
}

/// Runs a program to its end.
package func run(
    _ program: String, _ arguments: [String], in folder: FilePath, environment: [String: String]
) async throws -> ProgramResult {
    try await RunningProgram(program, arguments, in: folder, environment: environment).result()
}
