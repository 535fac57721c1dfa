// Counts what a run uses up.

import BatonCore
import Synchronization

/// What a run, or a step of it, has used of its tokens and model calls.
///
/// A step's budget passes what it uses on to its run's, and is used up when either is.
final class Budget: Sendable {
    private let limits: (tokens: Int?, calls: Int?)
    private let parent: Budget?
    private let used = Mutex(ModelUsage())

    init(tokens: Int?, calls: Int?, within parent: Budget? = nil) {
        self.limits = (tokens, calls)
        self.parent = parent
    }

    var usage: ModelUsage { used.withLock { $0 } }

    /// Why no further call may be made; nil if one may.
    var exhaustion: BatonError? {
        let usage = self.usage
        let owner = parent == nil ? "run" : "step"
        if let limit = limits.calls, usage.calls >= limit {
            return Self.error(owner, "model calls", "calls", limit, used: usage.calls)
        }
        if let limit = limits.tokens, usage.tokens >= limit {
            return Self.error(owner, "tokens", "tokens", limit, used: usage.tokens)
        }
        return parent?.exhaustion
    }

    /// The most tokens that a further answer may have; nil if there is no limit.
    var tokensLeft: Int? {
        let own = limits.tokens.map { max(0, $0 - usage.tokens) }
        return [own, parent?.tokensLeft].compactMap { $0 }.min()
    }

    func add(_ usage: ModelUsage) {
        used.withLock { $0 += usage }
        parent?.add(usage)
    }

    private static func error(_ owner: String, _ what: String, _ key: String, _ limit: Int, used: Int) -> BatonError {
        BatonError(
            .budgetExceeded, "the \(owner)'s limit of \(limit) \(what) is reached (\(used) used)",
            hints: ["Raise '\(key)' in the \(owner)'s 'limits'."]
        )
    }
}
