// The network: off, unless the step's recipe says that it may be used.

import BatonTestSupport
import Glibc
import SystemPackage
import Testing

@Suite("The network", .timeLimit(.minutes(1)))
struct NetworkTests {
    @Test("a step reaches a server of the machine only if its recipe says 'network: true'", arguments: [true, false])
    func network(isAllowed: Bool) async throws {
        let (server, port) = try Self.listen()
        defer { close(server) }
        let world = try await World([
            "s.yaml": "answers: []\n",
            "call.yaml": """
            recipe: call
            summary: Call a server.
            steps:
              - id: call
                run: bash -c 'echo hello > /dev/tcp/127.0.0.1/\(port)' && echo called > out.txt
                writes: [out.txt]
                network: \(isAllowed)

            """,
        ])

        let result = try await world.baton("run", "call.yaml", "--model", "scripted:s.yaml")

        #expect((result.status == 0) == isAllowed, "\(result.errors)")
        #expect((world.project.read("out.txt") == "called\n") == isAllowed)
    }

    @Test("a role whose plugin does not declare the network cannot be given it")
    func undeclared() async throws {
        let world = try await World([
            "r.yaml": "recipe: r\nsummary: s\nsteps:\n  - role: writer\n    goal: g\n    network: true\n"
        ])

        let result = try await world.baton("recipe", "check", "r.yaml")

        #expect(result.status == 64)
        #expect(
            result.errors.contains("role 'writer' never uses the network; 'network' means nothing to it"),
            "\(result.errors)")
    }

    /// A server on a free port of the loopback address, which answers nobody.
    private static func listen() throws -> (descriptor: Int32, port: UInt16) {
        let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(server, $0, length) == 0 && Glibc.listen(server, 8) == 0 && getsockname(server, $0, &length) == 0
            }
        }
        try #require(isListening)
        return (server, UInt16(bigEndian: address.sin_port))
    }
}
