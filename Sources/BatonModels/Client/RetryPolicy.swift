// When a failed request is tried again.

/// How often, and after which wait, a request that failed in passing is repeated.
///
/// The wait is random between nothing and a bound that doubles ("full jitter"), so that many workers that were refused
/// together do not come back together.
package struct RetryPolicy: Sendable {
    /// The most repetitions of one request.
    var retriesMax = 2
    /// The bound of the first wait.
    var base = Duration.seconds(1)
    /// The bound that later waits do not exceed.
    var cap = Duration.seconds(20)
    /// A server that asks to wait longer than this is not asked again.
    var askedWaitMax = Duration.seconds(60)
    /// Waits; throws when the task is cancelled.
    var sleep: @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    /// A random number from 0 up to 1.
    var random: @Sendable () -> Double = { Double.random(in: 0..<1) }

    package init() {}

    /// How long to wait before the repetition `number`, counted from 1; nil if there is none.
    func wait(before number: Int, after error: ModelError) -> Duration? {
        guard error.mayPass, number <= retriesMax else { return nil }
        if let asked = error.askedWait { return asked <= askedWaitMax ? asked : nil }
        return min(cap, base * (1 << min(number - 1, 20))) * random()
    }
}
