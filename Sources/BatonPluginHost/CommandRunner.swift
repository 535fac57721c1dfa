// Runs a command in the view. SPDX-License-Identifier: MIT

import BatonWorkerLink
import CBatonLinux
import Glibc

/// Runs commands in the view: in a process group of their own, until they end, their time is over or the step is
/// cancelled.
///
/// The guard process of the view ends whatever a command leaves behind.
struct CommandRunner {
    let link: HostLink
    /// The `BATON_CHUNK_…` kinds.
    let standardOutput: Int32 = 2
    let standardError: Int32 = 3

    /// Milliseconds between asking a command to end and killing it.
    private static let graceMilliseconds: Int64 = 1000

    /// Runs `order` to its end and hands its output to `receive` as it comes; false from there stops the command.
    func run(_ order: CommandOrder, receive: (_ kind: Int32, _ bytes: [UInt8]) -> Bool) -> CommandResult {
        let start = now()
        func result(_ end: CommandResult.End) -> CommandResult {
            CommandResult(end: end, milliseconds: UInt32(clamping: now() - start))
        }
        var output: [Int32] = [-1, -1]
        var errors: [Int32] = [-1, -1]
        guard baton_pipe(&output) == 0 else { return result(.notStarted(errno)) }
        guard baton_pipe(&errors) == 0 else {
            let error = errno
            for end in output { close(end) }
            return result(.notStarted(error))
        }
        let (pid, status) = spawn(order, output: output[1], errors: errors[1])
        close(output[1])
        close(errors[1])
        defer {
            close(output[0])
            close(errors[0])
        }
        guard status == 0 else { return result(.notStarted(status)) }

        let reason = pump(
            [output[0]: standardOutput, errors[0]: standardError], of: pid,
            until: start + Int64(order.timeLimitMilliseconds), receive: receive)
        kill(-pid, SIGKILL)
        var waitStatus: Int32 = 0
        while waitpid(pid, &waitStatus, 0) < 0, errno == EINTR {}
        if let reason { return result(reason) }
        let signal = waitStatus & 0x7f
        return result(signal == 0 ? .exited((waitStatus >> 8) & 0xff) : .signalled(signal))
    }

    private func spawn(_ order: CommandOrder, output: Int32, errors: Int32) -> (pid: pid_t, status: Int32) {
        var arguments: [UnsafeMutablePointer<CChar>?] = order.arguments.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        let descriptors = [-1, output, errors]
        var pid: pid_t = 0
        let status = order.directory.withCString { directory in
            order.arguments[0].withCString { path in
                arguments.withUnsafeMutableBufferPointer { arguments in
                    descriptors.withUnsafeBufferPointer { descriptors in
                        var program = baton_program(
                            path: path, arguments: arguments.baseAddress, environment: environ, directory: directory,
                            descriptors: descriptors.baseAddress, descriptor_count: Int32(descriptors.count)
                        )
                        return baton_spawn(&program, &pid)
                    }
                }
            }
        }
        return (pid, status)
    }

    /// Hands on output until the command has ended, or has to: then the reason is returned.
    ///
    /// Waits for the command itself, not for the end of its output, which a process that it left behind may hold open.
    private func pump(
        _ kinds: [Int32: Int32], of pid: pid_t, until limit: Int64, receive: (Int32, [UInt8]) -> Bool
    ) -> CommandResult.End? {
        let end = baton_pidfd_open(pid)
        defer { close(end) }
        var open = kinds
        var reason: CommandResult.End?
        var giveUpAt = limit
        var hasEnded = false
        while true {
            var watched = Array(open.keys)
            if !hasEnded { watched.append(end) }
            if reason == nil { watched.append(link.cancelDescriptor) }
            var events = watched.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            let patience = hasEnded ? 0 : Int32(clamping: max(giveUpAt - now(), 0))
            let ready = poll(&events, nfds_t(events.count), patience)
            if hasEnded, ready <= 0 || open.isEmpty { return reason }

            var wanted: CommandResult.End?
            for event in events where event.revents != 0 {
                if event.fd == end {
                    hasEnded = true
                } else if let kind = open[event.fd] {
                    if let bytes = readSome(event.fd) {
                        if !receive(kind, bytes) { wanted = .cancelled }
                    } else {
                        open[event.fd] = nil
                    }
                } else {
                    wanted = .cancelled
                }
            }
            guard !hasEnded else { continue }
            if now() >= giveUpAt {
                if reason != nil { return reason }
                wanted = .timedOut
            }
            if let wanted, reason == nil {
                reason = wanted
                kill(-pid, SIGTERM)
                giveUpAt = now() + Self.graceMilliseconds
            }
        }
    }

    /// The bytes that are there; nil at the end.
    private func readSome(_ descriptor: Int32) -> [UInt8]? {
        let bytes = [UInt8](unsafeUninitializedCapacity: 65536) { buffer, filled in
            filled = max(0, read(descriptor, buffer.baseAddress, buffer.count))
        }
        return bytes.isEmpty ? nil : bytes
    }

    /// Milliseconds of a clock that only goes forward.
    private func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}
