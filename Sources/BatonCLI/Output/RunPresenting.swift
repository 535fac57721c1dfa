// Shows a run while it goes on.

import BatonEngine

/// Something that shows a run while it goes on.
protocol RunPresenting: RunObserver {
    /// Runs `body` and shows what it tells, also what changes merely with time.
    func presenting(_ body: @Sendable () async throws -> RunResult) async throws -> RunResult
}
