// A run as JSON, one event a line. Reference: docs/events.md.

import BatonEngine
import BatonTerminal

/// Writes each event as one line of JSON to standard output.
struct JSONRunPresenter: RunPresenting {
    let console: Console

    func observe(_ event: RunEvent) async {
        console.document(JSONText.line(event.document) + "\n")
    }

    func presenting(_ body: @Sendable () async throws -> RunResult) async throws -> RunResult {
        try await body()
    }
}
