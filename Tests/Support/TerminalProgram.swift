// A program on a terminal of its own, typed at and read from as a person does.

import CBatonLinux
import Dispatch
import Foundation
import Glibc
import Synchronization
package import SystemPackage

/// A program on a terminal of its own.
///
/// `script`, of every Debian, makes the terminal: what is typed goes through its line discipline, so that Ctrl-C is a
/// signal and not a byte.
package final class TerminalProgram: Sendable {
    private let program: RunningProgram
    private let keyboard: Int32
    private let screen = Mutex(Screen())

    private struct Screen {
        var text = ""
        var isClosed = false
        /// How much of the text has been waited for.
        var read = 0
        var waiters: [(number: Int, text: String, continuation: CheckedContinuation<Bool, Never>)] = []
        var lastWaiter = 0
    }

    /// How long a text is waited for; far more than any program here needs, so that only a fault gets there.
    private static let patience = DispatchTimeInterval.seconds(20)

    package init(_ line: String, in folder: FilePath, environment: [String: String]) throws {
        var pipe: [Int32] = [-1, -1]
        guard baton_pipe(&pipe) == 0 else { throw Errno(rawValue: errno) }
        defer { close(pipe[0]) }
        keyboard = pipe[1]
        let variables = environment.merging(["TERM": "xterm", "COLUMNS": "100"]) { given, _ in given }
        program = try RunningProgram(
            "script", ["--quiet", "--flush", "--return", "--command", line, "/dev/null"], in: folder,
            environment: variables,
            input: pipe[0])
        let output = program.takeOutput()
        // Ends when the program's terminal is closed.
        Thread.detachNewThread { [weak self] in
            var buffer = [UInt8](repeating: 0, count: 4096)
            while true {
                let count = read(output, &buffer, buffer.count)
                guard count > 0 else { break }
                self?.show(String(decoding: buffer[..<count], as: UTF8.self))
            }
            close(output)
            self?.closed()
        }
    }

    deinit {
        close(keyboard)
        program.signal(SIGHUP)
    }

    package func type(_ text: String) {
        let bytes = Array(text.utf8)
        _ = write(keyboard, bytes, bytes.count)
    }

    /// Waits until `text` has appeared after what was waited for before; false if it does not come.
    package func sees(_ text: String) async -> Bool {
        await withCheckedContinuation { continuation in
            let number = screen.withLock { screen in
                screen.lastWaiter += 1
                screen.waiters.append((screen.lastWaiter, text, continuation))
                Self.serve(&screen)
                return screen.lastWaiter
            }
            DispatchQueue.global().asyncAfter(deadline: .now() + Self.patience) { [weak self] in self?.giveUp(number) }
        }
    }

    private func giveUp(_ number: Int) {
        screen.withLock { screen in
            guard let index = screen.waiters.firstIndex(where: { $0.number == number }) else { return }
            screen.waiters.remove(at: index).continuation.resume(returning: false)
        }
    }

    /// All that has appeared.
    package var transcript: String { screen.withLock { $0.text } }

    /// Waits for the end and returns the exit status; a program that does not end is ended, which gives another one.
    package func status() async -> Int32 {
        let timer = DispatchWorkItem { [program] in program.signal(SIGKILL) }
        DispatchQueue.global().asyncAfter(deadline: .now() + Self.patience, execute: timer)
        defer { timer.cancel() }
        return await program.status()
    }

    private func show(_ text: String) {
        screen.withLock { screen in
            screen.text += text
            Self.serve(&screen)
        }
    }

    private func closed() {
        screen.withLock { screen in
            screen.isClosed = true
            Self.serve(&screen)
        }
    }

    private static func serve(_ screen: inout Screen) {
        while let waiter = screen.waiters.first {
            let rest = screen.text.utf8.dropFirst(screen.read)
            if let range = String(decoding: rest, as: UTF8.self).range(of: waiter.text) {
                let text = String(decoding: rest, as: UTF8.self)
                screen.read += text.utf8.distance(from: text.startIndex, to: range.upperBound)
                waiter.continuation.resume(returning: true)
            } else if screen.isClosed {
                waiter.continuation.resume(returning: false)
            } else {
                return
            }
            screen.waiters.removeFirst()
        }
    }
}
