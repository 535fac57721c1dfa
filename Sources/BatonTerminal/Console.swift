// The one way to the terminal.

package import BatonCore
import Synchronization

/// Writes for people and for pipes: data to standard output, everything else to standard error.
///
/// May be used from several tasks at once; each call's text stays in one piece. A progress line is taken away before
/// anything else is written.
package final class Console: Sendable {
    package let capabilities: TerminalCapabilities
    private let output: any OutputSink
    private let errors: any OutputSink
    private let state: Mutex<State>

    private struct State {
        var progress: ProgressLine
        var isOutputOpen = true
        /// A question is being asked: what goes on must not be written over it.
        var isAsking = false
    }

    package init(capabilities: TerminalCapabilities, output: any OutputSink, errors: any OutputSink) {
        self.capabilities = capabilities
        self.output = output
        self.errors = errors
        state = Mutex(State(progress: ProgressLine(capabilities: capabilities)))
    }

    /// False once nobody reads standard output any more; a command that only prints can then end.
    package var isOutputOpen: Bool { state.withLock(\.isOutputOpen) }

    /// Writes a line of data to standard output.
    package func data(_ line: StyledText) {
        writeOutput(line.rendered(color: capabilities.colorsOutput) + "\n")
    }

    /// Writes a whole document to standard output: JSON, a diff, a file's text.
    ///
    /// On a terminal it is sanitised; in a pipe or file it is not changed. A line break at its end is the caller's.
    package func document(_ text: String) {
        writeOutput(capabilities.outputIsTerminal ? sanitized(text) : text)
    }

    /// Writes a line for people to standard error.
    package func note(_ line: StyledText) {
        write(line + "\n")
    }

    /// Writes `warning: …` and its hints.
    package func warn(_ message: StyledText, hints: [String] = []) {
        let lines = hints.map { "\n\("hint", .hint): \($0)" as StyledText }
        note(lines.reduce("\("warning", .warning): \(message)", +))
    }

    /// Writes an error with its causes and hints.
    package func report(_ error: BatonError) {
        note(error.rendered)
    }

    /// Writes diagnostics with the lines they are about; nothing if there are none.
    package func report(_ diagnostics: [Diagnostic], in source: SourceFile) {
        guard !diagnostics.isEmpty else { return }
        note(.diagnostics(diagnostics, in: source, width: capabilities.width))
    }

    /// Shows what is going on; see ``ProgressLine/update(_:log:at:)``.
    package func progress(_ text: String, log: String? = nil, at elapsed: Duration) {
        state.withLock { state in
            guard !state.isAsking else { return }
            if let text = state.progress.update(text, log: log, at: elapsed) { writeErrors(text) }
        }
    }

    /// Writes a question without a line end and shows no progress until ``endQuestion()``.
    package func beginQuestion(_ text: StyledText) {
        write(text)
        state.withLock { $0.isAsking = true }
    }

    /// Shows progress again.
    package func endQuestion() {
        state.withLock { $0.isAsking = false }
    }

    /// Takes the progress line away; with a text, leaves that as its last state.
    package func endProgress(_ text: String? = nil) {
        state.withLock { state in
            if let text = text.map({ state.progress.finish($0) }) ?? state.progress.clear() { writeErrors(text) }
        }
    }

    private func writeOutput(_ text: String) {
        state.withLock { state in
            clearProgress(&state)
            state.isOutputOpen = output.write(Array(text.utf8)) && state.isOutputOpen
        }
    }

    private func write(_ text: StyledText) {
        state.withLock { state in
            clearProgress(&state)
            writeErrors(text.rendered(color: capabilities.colorsErrors))
        }
    }

    private func clearProgress(_ state: inout State) {
        if let text = state.progress.clear() { writeErrors(text) }
    }

    /// Nobody reading standard error is no reason to stop the work.
    private func writeErrors(_ text: String) {
        _ = errors.write(Array(text.utf8))
    }
}
