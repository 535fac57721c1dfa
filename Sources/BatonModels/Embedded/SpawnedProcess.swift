// Starts a program, joined to this one by its standard descriptors, in a process group of its own.

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
private func discard(_ descriptor: FileDescriptor) { try? descriptor.close() }

/// A running program, until it is waited for.
struct SpawnedProcess: Sendable {
    let id: pid_t
    /// The other end of its standard input. No other process gets it.
    let input: OwnedDescriptor
    let output: OwnedDescriptor
    let errors: OwnedDescriptor

    /// Starts `program` with default signal handling.
    ///
    /// - Parameter arguments: Without the program's own name.
    init(_ program: FilePath, _ arguments: [String], environment: [String: String]) throws(Errno) {
        let (input, childInput) = try Self.pair()
        let (output, childOutput) = try Self.pair()
        let (errors, childErrors) = try Self.pair()
        let standard = [childInput, childOutput, childErrors]
        let variables = environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        var id: pid_t = 0
        let status = Self.spawn(&id, [program.string] + arguments, variables, standard.compactMap { $0.take() })
        guard status == 0 else { throw Errno(rawValue: status) }
        self.id = id
        self.input = input
        self.output = output
        self.errors = errors
    }

    /// Ends the program and what it started.
    func kill() { _ = Glibc.kill(-id, SIGKILL) }

    /// Waits for the end, which must be near, and gives the exit status, or 128 and the signal's number.
    ///
    /// Must be called once: only then does the system forget the process.
    func wait() async -> Int32 {
        let id = id
        let status = try? await NIOThreadPool.singleton.runIfActive {
            var status: Int32 = 0
            while waitpid(id, &status, 0) < 0, errno == EINTR {}
            return status
        }
        guard let status else { return -1 }
        let signal = status & 0x7F
        return signal == 0 ? (status >> 8) & 0xFF : 128 + signal
    }

    /// Two joined descriptors that no other program gets, even one that another thread starts this very moment.
    ///
    /// Sockets, because `pipe2` is not in the Glibc module, and `pipe` cannot do that. A program that reads or writes
    /// them notices nothing.
    private static func pair() throws(Errno) -> (own: OwnedDescriptor, child: OwnedDescriptor) {
        var ends: [CInt] = [0, 0]
        let type = CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, type, 0, &ends) == 0 else { throw Errno(rawValue: errno) }
        return (OwnedDescriptor(FileDescriptor(rawValue: ends[0])), OwnedDescriptor(FileDescriptor(rawValue: ends[1])))
    }

    /// Calls `posix_spawn`; closes the child's ends.
    private static func spawn(
        _ id: inout pid_t,
        _ words: [String],
        _ variables: [String],
        _ standard: [FileDescriptor]
    ) -> CInt {
        defer { standard.forEach(discard) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        // The copies come first, above the numbers that they are copied to, which an end may itself have.
        let high = (standard.map(\.rawValue).max() ?? 2) + 3
        for (number, descriptor) in standard.enumerated() {
            posix_spawn_file_actions_adddup2(&actions, descriptor.rawValue, max(high, 3) + CInt(number))
        }
        for number in 0..<CInt(standard.count) {
            posix_spawn_file_actions_adddup2(&actions, max(high, 3) + number, number)
        }

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        var all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setpgroup(&attributes, 0)
        let flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF
        posix_spawnattr_setflags(&attributes, Int16(flags))

        let arguments = words.map { strdup($0) } + [nil]
        let environment = variables.map { strdup($0) } + [nil]
        defer { (arguments + environment).forEach { free($0) } }
        return posix_spawn(&id, words[0], &actions, &attributes, arguments, environment)
    }
}
