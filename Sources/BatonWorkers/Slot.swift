// A result that comes once.

/// A result that comes once and is waited for at most once, in either order.
struct Slot<Value: Sendable>: Sendable {
    private enum State {
        case empty
        case waiting(CheckedContinuation<Value, any Error>)
        case filled(Result<Value, any Error>)
        case taken
    }

    private var state = State.empty

    /// Provides the result; a second one is ignored.
    mutating func fill(_ result: Result<Value, any Error>) {
        switch state {
        case .empty: state = .filled(result)
        case .waiting(let continuation):
            state = .taken
            continuation.resume(with: result)
        case .filled, .taken: break
        }
    }

    /// Resumes `continuation` as soon as there is a result.
    mutating func wait(_ continuation: CheckedContinuation<Value, any Error>) {
        switch state {
        case .filled(let result):
            state = .taken
            continuation.resume(with: result)
        case .empty: state = .waiting(continuation)
        case .waiting, .taken: preconditionFailure("a slot is waited for once")
        }
    }
}
