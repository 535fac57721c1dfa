// Model errors in the words that people read.

import BatonCore

extension ModelError {
    /// This error for people.
    func explained(at place: ModelPlace) -> BatonError {
        let server = "model server at '\(place.location)'"
        let tryAgain = "Try again; if it goes on, look at the server's own log."
        switch self {
        case .noServer(let reason):
            return BatonError(
                .modelUnavailable, "no model server answers at '\(place.location)'",
                causes: [reason],
                hints: ["Start the server, or see what is set up with 'baton model list'."]
            )
        case .connectTimedOut(let limit):
            return BatonError(
                .modelUnavailable, "\(server) did not accept a connection within \(spelled(limit))",
                hints: ["Check the URL and the network, or see what is set up with 'baton model list'."]
            )
        case .silent(let limit):
            return BatonError(.timedOut, "\(server) sent nothing for \(spelled(limit))", hints: [tryAgain])
        case .unauthorized(let status):
            return unauthorized(status, server, place)
        case .unknownModel(let known):
            return unknownModel(known, server, place)
        case .refused(let status, let message):
            return BatonError(
                .modelRefused, phrase("\(server) refused the request (\(status))", message),
                hints: ["Check the model's settings with 'baton model list'."]
            )
        case .rateLimited(let message, let wait):
            return BatonError(
                .rateLimited, phrase("\(server) asks to slow down (429)", message),
                hints: [
                    wait.map { "It asks to wait \(spelled($0)); then try again." } ?? "Wait a while, then try again."
                ]
            )
        case .serverFailed(let status, let message):
            let number = status.map { " (\($0))" } ?? ""
            return BatonError(.modelUnavailable, phrase("\(server) failed\(number)", message), hints: [tryAgain])
        case .cutStream:
            return BatonError(
                .modelUnavailable, "\(server) closed the connection before its answer was complete", hints: [tryAgain]
            )
        case .notJSON(let contentType, let start):
            return BatonError(
                .modelUnavailable, phrase("\(server) did not answer in JSON (\(contentType))", start), hints: [checkURL]
            )
        case .notACompletion(let start):
            return BatonError(
                .modelUnavailable, phrase("\(server) answered with JSON that is no chat completion", start),
                hints: [checkURL]
            )
        case .tooLarge:
            return BatonError(
                .modelUnavailable, "\(server) sent more than 64 MiB, and the answer was dropped",
                hints: ["Give the request a limit of tokens, or name another model with '--model'."]
            )
        case .connectionFailed(let reason):
            return BatonError(
                .modelUnavailable, "the connection to \(server) failed", causes: [reason], hints: [tryAgain]
            )
        case .cancelled:
            return BatonError(.cancelled, "the request to model '\(place.model)' was cancelled")
        }
    }

    private func unauthorized(_ status: Int, _ server: String, _ place: ModelPlace) -> BatonError {
        guard let source = place.keySource else {
            return BatonError(
                .modelRefused, "\(server) wants a key, and none was sent (\(status))",
                hints: ["Name the environment variable that holds the key with 'key_env' in models.yaml."]
            )
        }
        return BatonError(
            .modelRefused, "\(server) refused the key from '\(source)' (\(status))",
            hints: ["Set '\(source)' to a key that may use model '\(place.model)'."]
        )
    }

    private func unknownModel(_ known: [String], _ server: String, _ place: ModelPlace) -> BatonError {
        if known.contains(place.model) {
            return BatonError(
                .modelRefused, "\(server) has model '\(place.model)', but no chat completions (404)",
                hints: [checkURL]
            )
        }
        let hint =
            if let near = nearestName(to: place.model, among: known) {
                "Did you mean '\(near)'?"
            } else if known.isEmpty {
                "Check the model's name and the URL."
            } else {
                "It has \(listed(known))."
            }
        return BatonError(.modelRefused, "\(server) does not know model '\(place.model)' (404)", hints: [hint])
    }
}

private let checkURL = "Check the URL; that of an OpenAI-compatible server usually ends in '/v1'."

/// The first five names in quotes, and how many there are beyond.
private func listed(_ names: [String]) -> String {
    let shown = names.prefix(5).map { "'\($0)'" }.joined(separator: ", ")
    return names.count > 5 ? "\(shown) and \(names.count - 5) more" : shown
}

private func phrase(_ start: String, _ message: String) -> String {
    message.isEmpty ? start : "\(start): \(message)"
}

/// `60 s`, `50 ms`.
func spelled(_ duration: Duration) -> String {
    let milliseconds = duration / .milliseconds(1)
    return milliseconds < 1000
        ? "\(Int(milliseconds)) ms"
        : milliseconds.truncatingRemainder(dividingBy: 1000) == 0
            ? "\(Int(milliseconds / 1000)) s" : "\((milliseconds / 100).rounded() / 10) s"
}
