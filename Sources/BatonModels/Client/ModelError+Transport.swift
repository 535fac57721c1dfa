// Failures of the HTTP client as model errors.

import AsyncHTTPClient
import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix

extension ModelError {
    /// What `error`, thrown by the HTTP client, means.
    init(_ error: any Error, timeouts: ModelConnections.Timeouts, secret: Secret?) {
        switch error {
        case let error as ModelError:
            self = error
        case is CancellationError:
            self = .cancelled
        case let error as HTTPClientError:
            self = Self.meaning(of: error, timeouts: timeouts)
        case ChannelError.connectTimeout:
            self = .connectTimedOut(after: timeouts.connect)
        case let error as NIOConnectionError:
            self = Self.meaning(of: error, timeouts: timeouts)
        case let error as IOError:
            self = Self.meaning(of: error)
        case HTTPParserError.invalidEOFState, ChannelError.eof, ChannelError.inputClosed,
            ChannelError.ioOnClosedChannel,
            ChannelError.alreadyClosed:
            self = .cutStream
        case is HTTPParserError:
            self = .connectionFailed(reason: "the server does not speak HTTP")
        default:
            self = .connectionFailed(reason: foreignLine(String(describing: error), hiding: secret))
        }
    }

    private static func meaning(of error: HTTPClientError, timeouts: ModelConnections.Timeouts) -> ModelError {
        switch error {
        case .connectTimeout, .tlsHandshakeTimeout, .getConnectionFromPoolTimeout:
            .connectTimedOut(after: timeouts.connect)
        case .readTimeout, .deadlineExceeded: .silent(for: timeouts.silence)
        case .remoteConnectionClosed, .uncleanShutdown: .cutStream
        case .cancelled, .requestStreamCancelled, .alreadyShutdown: .cancelled
        default: .connectionFailed(reason: error.shortDescription)
        }
    }

    /// The host has no address, or none of its addresses accepts.
    private static func meaning(of error: NIOConnectionError, timeouts: ModelConnections.Timeouts) -> ModelError {
        guard let last = error.connectionErrors.last?.error else {
            return .noServer(reason: "host '\(foreignLine(error.host, limit: 80))' has no known address")
        }
        return switch last {
        case let last as IOError: meaning(of: last)
        case ChannelError.connectTimeout: .connectTimedOut(after: timeouts.connect)
        default: .noServer(reason: foreignLine(String(describing: last)))
        }
    }

    private static func meaning(of error: IOError) -> ModelError {
        switch error.errnoCode {
        case ECONNRESET, EPIPE, ECONNABORTED: .cutStream
        case ECONNREFUSED, ENOENT, EHOSTUNREACH, ENETUNREACH, EHOSTDOWN, ENETDOWN, EADDRNOTAVAIL, EACCES:
            .noServer(reason: systemReason(error.errnoCode))
        case ETIMEDOUT: .noServer(reason: systemReason(error.errnoCode))
        default: .connectionFailed(reason: systemReason(error.errnoCode))
        }
    }
}

/// The system's words for an error number, such as `connection refused`.
func systemReason(_ number: CInt) -> String {
    String(cString: strerror(number)).lowercased()
}
