// Reads lines with GNU readline; the only importer of CReadline.

@preconcurrency import CReadline
import Glibc
import SystemPackage

/// What a person did at the prompt.
enum LineEvent: Equatable {
    case line(String)
    /// Ctrl-D on an empty line, or the terminal is gone.
    case endOfFile
}

/// A prompt with history and completion.
///
/// readline keeps its state in globals, so there is one editor, and it is used on one thread. Its callback interface is
/// used so that signals are heard while a person thinks. Source: readline manual, 2.4.12 "Alternate Interface".
@MainActor
final class LineEditor {
    /// Completes the word that begins at `start` (in bytes) of `line`; the candidates replace the whole word.
    typealias Completer = @MainActor (_ line: String, _ start: Int) -> [String]

    /// readline's callbacks take no context, so what they need is here.
    private static var finished: LineEvent?
    private static var completer: Completer?
    private static var candidates: [String] = []

    private let interrupts: Int32
    private let historyFile: FilePath?

    /// Lines that are kept.
    private static let historyLines: Int32 = 10_000

    /// Sets readline up.
    ///
    /// `interrupts` becomes readable with one byte for each Ctrl-C; `historyFile` is where lines are kept between
    /// sessions, nil keeps none.
    init(interrupts: Int32, historyFile: FilePath?, completer: @escaping Completer) {
        self.interrupts = interrupts
        self.historyFile = historyFile
        Self.completer = completer
        rl_catch_signals = 0
        rl_catch_sigwinch = 0
        // Lets people write '$if baton' in their .inputrc.
        let name: StaticString = "baton"
        name.withUTF8Buffer { buffer in
            rl_readline_name = UnsafeRawPointer(buffer.baseAddress)?.assumingMemoryBound(to: CChar.self)
        }
        using_history()
        stifle_history(Self.historyLines)
        if let historyFile { _ = historyFile.withPlatformString { read_history($0) } }
        setUpCompletion()
    }

    /// Waits for a line; Ctrl-C clears it and goes on.
    func read(prompt: String) -> LineEvent {
        Self.finished = nil
        rl_callback_handler_install(prompt) { line in
            MainActor.assumeIsolated { LineEditor.take(line) }
        }
        defer { rl_callback_handler_remove() }
        while true {
            var events = [
                pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0),
                pollfd(fd: interrupts, events: Int16(POLLIN), revents: 0),
            ]
            guard poll(&events, 2, -1) > 0 else {
                // A signal, most likely a resized window; readline asks for the size itself.
                guard errno == EINTR else { return .endOfFile }
                rl_resize_terminal()
                continue
            }
            if events[1].revents != 0 {
                var byte: UInt8 = 0
                _ = Glibc.read(interrupts, &byte, 1)
                clearLine()
                continue
            }
            rl_callback_read_char()
            if let event = Self.finished { return event }
        }
    }

    /// Adds a line to the history, unless it is empty, begins with a space or repeats the line before.
    func remember(_ line: String) {
        guard !line.isEmpty, !line.hasPrefix(" ") else { return }
        if let last = history_get(history_base + history_length - 1), String(cString: last.pointee.line) == line {
            return
        }
        add_history(line)
        guard let historyFile else { return }
        historyFile.withPlatformString { path in
            if append_history(1, path) != 0 { write_history(path) }
            chmod(path, 0o600)
        }
    }

    // MARK: Callbacks

    private static func take(_ line: UnsafeMutablePointer<CChar>?) {
        finished = line.map { .line(String(cString: $0)) } ?? .endOfFile
        free(line)
        // Without this readline would show the prompt again before the line is looked at.
        rl_callback_handler_remove()
    }

    /// Begins anew below, as shells do on Ctrl-C.
    ///
    /// The terminal stays as it is, so that nothing typed meanwhile is lost.
    private func clearLine() {
        rl_callback_sigcleanup()
        rl_replace_line("", 0)
        rl_point = 0
        fputs("^C\n", rl_outstream)
        fflush(rl_outstream)
        rl_on_new_line()
        rl_redisplay()
    }

    private static func complete(from start: Int) -> Bool {
        rl_attempted_completion_over = 1  // No file names of readline's own.
        candidates = completer?(String(cString: rl_line_buffer), start) ?? []
        // A candidate that goes on, such as 'topic=', gets no space behind it.
        if candidates.count == 1, let only = candidates.first {
            rl_completion_append_character = only.hasSuffix("=") || only.hasSuffix("/") ? 0 : 32
        }
        return !candidates.isEmpty
    }

    private static func candidate(_ index: Int) -> String? {
        index < candidates.count ? candidates[index] : nil
    }

    /// What ends a word for completion: blanks only, so that 'key=value' and 'RUN/STEP' are one word.
    private static let wordBreaks: StaticString = " \t\n"

    private func setUpCompletion() {
        Self.wordBreaks.withUTF8Buffer { buffer in
            rl_completer_word_break_characters = UnsafeRawPointer(buffer.baseAddress)?.assumingMemoryBound(
                to: CChar.self)
        }
        rl_attempted_completion_function = { word, start, _ in
            let hasCandidates = MainActor.assumeIsolated { LineEditor.complete(from: Int(start)) }
            guard hasCandidates else { return nil }
            return rl_completion_matches(word) { _, index in
                // readline frees the copy.
                MainActor.assumeIsolated { LineEditor.candidate(Int(index)) }.flatMap { strdup($0) }
            }
        }
    }
}
