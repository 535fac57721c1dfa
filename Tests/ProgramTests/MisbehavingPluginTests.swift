// Plugins that break the rules: the step fails, and nothing else does.

import BatonTestSupport
import Testing

@Suite("A plugin that misbehaves", .timeLimit(.minutes(2)))
struct MisbehavingPluginTests {
    struct Case: CustomTestStringConvertible {
        let role: String
        let status: Int32
        /// What the first line of the error says.
        let error: String

        var testDescription: String { role }
    }

    static let cases = [
        Case(
            role: "segfault", status: 1,
            error: "error: plugin 'segfault' stopped without an answer (signal 11, Segmentation fault)"),
        Case(
            role: "quits", status: 1,
            error: "error: plugin 'quits' ended the process instead of returning (exit status 0)"),
        Case(role: "hangs", status: 6, error: "error: plugin 'hangs' did not finish within its time limit"),
        Case(role: "floods", status: 1, error: "error: plugin 'floods' printed more than 16 MiB"),
        Case(role: "fails", status: 1, error: "error: role 'fails' failed: there is nothing to write about"),
        Case(role: "prose", status: 1, error: "error: role 'prose' delivered a 'result' that is not a JSON object"),
        Case(role: "pipes", status: 4, error: "error: the step made 'out.txt', which is a pipe, a socket or a device"),
        Case(
            role: "wanders", status: 4,
            error: "error: step 'work' changed 'elsewhere.txt', which it may not: its 'writes' allows out.txt, mine.txt"
        ),
        Case(
            role: "commands", status: 4,
            error: "error: role 'commands' ran a command, and its plugin does not declare the permission 'exec'"),
    ]

    @Test("fails its step by name; the user's files are as they were and no process is left", arguments: cases)
    func isContained(_ bad: Case) async throws {
        let world = try await Self.world()
        try world.project.write("unsaved\n", to: "README.md")
        let before = world.project.snapshot()

        let result = try await Self.run(bad.role, in: world)

        #expect(result.status == bad.status)
        #expect(result.errors.contains(bad.error + "\n"), "\(result.errors)")
        #expect(world.project.snapshot() == before)
        #expect(try await world.stepCommits() == [])
        try await world.expectSound()
    }

    @Test("what a role leaves running ends with its step, although it has left its process group and session")
    func leftovers() async throws {
        let world = try await Self.world()

        let result = try await Self.run("leaves", in: world)

        #expect(result.status == 0)
        #expect(world.project.read("out.txt") == "done\n")
        try await world.expectSound()
    }

    @Test("C-06: a worker sees neither credentials of the environment nor descriptors of its host")
    func secrets() async throws {
        let world = try await Self.world()

        let result = try await Self.run(
            "shows", in: world, variables: ["OPENAI_API_KEY": "canary-1234", "MY_TOKEN": "canary-5678"])

        #expect(result.status == 0)
        let seen = try #require(world.project.read("out.txt"))
        #expect(!seen.contains("canary"))
        let descriptors = seen.split(separator: "\n").filter { $0.hasPrefix("descriptor ") }
        // Input, output, errors, link, plugin; the cancel pipe's two ends; the file itself.
        #expect(descriptors.count <= 8, "\(descriptors)")
    }

    static func world(alsoWith others: [String] = []) async throws -> World {
        var files = ["README.md": "# A project\n"]
        for role in cases.map(\.role) + ["leaves", "shows", "overwrites", "asks"] + others {
            files["recipes/\(role).yaml"] = """
                recipe: \(role)
                summary: A role that misbehaves.
                steps:
                  - id: work
                    role: \(role)
                    goal: Do your worst.
                    writes: [out.txt, mine.txt]
                    limits: {time: \(role == "hangs" ? "2s" : "30s")}

                """
        }
        files["script.yaml"] = "model: scripted\nanswers:\n  - text: hello\n"
        return try await World(files)
    }

    static func run(
        _ role: String, in world: World, model: String = "scripted:script.yaml", variables: [String: String] = [:]
    ) async throws -> ProgramResult {
        let plugins = try await FixturePlugins.misbehaving.value
        return try await world.baton(
            "run", "recipes/\(role).yaml", "--model", model,
            variables: variables.merging(plugins.variables) { _, new in new })
    }
}
