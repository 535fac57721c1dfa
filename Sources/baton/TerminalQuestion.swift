// Asks the person at the terminal.

import BatonEngine
import BatonTerminal
import Foundation
import Glibc

/// A question to the person at the terminal, one line for the answer.
struct TerminalQuestion {
    let console: Console

    /// Asked again this often if the answer is none of the choices.
    private static let attemptsMax = 3

    /// The answer; nil if nobody is there, if the input ends, or if the task is cancelled.
    func answer(to question: StepQuestion) async -> String? {
        guard console.capabilities.prompts else { return nil }
        console.note("\(sanitizedLine(question.text))")
        var choices = question.choices.map { $0 == question.fallback ? $0.uppercased() : $0 }.joined(separator: "/")
        if !choices.isEmpty { choices = " [\(choices)]" }
        for _ in 0..<Self.attemptsMax {
            console.beginQuestion("answer\(sanitizedLine(choices)): ")
            let line = await Self.line()
            console.endQuestion()
            guard let line else { return nil }
            if line.isEmpty { return question.fallback }
            if question.choices.isEmpty { return line }
            if let choice = question.choices.first(where: { $0.lowercased() == line.lowercased() }) { return choice }
        }
        return nil
    }

    /// A line of standard input without blanks around it, read off the pool of async threads.
    private static func line() async -> String? {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return nil }
        let (wake, cancel) = (ends[0], ends[1])
        let line = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                Thread.detachNewThread { continuation.resume(returning: read(orUntil: wake)) }
            }
        } onCancel: {
            _ = write(cancel, "x", 1)
        }
        close(wake)
        close(cancel)
        return line
    }

    private static func read(orUntil wake: Int32) -> String? {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1024)
        while !bytes.contains(0x0A) {
            var events = [
                pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0),
                pollfd(fd: wake, events: Int16(POLLIN), revents: 0),
            ]
            guard poll(&events, 2, -1) > 0 else {
                if errno == EINTR { continue }
                return nil
            }
            guard events[1].revents == 0 else { return nil }
            let count = Glibc.read(STDIN_FILENO, &buffer, buffer.count)
            guard count > 0 else { return nil }
            bytes += buffer[..<count]
        }
        return String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
