// Runs the git program.

import BatonCore
import CBatonLinux
import Glibc
package import SystemPackage

/// The `git` program, run in one working directory.
///
/// Never inherits the variables by which git is pointed at another repository, index or identity: Baton may itself have
/// been started by a hook.
package struct GitProgram: Sendable {
    /// Where `git` runs.
    package let directory: FilePath
    private let environment: [String: String]

    /// Of the user's `environment` git gets what it needs, such as `HOME` and the agents that sign.
    package init(in directory: FilePath, environment: [String: String]) {
        self.directory = directory
        var kept = environment.filter { name, _ in !name.hasPrefix("GIT_") || Self.isHarmless(name) }
        // Messages are read: they must be in one language. Nobody is there to answer questions.
        kept["LC_ALL"] = "C"
        kept["GIT_TERMINAL_PROMPT"] = "0"
        kept["GIT_OPTIONAL_LOCKS"] = "0"
        self.environment = kept
    }

    /// Where git's settings and programs are, and tracing; nothing that names a repository.
    private static func isHarmless(_ name: String) -> Bool {
        ["GIT_CONFIG_", "GIT_TRACE", "GIT_EXEC_PATH", "GIT_SSL"].contains { name.hasPrefix($0) }
    }

    /// What came of a run.
    struct Output {
        /// As `wait` has it, decoded: the exit status, or 128 and the signal.
        var status: Int32
        var bytes: [UInt8]
        var errors: String

        /// The output as text without its last line end.
        var text: String {
            String(decoding: bytes.last == 0x0A ? bytes.dropLast() : bytes[...], as: UTF8.self)
        }

        /// The parts that end with a zero byte each.
        var records: [ArraySlice<UInt8>] { bytes.split(separator: 0) }
    }

    /// Runs git to its end; any exit status is a result.
    ///
    /// It reads `input` from its standard input, and finds `variables` in its environment too.
    func run(
        _ arguments: [String], input: [UInt8] = [], variables: [String: String] = [:]
    ) throws(GitError) -> Output {
        let name = "git \(arguments.first { !$0.hasPrefix("-") } ?? "")"
        do throws(Errno) {
            let process = try PipedProcess(
                "git", arguments, in: directory, environment: environment.merging(variables) { _, new in new })
            return try process.communicate(input)
        } catch {
            throw GitError(.other, "cannot be run: \(error)", in: name)
        }
    }

    /// Runs git, which must succeed.
    ///
    /// - Throws: ``GitError`` with git's own words if its exit status is not 0.
    func output(
        of arguments: [String], input: [UInt8] = [], variables: [String: String] = [:]
    ) throws(GitError) -> Output {
        let output = try run(arguments, input: input, variables: variables)
        guard output.status == 0 else { throw GitError(arguments, output) }
        return output
    }
}

extension GitError {
    /// What a run of git that failed says.
    init(_ arguments: [String], _ output: GitProgram.Output) {
        let lines = output.errors.split(whereSeparator: \.isNewline)
        let words = lines.first { $0.hasPrefix("fatal: ") || $0.hasPrefix("error: ") } ?? lines.first
        var message = words.map(String.init) ?? "exit status \(output.status)"
        for prefix in ["fatal: ", "error: "] where message.hasPrefix(prefix) { message.removeFirst(prefix.count) }
        self.init(Self.kind(of: message), message, in: "git \(arguments.first { !$0.hasPrefix("-") } ?? "")")
    }

    private static func kind(of message: String) -> Kind {
        if message.contains("Unable to create") && message.contains(".lock': File exists") { return .locked }
        if message.contains("unable to create lock file") || message.contains("cannot lock ref") {
            return message.contains("is at") || message.contains("reference already exists") ? .modified : .locked
        }
        if message.contains("dubious ownership") { return .foreignOwner }
        if message.contains("filter '") || message.contains("external filter") { return .filter }
        return .other
    }
}

/// A running program whose three streams are ours.
private struct PipedProcess: ~Copyable {
    private let pid: pid_t
    private var input: Int32
    private let output: Int32
    private let errors: Int32

    init(
        _ program: String, _ arguments: [String], in directory: FilePath, environment: [String: String]
    ) throws(Errno) {
        var ends: [[Int32]] = []
        for index in 0..<3 {
            var pair: [Int32] = [-1, -1]
            // A socket for the input: writing to one that nobody reads any more is an error, not a signal.
            guard (index == 0 ? baton_socket_pair(&pair) : baton_pipe(&pair)) == 0 else {
                let error = Errno(rawValue: errno)
                for descriptor in ends.joined() { close(descriptor) }
                throw error
            }
            ends.append(pair)
        }
        var words = ([program] + arguments).map { strdup($0) } + [nil]
        var variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in words + variables { free(text) } }
        let descriptors = [ends[0][0], ends[1][1], ends[2][1]]
        var pid: pid_t = 0
        let error = directory.withPlatformString { directory in
            program.withCString { path in
                words.withUnsafeMutableBufferPointer { words in
                    variables.withUnsafeMutableBufferPointer { variables in
                        descriptors.withUnsafeBufferPointer { descriptors in
                            var order = baton_program(
                                path: path, arguments: words.baseAddress, environment: variables.baseAddress,
                                directory: directory, descriptors: descriptors.baseAddress, descriptor_count: 3)
                            return baton_spawn(&order, &pid)
                        }
                    }
                }
            }
        }
        for descriptor in descriptors { close(descriptor) }
        guard error == 0 else {
            for descriptor in [ends[0][1], ends[1][0], ends[2][0]] { close(descriptor) }
            throw Errno(rawValue: error)
        }
        self.pid = pid
        self.input = ends[0][1]
        self.output = ends[1][0]
        self.errors = ends[2][0]
    }

    /// Writes the input while it reads both outputs, so that none of the three can fill up; then waits for the end.
    consuming func communicate(_ bytes: [UInt8]) throws(Errno) -> GitProgram.Output {
        _ = fcntl(input, F_SETFL, O_NONBLOCK)
        var rest = bytes[...]
        var texts: [[UInt8]] = [[], []]
        var open = [output, errors]
        if rest.isEmpty { closeInput() }
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while open != [-1, -1] {
            var events = [
                pollfd(fd: input, events: Int16(POLLOUT), revents: 0),
                pollfd(fd: open[0], events: Int16(POLLIN), revents: 0),
                pollfd(fd: open[1], events: Int16(POLLIN), revents: 0),
            ]
            if poll(&events, 3, -1) < 0, errno != EINTR { break }
            if events[0].revents != 0 {
                let count = rest.withUnsafeBytes { send(input, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
                if count > 0 { rest = rest.dropFirst(count) }
                // A program that does not want to read more has its reasons, and tells them.
                if rest.isEmpty || (count < 0 && errno != EAGAIN && errno != EINTR) { closeInput() }
            }
            for index in 0...1 where events[index + 1].revents != 0 {
                let count = read(open[index], &buffer, buffer.count)
                if count > 0 { texts[index] += buffer[..<count] }
                if count < 0, errno == EINTR { continue }
                if count <= 0 { open[index] = -1 }
            }
        }
        closeInput()
        close(output)
        close(errors)
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0 {
            let error = Errno(rawValue: errno)
            if error != .interrupted { throw error }
        }
        let signal = status & 0x7F
        return GitProgram.Output(
            status: signal == 0 ? (status >> 8) & 0xFF : 128 + signal, bytes: texts[0],
            errors: String(decoding: texts[1], as: UTF8.self))
    }

    private mutating func closeInput() {
        if input >= 0 { close(input) }
        input = -1
    }
}
