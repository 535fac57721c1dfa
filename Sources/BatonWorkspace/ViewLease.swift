// Whether a view is still in use.

import Synchronization

/// Whether a view is still in use, for those who made it.
final class ViewLease: Sendable {
    private let state = Mutex(false)

    /// True once the view may be used, or thrown away, by others.
    var hasEnded: Bool { state.withLock { $0 } }

    func end() { state.withLock { $0 = true } }
}
