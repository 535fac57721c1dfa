// A program that is talked to by pipes.

import CBatonLinux
import Glibc
import SystemPackage

/// A running program whose three streams are ours; it ends, at the latest, with this object.
final class PipedProcess {
    private let pid: pid_t
    private var input: Int32
    private var output: Int32
    private var errors: Int32
    private var isReaped = false

    /// Starts `program`; `paths` are arguments that follow the others, byte for byte, and `index` is git's variable for the index.
    init(
        _ program: String, _ arguments: [String], paths: [FilePath], in directory: FilePath,
        environment: [String: String], index: FilePath?
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
        var words = ([program] + arguments).map { strdup($0) }
        words += paths.map { path in path.withPlatformString { strdup($0) } } + [nil]
        var variables = environment.map { strdup("\($0.key)=\($0.value)") }
        if let index {
            let variable = ("GIT_INDEX_FILE=".utf8 + index.bytes + [0]).map { CChar(bitPattern: $0) }
            variables.append(variable.withUnsafeBufferPointer { $0.baseAddress.flatMap { strdup($0) } })
        }
        variables.append(nil)
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

    deinit {
        // Whoever still waits for input sees that there is none, and ends.
        closeAll()
        // Nobody asks any more how it ended.
        _ = try? reap()
    }

    // MARK: All at once

    /// Writes the input while it reads both outputs, so that none of the three can fill up; then waits for the end.
    func communicate(_ bytes: [UInt8]) throws(Errno) -> GitProgram.Output {
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
                let count = Glibc.read(open[index], &buffer, buffer.count)
                if count > 0 { texts[index] += buffer[..<count] }
                if count < 0, errno == EINTR { continue }
                if count <= 0 { open[index] = -1 }
            }
        }
        closeAll()
        let status = try reap()
        return GitProgram.Output(
            status: status, bytes: texts[0], errors: String(decoding: texts[1], as: UTF8.self))
    }

    // MARK: Bit by bit

    /// Writes all of `bytes`; false if the program does not read any more.
    func write(_ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { send(input, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    /// Waits for the next bytes of output, whatever their number; none at the end.
    func read() -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 1 << 16) { buffer, count in
            repeat {
                count = Glibc.read(output, buffer.baseAddress, buffer.count)
            } while count < 0 && errno == EINTR
            count = max(count, 0)
        }
    }

    // MARK: The end

    private func closeInput() {
        if input >= 0 { close(input) }
        input = -1
    }

    private func closeAll() {
        closeInput()
        for descriptor in [output, errors] where descriptor >= 0 { close(descriptor) }
        (output, errors) = (-1, -1)
    }

    /// Waits for the end; the exit status, or 128 and the signal.
    private func reap() throws(Errno) -> Int32 {
        guard !isReaped else { return 0 }
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0 {
            let error = Errno(rawValue: errno)
            if error != .interrupted { throw error }
        }
        isReaped = true
        let signal = status & 0x7F
        return signal == 0 ? (status >> 8) & 0xFF : 128 + signal
    }
}
