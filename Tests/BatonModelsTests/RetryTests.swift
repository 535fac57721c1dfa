// When a request is repeated, and after which wait.

import BatonCore
import Testing

@testable import BatonModels

@Suite("Retries")
struct RetryTests {
    private let answer = stream([piece("ok"), finished])

    /// The waits, how often the server was asked, and what came out.
    private func ask(_ replies: [[Act]]) async throws -> (waits: [Duration], requests: Int, outcome: String) {
        let waits = Collected<Duration>()
        return try await RawServer.with(replies) { server in
            let outcome: String
            do {
                outcome = try await withModel(server.url, retries: .immediate(waits)) { model in
                    try await model.complete(.asking("Hi")).text
                }
            } catch let error as BatonError {
                outcome = "\(error.code)"
            }
            return (waits.values, server.requests.count, outcome)
        }
    }

    @Test(
        "429 and 5xx are tried again twice, the bound of the wait doubling",
        arguments: [
            ("429 Slow", "rate-limited"), ("500 Oh", "model-unavailable"), ("503 No", "model-unavailable"),
        ])
    func passing(status: String, code: String) async throws {
        let failure = response(status, "")

        let once = try await ask([failure, answer])
        #expect(once == ([.milliseconds(500)], 2, "ok"))
        let twice = try await ask([failure, failure, answer])
        #expect(twice == ([.milliseconds(500), .seconds(1)], 3, "ok"))
        let always = try await ask([failure])
        #expect(always == ([.milliseconds(500), .seconds(1)], 3, code))
    }

    @Test(
        "what will not pass is not tried again",
        arguments: [
            ("400 Bad", 1), ("401 No", 1), ("403 No", 1), ("302 Found", 1),
        ])
    func final(status: String, requests: Int) async throws {
        #expect(try await ask([response(status, ""), answer]) == ([], requests, "model-refused"))
    }

    @Test("a cut stream is not tried again")
    func cut() async throws {
        #expect(try await ask([stream([]), answer]) == ([], 1, "model-unavailable"))
    }

    @Test("nothing is tried again once a piece was handed out")
    func delivered() async throws {
        // Both in one packet: the piece is handed out all the same.
        let failure = #"{"error":{"message":"busy","code":503}}"#

        #expect(try await ask([stream([piece("a"), failure]), answer]) == ([], 1, "model-unavailable"))
        #expect(try await ask([stream([failure]), answer]) == ([.milliseconds(500)], 2, "ok"))
    }

    @Test(
        "the server says how long to wait, in seconds or until when",
        arguments: [
            ("0", Duration.zero), ("7", .seconds(7)), ("60", .seconds(60)),
            // The test's clock says Sun, 06 Nov 1994 08:49:37 GMT.
            ("Sun, 06 Nov 1994 08:49:47 GMT", .seconds(10)), ("Sun, 06 Nov 1994 08:00:00 GMT", .zero),
            ("soon", .milliseconds(500)), ("-1", .milliseconds(500)),
        ])
    func retryAfterHeader(value: String, wait: Duration) async throws {
        let reply = response("429 Slow", "", headers: "retry-after: \(value)\r\n")

        #expect(try await ask([reply, answer]) == ([wait], 2, "ok"))
    }

    @Test("a server that asks for more than a minute is not asked again")
    func longWait() async throws {
        let reply = response("429 Slow", "", headers: "retry-after: 61\r\n")

        #expect(try await ask([reply, answer]) == ([], 1, "rate-limited"))
    }

    @Test("waits are random and bounded")
    func bounds() {
        var policy = RetryPolicy()
        policy.retriesMax = 100
        policy.random = { 0.75 }

        #expect(policy.wait(before: 1, after: .serverFailed(status: 500, message: "")) == .milliseconds(750))
        #expect(policy.wait(before: 4, after: .serverFailed(status: 500, message: "")) == .seconds(6))
        #expect(policy.wait(before: 6, after: .serverFailed(status: 500, message: "")) == .seconds(15))
        #expect(policy.wait(before: 100, after: .serverFailed(status: 500, message: "")) == .seconds(15))
        #expect(policy.wait(before: 101, after: .serverFailed(status: 500, message: "")) == nil)
    }

    @Test("cancelling ends the wait")
    func cancelled() async throws {
        var policy = RetryPolicy()
        policy.sleep = { _ in throw CancellationError() }
        try await RawServer.with([response("500 Oh", "")]) { server in
            let error = try await batonError {
                try await withModel(server.url, retries: policy) { try await $0.complete(.asking("Hi")) }
            }

            #expect(error.code == .cancelled)
        }
    }

    @Test(
        "dates are read in the one form that servers must send",
        arguments: [
            ("Thu, 01 Jan 1970 00:00:00 GMT", 0), ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777),
            ("Thu, 29 Feb 2024 23:59:60 GMT", 1_709_251_200), ("Sunday, 06-Nov-94 08:49:37 GMT", nil),
            ("Sun Nov  6 08:49:37 1994", nil), ("Sun, 06 Nov 1994 24:00:00 GMT", nil), ("", nil),
        ])
    func dates(text: String, seconds: Int?) {
        #expect(httpDate(text) == seconds)
    }
}
