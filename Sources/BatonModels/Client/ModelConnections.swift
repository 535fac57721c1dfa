// The HTTP connections to model servers.

import AsyncHTTPClient
import NIOCore
import NIOPosix

/// One pool of connections for all models of a process.
///
/// It must be shut down when it is no longer needed.
package final class ModelConnections: Sendable {
    let client: HTTPClient
    let timeouts: Timeouts

    /// How long to wait for a server.
    package struct Timeouts: Hashable, Sendable {
        /// Until the connection stands.
        package var connect = Duration.seconds(10)
        /// For the first byte of an answer, and between two bytes of it.
        package var silence = Duration.seconds(60)

        package init(connect: Duration = .seconds(10), silence: Duration = .seconds(60)) {
            self.connect = connect
            self.silence = silence
        }
    }

    package init(timeouts: Timeouts = Timeouts()) {
        var settings = HTTPClient.Configuration()
        settings.timeout = .init(connect: TimeAmount(timeouts.connect), read: TimeAmount(timeouts.silence))
        // A redirect could carry the key to another host.
        settings.redirectConfiguration = .disallow
        // Streams over one HTTP/2 connection share its fate; HTTP/1 is what every server here speaks.
        settings.httpVersion = .http1Only
        // A closed port is reported at once. Other failures are repeated by RetryPolicy, which can be tested.
        settings.connectionPool.retryConnectionEstablishment = false
        // How many workers ask at once is decided elsewhere.
        settings.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 1024
        // Below the five seconds after which common servers close an idle connection, perhaps under a new request.
        settings.connectionPool.idleTimeout = .seconds(4)
        self.client = HTTPClient(
            eventLoopGroupProvider: .shared(.singletonMultiThreadedEventLoopGroup), configuration: settings)
        self.timeouts = timeouts
    }

    /// Ends all connections; requests under way fail as cancelled.
    package func shutdown() async {
        // It fails only if it was shut down before.
        try? await client.shutdown()
    }
}
