// The one error that people meet.

/// A failure a person can act on.
///
/// ``code`` picks the exit status and is stable between releases; ``message`` names the thing that failed and may
/// change; ``hints`` are complete sentences that say what to try next. A leaf module throws its own small error; the
/// module that knows what the user was doing turns it into this one, once.
package struct BatonError: Error, Hashable, Sendable {
    package var code: Code
    /// One phrase in lower case without a final full stop, naming the subject in single quotes.
    package var message: String
    package var hints: [String]
    /// What led to this, from the outermost reason to the innermost; each one phrase like ``message``.
    package var causes: [String]

    package init(_ code: Code, _ message: String, causes: [String] = [], hints: [String] = []) {
        self.code = code
        self.message = message
        self.causes = causes
        self.hints = hints
    }

    /// A kind of failure; see ``ExitReason`` for the status that a program ends with.
    ///
    /// A struct rather than an enum, so that adding a code does not break an exhaustive `switch` elsewhere.
    package struct Code: Hashable, Sendable, CustomStringConvertible {
        package let description: String
        package let exitReason: ExitReason

        /// What the user gave is wrong: an argument, a recipe, a parameter, a settings file.
        package static let invalidInput = Self(description: "invalid-input", exitReason: .usage)
        /// What the user named does not exist.
        package static let notFound = Self(description: "not-found", exitReason: .usage)
        /// The machine or the repository is not in a state in which this can be done.
        package static let unsupported = Self(description: "unsupported", exitReason: .usage)
        /// A role, its plugin or its worker failed.
        package static let stepFailed = Self(description: "step-failed", exitReason: .stepFailed)
        /// A success check did not pass.
        package static let checkFailed = Self(description: "check-failed", exitReason: .checksFailed)
        /// Policy or permissions forbid it.
        package static let denied = Self(description: "denied", exitReason: .denied)
        /// A limit of tokens, steps or money is reached.
        package static let budgetExceeded = Self(description: "budget-exceeded", exitReason: .budgetExceeded)
        /// A deadline passed.
        package static let timedOut = Self(description: "timed-out", exitReason: .timedOut)
        /// The working directory or the branch holds something that must not be overwritten.
        package static let conflict = Self(description: "conflict", exitReason: .conflict)
        /// No model answered: no server, a broken answer, a server error.
        package static let modelUnavailable = Self(description: "model-unavailable", exitReason: .modelUnavailable)
        /// The model's server refused the request for good: credentials, unknown model, malformed request.
        package static let modelRefused = Self(description: "model-refused", exitReason: .modelRefused)
        /// The model's server asks to slow down, and went on asking.
        package static let rateLimited = Self(description: "rate-limited", exitReason: .rateLimited)
        /// The user stopped it.
        package static let cancelled = Self(description: "cancelled", exitReason: .cancelled)
        /// A defect in Baton.
        package static let internalError = Self(description: "internal-error", exitReason: .defect)
    }
}
