// What the tests of several files need.

import BatonCore
import CBatonLinux
import FoundationEssentials
import Glibc
import Synchronization
import SystemPackage
import Testing

@testable import BatonModels

/// Collects values from closures that run anywhere.
final class Collected<Value: Sendable>: Sendable {
    private let storage = Mutex<[Value]>([])

    func append(_ value: Value) { storage.withLock { $0.append(value) } }

    var values: [Value] { storage.withLock { $0 } }
}

/// The error that people would read, or a failed test.
func batonError(
    _ body: () async throws -> some Any,
    sourceLocation: SourceLocation = #_sourceLocation
) async throws -> BatonError {
    do {
        _ = try await body()
    } catch let error as BatonError {
        return error
    }
    try #require(Bool(false), "nothing was thrown", sourceLocation: sourceLocation)
    throw CancellationError()
}

/// Runs `body` with an empty folder that is removed afterwards.
///
/// Its path is short: sockets have little room for one.
func withFolder<Result>(_ body: (FilePath) async throws -> Result) async throws -> Result {
    let folder = FilePath("/tmp/bm-\(String(UInt64.random(in: .min ... .max), radix: 36))")
    try FileManager.default.createDirectory(
        atPath: folder.string, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700]
    )
    defer { try? FileManager.default.removeItem(atPath: folder.string) }
    return try await body(folder)
}

/// Writes a file, and the folders above it.
func put(_ text: String, at path: FilePath, mode: Int = 0o644) throws {
    try FileManager.default.createDirectory(
        atPath: path.removingLastComponent().string, withIntermediateDirectories: true
    )
    guard mode & 0o111 != 0 else {
        try Data(text.utf8).write(to: URL(filePath: path.string))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path.string)
        return
    }
    // Another process writes it: a program that some test starts meanwhile would have this one's descriptor for a
    // moment, and a file that is open for writing cannot be started.
    let source = FilePath(path.string + ".source")
    try Data(text.utf8).write(to: URL(filePath: source.string))
    try install(source, as: path, mode: mode)
    try FileManager.default.removeItem(atPath: source.string)
}

private func install(_ source: FilePath, as target: FilePath, mode: Int) throws {
    let words = ["install", "-m", String(mode, radix: 8), source.string, target.string]
    var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
    defer { for argument in arguments { free(argument) } }
    let descriptors: [Int32] = [-1, -1, -1]
    var pid: pid_t = 0
    let error = arguments.withUnsafeMutableBufferPointer { arguments in
        descriptors.withUnsafeBufferPointer { descriptors in
            "install".withCString { path in
                var program = baton_program(
                    path: path, arguments: arguments.baseAddress, environment: environ, directory: nil,
                    descriptors: descriptors.baseAddress, descriptor_count: 3)
                return baton_spawn(&program, &pid)
            }
        }
    }
    guard error == 0 else { throw Errno(rawValue: error) }
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0, errno == EINTR {}
    guard status == 0 else { throw Errno.ioError }
}

/// The error as people see it, without colour: message, causes and hints, a line each.
extension BatonError {
    var lines: [String] { ["\(code): \(message)"] + causes.map { "cause: \($0)" } + hints.map { "hint: \($0)" } }
}

extension ChatRequest {
    static func asking(_ text: String, as role: String? = nil) -> ChatRequest {
        ChatRequest(messages: [ChatMessage(.user, text)], asker: role)
    }
}

/// Tests that write a program and start it, one after the other: a file that is open for writing cannot be started, and
/// a program that another test starts meanwhile has it open for a moment.
@Suite(.serialized) enum ProgramTests {}
