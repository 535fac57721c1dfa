// What can go wrong between Baton and a model's server.

/// Why a model did not answer; see `ModelError+Message.swift` for what people read.
///
/// The client and the scripted model throw the same ones. Texts in it are already fit to be shown.
enum ModelError: Error, Hashable, Sendable {
    /// Nobody listens there; `reason` is the system's, such as `connection refused`.
    case noServer(reason: String)
    case connectTimedOut(after: Duration)
    /// No byte came for that long.
    case silent(for: Duration)
    /// 401 or 403.
    case unauthorized(status: Int)
    /// 404; `known` are the models that the server lists, empty if it lists none.
    case unknownModel(known: [String])
    /// Any other 4xx, and a redirect, which is not followed.
    case refused(status: Int, message: String)
    /// 429; `wait` is what the server asks for.
    case rateLimited(message: String, wait: Duration?)
    /// 5xx, or an error in the middle of a stream.
    case serverFailed(status: Int?, message: String)
    /// The connection ended before the answer did.
    case cutStream
    /// `start` is the beginning of what came instead.
    case notJSON(contentType: String, start: String)
    /// It is JSON, but not a chat completion.
    case notACompletion(start: String)
    case tooLarge
    /// The connection failed in another way, such as a certificate that is not trusted.
    case connectionFailed(reason: String)
    case cancelled

    /// The error for an answer with this status, or nil if the status is a success.
    init?(status: Int, message: String, wait: Duration? = nil) {
        switch status {
        case 200..<300: return nil
        case 401, 403: self = .unauthorized(status: status)
        case 404: self = .unknownModel(known: [])
        case 429: self = .rateLimited(message: message, wait: wait)
        case 500...: self = .serverFailed(status: status, message: message)
        default: self = .refused(status: status, message: message)
        }
    }

    /// Whether asking again, later, may help.
    var mayPass: Bool {
        switch self {
        case .connectTimedOut, .rateLimited, .serverFailed: true
        default: false
        }
    }

    /// How long the server asks to wait before the next attempt.
    var askedWait: Duration? {
        if case .rateLimited(_, let wait) = self { wait } else { nil }
    }
}

/// Whom an error is about.
struct ModelPlace: Hashable, Sendable {
    /// The model's name.
    var model: String
    /// Where it is asked: a URL without credentials, or `scripted:FILE`.
    var location: String
    /// The environment variable that the key came from; nil if no key was sent.
    var keySource: String?
}
