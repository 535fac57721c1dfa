// `baton doctor`, and what the prompt says of the machine.

import BatonTestSupport
import Foundation
import SystemPackage
import Testing

@Suite("baton doctor", .timeLimit(.minutes(1)))
struct DoctorTests {
    @Test("says that steps are isolated, and by what")
    func isolated() async throws {
        let world = try await World()

        let result = try await world.baton("doctor")

        #expect(result.status == 0, "\(result.errors)")
        let lines = result.output.split(separator: "\n")
        #expect(lines.contains("steps       isolated"), "\(result.output)")
        #expect(lines.contains("view        overlay"))
        #expect(lines.contains("repository  found"))
        #expect(lines.contains { $0.hasPrefix("held in by  namespaces, Landlock") || $0.contains("no Landlock") })
        #expect(lines.contains { $0.hasPrefix("git         2.") && $0.contains("libgit2 1.") }, "\(result.output)")
        try await world.expectSound()
    }

    @Test("writes one JSON object")
    func json() async throws {
        let world = try await World()

        let result = try await world.baton("doctor", "--json")

        let document = try #require(result.jsonLines.first)
        #expect(result.jsonLines.count == 1)
        #expect(document["schema"] as? String == "baton.doctor/1")
        #expect(document["isolated"] as? Bool == true)
        #expect(document["view"] as? String == "overlay")
        #expect((document["limits"] as? [String: Any])?["processes"] as? Int == 512)
        #expect(document["directory"] as? String == world.project.path.string)
        #expect(document["repository"] as? Bool == true)
    }

    @Test("without user namespaces: names the call, the kind of view that is left and what helps, and ends with 64")
    func withoutNamespaces() async throws {
        let world = try await World()

        let result = try await world.baton(withoutUserNamespaces: "doctor")

        #expect(result.status == 64)
        #expect(result.output.contains("steps       not isolated\n"), "\(result.output)")
        #expect(
            result.output.contains(
                "overlay: not possible: it could not enter its view (unshare: No space left on device)\n"))
        #expect(result.output.contains("-copy\n") || result.output.contains("view        copy\n"))
        #expect(
            result.errors == "hint: Allow user namespaces: sysctl user.max_user_namespaces=10000.\n", "\(result.errors)"
        )
        try await world.expectSound()
    }

    @Test("names a mount below the directory")
    func nestedMount() async throws {
        let world = try await World()
        let line = "mkdir sub && mount -t tmpfs none sub && exec \"$0\" \"$@\""

        let result = try await world.baton(
            within: ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", line], "doctor", "--json")

        let views = result.jsonLines.first?["views"] as? [[String: Any]]
        #expect(views?.first?["possible"] as? Bool == false)
        #expect(
            views?.first?["obstacle"] as? String
                == "cannot cover '\(world.project.path)', because '\(world.project.path)/sub' is mounted below it")
    }

    @Test("outside of a repository it says so, and examines the machine all the same")
    func noRepository() async throws {
        let world = try await World()
        let folder = try TemporaryFolder("baton-plain")

        let result = try await run(
            World.prefix.appending("bin/baton").string, ["doctor"], in: folder.path, environment: world.environment)

        #expect(result.status == 0)
        #expect(result.output.contains("repository  '\(folder.path)' is not in a git repository\n"))
    }

    @Test("prints an AppArmor profile for the worker that is installed")
    func profile() async throws {
        let world = try await World()

        let result = try await world.baton("doctor", "--apparmor-profile")

        #expect(result.status == 0)
        #expect(
            result.output.contains("profile baton-worker \"\(World.prefix)/libexec/baton/baton-worker\""),
            "\(result.output)")
        #expect(result.output.contains("  userns,\n"))
    }

    @Test("the prompt says that steps are not isolated, and nothing where they are")
    func prompt() async throws {
        let world = try await World()
        let baton = World.prefix.appending("bin/baton").string
        let isolated = try TerminalProgram("exec " + baton, in: world.project.path, environment: world.environment)
        #expect(await isolated.sees("baton> "))
        isolated.type("\u{4}")
        #expect(await isolated.status() == 0)
        #expect(!isolated.transcript.contains("isolated"))
        #expect(world.home.read(".local/state/baton/machine.json")?.contains("\"kind\":\"overlay\"") == true)

        // Another machine, as far as anybody can tell.
        try FileManager.default.removeItem(atPath: world.home.path.appending(".local/state/baton/machine.json").string)
        let other = try TerminalProgram(
            "exec unshare --user --map-root-user sh -c 'echo 0 > /proc/sys/user/max_user_namespaces && exec \(baton)'",
            in: world.project.path, environment: world.environment)
        #expect(await other.sees("steps are not isolated here"), "\(other.transcript)")
        #expect(await other.sees("'baton doctor' says what helps"))
        #expect(await other.sees("baton> "))
        other.type("\u{4}")
        #expect(await other.status() == 0)
        try await world.expectSound()
    }
}
