// What a person sees when the model does not answer as it should.

import BatonTestSupport
import Testing

@Suite("A model that does not answer", .timeLimit(.minutes(2)))
struct ModelErrorTests {
    struct Case: CustomTestStringConvertible {
        let name: String
        /// Nil: nobody listens.
        let response: String?
        let status: Int32
        /// The start of the one line that says it; PORT stands for the server's.
        let error: String

        var testDescription: String { name }
    }

    private static func json(_ status: String, _ body: String, headers: String = "") -> String {
        "HTTP/1.1 \(status)\r\nContent-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\(headers)\r\n\(body)"
    }

    static let cases = [
        Case(
            name: "no server", response: nil, status: 8,
            error: "error: no model server answers at 'http://127.0.0.1:PORT/v1'"),
        Case(
            name: "401", response: json("401 Unauthorized", #"{"error":{"message":"bad key canary-77"}}"#), status: 9,
            error: "error: "),
        Case(
            name: "404 model", response: json("404 Not Found", #"{"error":{"message":"no such model"}}"#), status: 9,
            error: "error: "),
        Case(
            name: "429",
            response: json(
                "429 Too Many Requests", #"{"error":{"message":"slow down"}}"#, headers: "Retry-After: 0\r\n"),
            status: 10, error: "error: "),
        Case(
            name: "500", response: json("500 Internal Server Error", "{}", headers: "Retry-After: 0\r\n"), status: 8,
            error: "error: "),
        Case(
            name: "cut stream",
            response: "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
                + "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Once upon\"}}]}\n\n",
            status: 8, error: "error: "),
        Case(
            name: "not JSON",
            response: "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 14\r\n\r\n<h1>Hello</h1>",
            status: 8, error: "error: "),
    ]

    @Test("gives one clear line, a documented exit status, and commits nothing", arguments: cases)
    func isReported(_ bad: Case) async throws {
        let world = try await MisbehavingPluginTests.world()
        let server = try bad.response.map { try CannedServer($0) }
        let port = try server?.port ?? CannedServer.closedPort()
        try world.home.write(
            "models:\n  test: {url: \"http://127.0.0.1:\(port)/v1\", model: some-model, key_env: TEST_KEY}\n",
            to: ".config/baton/models.yaml")
        let before = world.project.snapshot()

        let result = try await MisbehavingPluginTests.run(
            "asks", in: world, model: "test", variables: ["TEST_KEY": "canary-88"])

        #expect(result.status == bad.status, "\(result.errors)")
        let lines = result.errors.split(separator: "\n").filter { $0.hasPrefix("error: ") }
        #expect(lines.count == 1, "\(result.errors)")
        let expected = bad.error.replacing("PORT", with: "\(port)")
        #expect(lines.first?.hasPrefix(expected) == true, "\(result.errors)")
        #expect(!(result.output + result.errors).contains("canary-88"), "the key is shown")
        #expect(world.project.snapshot() == before)
        #expect(try await world.stepCommits() == [])
        try await world.expectSound()
    }
}
