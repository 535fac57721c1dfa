// The prompt on a real terminal.

import BatonTestSupport
import Glibc
import SystemPackage
import Testing

@Suite("The prompt", .timeLimit(.minutes(1)))
struct PromptTests {
    private static let recipe = """
        recipe: slow
        summary: A recipe that takes its time.
        parameters:
          name: {type: string, default: world}
          tone: {type: choice, options: [warm, formal], default: warm}
        steps:
          - id: first
            run: echo {{ name|shell }} > first.txt
            writes: [first.txt]
          - id: second
            run: echo waiting >&2; sleep 30; echo two > second.txt
            writes: [second.txt]
        """

    private func world() async throws -> World {
        try await World(
            [".baton/recipes/slow.yaml": Self.recipe, "s.yaml": "answers: []\n"],
            variables: ["BATON_MODEL": "scripted:s.yaml"])
    }

    private func open(_ world: World) async throws -> TerminalProgram {
        let terminal = try TerminalProgram(
            "exec " + World.prefix.appending("bin/baton").string, in: world.project.path, environment: world.environment
        )
        #expect(await terminal.sees("baton> "))
        return terminal
    }

    @Test("Ctrl-C clears the line, Ctrl-D leaves")
    func controlKeys() async throws {
        let world = try await world()
        let terminal = try await open(world)
        terminal.type("half a line")
        #expect(await terminal.sees("half a line"))

        terminal.type("\u{3}")
        #expect(await terminal.sees("^C"))
        #expect(await terminal.sees("baton> "))
        terminal.type("/help\n")
        #expect(await terminal.sees("Run a shell command"), "\(terminal.transcript)")
        #expect(await terminal.sees("baton> "))
        terminal.type("\u{4}")

        let status = await terminal.status()
        #expect(status == 0, "\(terminal.transcript)")
        #expect(!terminal.transcript.contains("unknown command"))
        try await world.expectSound()
    }

    @Test("commands, recipes, parameters and their values are completed with Tab")
    func completion() async throws {
        let world = try await world()
        let terminal = try await open(world)

        terminal.type("/ru\t")
        #expect(await terminal.sees("/run "))
        terminal.type("slo\t")
        #expect(await terminal.sees("slow "), "\(terminal.transcript)")
        terminal.type("to\t")
        // readline writes what it adds, after a bell: there are two values.
        #expect(await terminal.sees("ne="), "\(terminal.transcript)")
        terminal.type("w\t")
        #expect(await terminal.sees("arm"), "\(terminal.transcript)")
        terminal.type("\u{3}")
        #expect(await terminal.sees("baton> "))
        terminal.type("\u{4}")

        let status = await terminal.status()
        #expect(status == 0, "\(terminal.transcript)")
        try await world.expectSound()
    }

    @Test("Ctrl-C during a run stops after the step, a second one at once; the prompt comes back")
    func stopping() async throws {
        let world = try await world()
        let terminal = try await open(world)

        terminal.type("/run slow\n")
        #expect(await terminal.sees("1 first"))
        #expect(await terminal.sees("second"))
        terminal.type("\u{3}")
        #expect(await terminal.sees("Stopping after this step"))
        terminal.type("\u{3}")
        #expect(await terminal.sees("cancelled: 1 of 2 steps done"), "\(terminal.transcript)")
        #expect(await terminal.sees("baton> "))
        terminal.type("/log\n")
        #expect(await terminal.sees("second"))
        terminal.type("/revert first\n")
        #expect(await terminal.sees("Reverted step 'first'"), "\(terminal.transcript)")
        #expect(await terminal.sees("baton> "))
        terminal.type("!echo from the $((1 + 1))nd shell\n")
        #expect(await terminal.sees("from the 2nd shell"))
        #expect(await terminal.sees("baton> "))
        terminal.type("/quit\n")

        let status = await terminal.status()
        #expect(status == 0, "\(terminal.transcript)")
        #expect(world.project.read("second.txt") == nil)
        #expect(world.project.read("first.txt") == nil)
        try await world.expectSound()
    }

    @Test("lines are remembered for the next session, but not those that begin with a space")
    func history() async throws {
        let world = try await world()
        let first = try await open(world)
        first.type("/roles\n")
        #expect(await first.sees("baton> "))
        first.type(" /recipes\n")
        #expect(await first.sees("baton> "))
        first.type("\u{4}")
        #expect(await first.status() == 0)

        let second = try await open(world)
        second.type("\u{10}")  // Ctrl-P: the line before

        #expect(await second.sees("/roles"))
        second.type("\u{3}")
        #expect(await second.sees("baton> "))
        second.type("\u{4}")
        #expect(await second.status() == 0)
        #expect(world.home.read(".local/state/baton/history") == "/roles\n")
    }

    @Test("outside of a repository the prompt offers to make one")
    func offersRepository() async throws {
        let world = try await world()
        let folder = world.home.path.appending("new")
        makeFolder(folder)
        let terminal = try TerminalProgram(
            "exec " + World.prefix.appending("bin/baton").string, in: folder, environment: world.environment)

        #expect(await terminal.sees("'/init' makes it one"), "\(terminal.transcript)")
        terminal.type("/init\n")
        #expect(await terminal.sees("Made a git repository here"), "\(terminal.transcript)")
        terminal.type("\u{4}")

        #expect(await terminal.status() == 0)
        #expect(exists(folder.appending(".git").string))
    }

    @Test("'conflict: ask' asks whose version shall stand, and takes the answer")
    func asksAboutConflict() async throws {
        let world = try await World(
            [
                "a.txt": "1\n", "s.yaml": "answers: []\n",
                ".baton/recipes/change.yaml": """
                recipe: change
                summary: Change a file.
                steps:
                  - id: work
                    run: echo step > a.txt
                    writes: [a.txt]
                    conflict: ask

                """,
            ], variables: ["BATON_MODEL": "scripted:s.yaml"])
        try world.project.write("mine\n", to: "a.txt")
        let terminal = try await open(world)

        terminal.type("/run change\n")
        #expect(await terminal.sees("Whose version shall stand?"), "\(terminal.transcript)")
        #expect(await terminal.sees("[ours/theirs/FAIL]"), "\(terminal.transcript)")
        terminal.type("theirs\n")
        #expect(await terminal.sees("completed"), "\(terminal.transcript)")
        #expect(await terminal.sees("baton> "))
        #expect(world.project.read("a.txt") == "step\n")
        terminal.type("/undo\n")
        #expect(await terminal.sees("Undid:"), "\(terminal.transcript)")
        terminal.type("/run change\n")
        #expect(await terminal.sees("[ours/theirs/FAIL]"), "\(terminal.transcript)")
        terminal.type("\n")
        #expect(await terminal.sees("failed"), "\(terminal.transcript)")
        #expect(await terminal.sees("baton> "))
        terminal.type("\u{4}")

        #expect(await terminal.status() == 0)
        #expect(world.project.read("a.txt") == "mine\n")
    }

    private func makeFolder(_ path: FilePath) {
        _ = path.withPlatformString { mkdir($0, 0o755) }
    }
}
