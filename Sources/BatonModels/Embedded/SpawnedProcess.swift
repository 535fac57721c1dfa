// Starts a program, joined to this one by its standard descriptors, in a process group of its own.

import CBatonLinux
import Glibc
import NIOPosix
import Synchronization
import SystemPackage

/// A descriptor that is closed once: by hand, or when nobody holds this any more.
final class OwnedDescriptor: Sendable {
    private let descriptor: Mutex<FileDescriptor?>

    init(_ descriptor: FileDescriptor) {
        self.descriptor = Mutex(descriptor)
    }

    func close() { if let descriptor = take() { discard(descriptor) } }

    /// Hands the descriptor over; nil if it is gone.
    func take() -> FileDescriptor? {
        descriptor.withLock { descriptor in
            defer { descriptor = nil }
            return descriptor
        }
    }

    deinit { close() }
}

/// Closes without looking at the result: it was only read from, or its reader is gone.
func discard(_ descriptor: FileDescriptor) { try? descriptor.close() }

/// A running program, until it is waited for.
final class SpawnedProcess: Sendable {
    let id: pid_t
    /// The other end of its standard input, which no other process gets.
    let input: OwnedDescriptor
    let output: OwnedDescriptor
    let errors: OwnedDescriptor
    /// Once a process is reaped its number may belong to another one, which must not get its signals.
    private let isReaped = Mutex(false)

    /// Starts `program` as leader of a process group, with default signal handling and no other descriptors.
    ///
    /// `arguments` are those after the program's own name. `directory` is where it runs, and should never be the
    /// user's: Python looks for modules there.
    init(
        _ program: FilePath,
        _ arguments: [String],
        environment: [String: String],
        directory: FilePath = "/"
    ) throws(Errno) {
        let (childInput, input) = try Self.pipe()
        let (output, childOutput) = try Self.pipe()
        let (errors, childErrors) = try Self.pipe()
        let standard = [childInput, childOutput, childErrors].compactMap { $0.take() }
        defer { standard.forEach(discard) }
        let variables = environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        var id: pid_t = 0
        let status = Self.spawn(
            &id, program, directory, [program.string] + arguments, variables, standard.map(\.rawValue)
        )
        guard status == 0 else { throw Errno(rawValue: status) }
        self.id = id
        self.input = input
        self.output = output
        self.errors = errors
    }

    /// Ends the program and what it started; nothing if it was waited for.
    func kill() {
        isReaped.withLock { isReaped in
            if !isReaped { _ = Glibc.kill(-id, SIGKILL) }
        }
    }

    /// Waits for the end, which must be near, and gives the exit status, or 128 and the signal's number.
    ///
    /// Must be called once: only then does the system forget the process. Cancelling does not shorten it.
    func wait() async -> Int32 {
        let status: Int32 = await withCheckedContinuation { continuation in
            NIOThreadPool.singleton.submit { _ in continuation.resume(returning: self.reap()) }
        }
        let signal = status & 0x7F
        return signal == 0 ? (status >> 8) & 0xFF : 128 + signal
    }

    private func reap() -> Int32 {
        var information = siginfo_t()
        while waitid(P_PID, id_t(id), &information, WEXITED | WNOWAIT) < 0, errno == EINTR {}
        return isReaped.withLock { isReaped in
            // What the program left behind.
            _ = Glibc.kill(-id, SIGKILL)
            var status: Int32 = 0
            while waitpid(id, &status, 0) < 0, errno == EINTR {}
            isReaped = true
            return status
        }
    }

    private static func pipe() throws(Errno) -> (read: OwnedDescriptor, write: OwnedDescriptor) {
        var ends: [CInt] = [0, 0]
        guard baton_pipe(&ends) == 0 else { throw Errno(rawValue: errno) }
        return (OwnedDescriptor(FileDescriptor(rawValue: ends[0])), OwnedDescriptor(FileDescriptor(rawValue: ends[1])))
    }

    private static func spawn(
        _ id: inout pid_t,
        _ program: FilePath,
        _ directory: FilePath,
        _ words: [String],
        _ variables: [String],
        _ descriptors: [CInt]
    ) -> CInt {
        let path = strdup(program.string)
        let folder = strdup(directory.string)
        var arguments = words.map { strdup($0) } + [nil]
        var environment = variables.map { strdup($0) } + [nil]
        defer { ([path, folder] + arguments + environment).forEach { free($0) } }
        return arguments.withUnsafeMutableBufferPointer { arguments in
            environment.withUnsafeMutableBufferPointer { environment in
                descriptors.withUnsafeBufferPointer { descriptors in
                    var program = baton_program(
                        path: path, arguments: arguments.baseAddress, environment: environment.baseAddress,
                        directory: folder, descriptors: descriptors.baseAddress,
                        descriptor_count: CInt(descriptors.count)
                    )
                    return baton_spawn(&program, &id)
                }
            }
        }
    }
}
