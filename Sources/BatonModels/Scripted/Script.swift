// The answers of a scripted model, as they stand in their file.

import BatonCore

/// What a script file says; docs/scripted-model.md is the reference of the format.
struct Script: Hashable, Sendable {
    /// What the model is called; nil if the file does not say.
    var model: String?
    var answers: [Answer] = []

    /// One answer, and when it is given.
    struct Answer: Hashable, Sendable {
        /// The role that must ask; nil for any.
        var role: String?
        var match: Match?
        var outcome: Outcome
        /// Nil counts characters divided by 4.
        var usage: ModelUsage?
        var delay = Duration.zero
        /// In how many pieces the text arrives.
        var chunks = 1
        /// How often this answer may be given; nil for any number of times.
        var times: Int?
    }

    /// What must occur in the request's messages.
    enum Match: Hashable, Sendable {
        case text(String)
        /// A regular expression, checked to be one.
        case pattern(String)
    }

    enum Outcome: Hashable, Sendable {
        case text(String)
        case error(ModelError)
    }
}
