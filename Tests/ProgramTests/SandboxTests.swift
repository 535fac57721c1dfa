// A role that tries what its view does not allow: stopped, named, and nothing outside is changed.

import BatonTestSupport
import Foundation
import Glibc
import SystemPackage
import Testing

@Suite("A role that tries to leave its view", .timeLimit(.minutes(2)))
struct SandboxTests {
    /// What a role tries, and what its step's result says of it.
    private func run(_ role: String, in world: World, expecting attempts: [String]) async throws {
        let before = world.project.snapshot()

        let result = try await MisbehavingPluginTests.run(role, in: world)

        #expect(result.status == 0, "\(result.errors)")
        for attempt in attempts { #expect(result.output.contains("denied: \(attempt)\n"), "\(result.output)") }
        var after = world.project.snapshot()
        #expect(after.removeValue(forKey: "out.txt") == "done\n")
        #expect(after == before)
        try await world.expectSound()
    }

    /// A world whose repository and home are not where a view has its own folder for temporary files.
    private func world() async throws -> World {
        try await World(Self.files, in: World.placeOutsideTemporary)
    }

    private static let files: [String: String] = {
        let roles = [
            "writes-etc", "writes-home", "writes-parent", "writes-git", "writes-link", "writes-proc", "connects",
        ]
        return roles.reduce(into: ["README.md": "# A project\n", "script.yaml": "answers: []\n"]) { files, role in
            files["recipes/\(role).yaml"] = """
                recipe: \(role)
                summary: A role that tries to leave its view.
                steps:
                  - id: work
                    role: \(role)
                    goal: Do your worst.
                    writes: [out.txt]

                """
        }
    }()

    @Test("the system's settings")
    func system() async throws {
        let world = try await world()

        try await run(
            "writes-etc", in: world,
            expecting: [
                "tried to write '/etc/baton-escaped', which is outside of its view; nothing was written"
            ])

        #expect(!exists("/etc/baton-escaped"))
    }

    @Test("the user's home")
    func home() async throws {
        let world = try await world()
        try world.home.write("# mine\n", to: ".profile")
        let profile = world.home.path.appending(".profile")

        try await run(
            "writes-home", in: world,
            expecting: ["tried to write '\(profile)', which is outside of its view; nothing was written"])

        #expect(world.home.read(".profile") == "# mine\n")
    }

    @Test("the folder above the working directory")
    func parent() async throws {
        let world = try await world()
        let escaped = world.project.path.removingLastComponent().appending("escaped.txt")

        try await run(
            "writes-parent", in: world,
            expecting: ["tried to write '\(escaped)', which is outside of its view; nothing was written"])

        #expect(!exists(escaped.string))
    }

    @Test("the folder above the working directory, where that is one for temporary files: the step has its own")
    func temporaryParent() async throws {
        let world = try await World(Self.files)
        let escaped = world.project.path.removingLastComponent().appending("escaped.txt")

        try await run("writes-parent", in: world, expecting: [])

        #expect(!exists(escaped.string))
    }

    @Test("the repository")
    func repository() async throws {
        let world = try await world()
        let git = world.project.path.appending(".git")

        try await run(
            "writes-git", in: world,
            expecting: [
                "tried to remove '\(git)/HEAD', which is outside of its view; it is still there",
                "tried to write '\(git)/hooks/post-commit', which is outside of its view; nothing was written",
            ])

        #expect(world.project.read(".git/HEAD") == "ref: refs/heads/main\n")
        #expect(world.project.read(".git/hooks/post-commit") == nil)
    }

    @Test("through a symlink")
    func link() async throws {
        let world = try await world()

        try await run(
            "writes-link", in: world,
            expecting: ["tried to write '/etc/baton-escaped', which is outside of its view; nothing was written"])

        #expect(!exists("/etc/baton-escaped"))
    }

    @Test("through /proc, and the settings of the kernel in it")
    func processes() async throws {
        let world = try await world()
        let pattern = FileManager.default.contents(atPath: "/proc/sys/kernel/core_pattern")

        try await run(
            "writes-proc", in: world,
            expecting: [
                "tried to write '/etc/baton-escaped', which is outside of its view; nothing was written",
                "tried to write '/proc/sys/kernel/core_pattern', which is outside of its view; nothing was written",
            ])

        #expect(!exists("/etc/baton-escaped"))
        #expect(FileManager.default.contents(atPath: "/proc/sys/kernel/core_pattern") == pattern)
    }

    @Test("the network")
    func network() async throws {
        let world = try await world()

        try await run(
            "connects", in: world, expecting: ["tried to connect to 192.0.2.1:80, and has no network"])
    }

    @Test("an ordinary user's steps are held in as root's are")
    func ordinaryUser() async throws {
        let world = try await world()
        let plugins = try await FixturePlugins.misbehaving.value
        let wrapper = ["unshare", "--user", "--map-user=1000", "--map-group=1000", "env"]
        let variables = plugins.variables.map { "\($0.key)=\($0.value)" }

        for (role, path) in [("writes-etc", "/etc/baton-escaped"), ("writes-proc", "/proc/sys/kernel/core_pattern")] {
            let result = try await world.baton(
                within: wrapper + variables, "run", "recipes/\(role).yaml", "--model", "scripted:script.yaml")

            #expect(result.output.contains("denied: tried to write '\(path)'"), "\(result.output)\(result.errors)")
        }
        #expect(world.project.read("out.txt") == "done\n")
        #expect(!exists("/etc/baton-escaped"))
        try await world.expectSound()
    }

    @Test("what was tried is an event, and stays in the log")
    func event() async throws {
        let world = try await world()
        let plugins = try await FixturePlugins.misbehaving.value

        let result = try await world.baton(
            "run", "recipes/writes-etc.yaml", "--model", "scripted:script.yaml", "--json",
            variables: plugins.variables)

        let event = try #require(result.jsonLines.first { $0["event"] as? String == "denied-attempt" })
        #expect(event["what"] as? String == "write")
        #expect(event["path"] as? String == "/etc/baton-escaped")
        #expect(event["step"] as? String == "work")
        let run = try #require(event["run"] as? String)
        let log = try await world.baton("log", run, "work", "--json")
        #expect(log.jsonLines.contains { $0["event"] as? String == "denied-attempt" })
    }

    @Test("to start 10 000 processes")
    func processLimit() async throws {
        let world = try await MisbehavingPluginTests.world(alsoWith: ["forks"])
        try world.project.write("unsaved\n", to: "README.md")
        let before = world.project.snapshot()

        let result = try await MisbehavingPluginTests.run("forks", in: world)

        #expect(result.status == 1)
        #expect(
            result.errors.contains("error: plugin 'forks' started more than 512 processes\n"), "\(result.errors)")
        #expect(world.project.snapshot() == before)
        try await world.expectSound()
    }
}
