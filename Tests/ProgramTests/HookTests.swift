// The user's hooks and signatures, for what lands.

import BatonTestSupport
import Foundation
import SystemPackage
import Testing

@Suite("Hooks and signatures", .timeLimit(.minutes(1)))
struct HookTests {
    private func world() async throws -> World {
        let world = try await World(["a.txt": "1\n2\n3\n"])
        try world.home.write("answers: []\n", to: "s.yaml")
        try world.home.write(
            """
            recipe: change
            summary: Change files.
            steps:
              - id: work
                run: echo new > new.txt; echo 4 >> a.txt
                writes: [a.txt, new.txt]

            """, to: "change.yaml")
        return world
    }

    private func hook(_ name: String, _ script: String, in world: World) throws {
        try world.project.write("#!/bin/sh\n\(script)\n", to: ".git/hooks/\(name)")
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o755], ofItemAtPath: world.project.path.appending(".git/hooks/\(name)").string)
    }

    private func run(_ world: World) async throws -> ProgramResult {
        try await world.baton(
            "run", world.home.path.appending("change.yaml").string, "--model",
            "scripted:\(world.home.path.appending("s.yaml"))")
    }

    @Test("pre-commit sees exactly the step's commit, and what it formats is committed")
    func formats() async throws {
        let world = try await world()
        try world.project.write("mine\n", to: "untracked.txt")
        try hook("pre-commit", "git diff --cached --name-only | tr '\\n' ' ' > new.txt", in: world)

        let result = try await run(world)

        #expect(result.status == 0, "\(result.errors)")
        #expect(world.project.read("new.txt") == "a.txt new.txt ")
        #expect(try await world.git("show", "HEAD:new.txt") == "a.txt new.txt ")
        #expect(try await world.git("status", "--porcelain") == "?? untracked.txt")
    }

    @Test("a pre-commit that fails keeps the step from landing, and its last words are told")
    func refuses() async throws {
        let world = try await world()
        try hook("pre-commit", "echo 'no tabs here' >&2; exit 1", in: world)
        let before = world.project.snapshot()

        let result = try await run(world)

        #expect(result.status == 2)
        #expect(result.errors.contains("step 'work' does not pass its check: hook 'pre-commit'"), "\(result.errors)")
        #expect(result.errors.contains("no tabs here"))
        #expect(result.errors.contains("git config baton.hooks false"))
        #expect(world.project.snapshot() == before)
        #expect(try await world.stepCommits() == [])
    }

    @Test("a hook runs in the step's view: it reaches nothing else")
    func isHeldIn() async throws {
        let world = try await world()
        try hook("pre-commit", "touch ../escaped .git/escaped $HOME/escaped; true", in: world)

        #expect(try await run(world).status == 0)

        for path in [
            world.project.path.removingLastComponent().appending("escaped"),
            world.project.path.appending(".git/escaped"),
            world.home.path.appending("escaped"),
        ] { #expect(!exists(path.string)) }
    }

    @Test("commit-msg changes the message of the commit, and its trailers stay readable")
    func message() async throws {
        let world = try await world()
        try hook("commit-msg", "git interpret-trailers --in-place --trailer 'Change-Id: I0123' \"$1\"", in: world)

        let result = try await run(world)

        #expect(result.status == 0, "\(result.errors)")
        #expect(try await world.git("log", "-1", "--format=%(trailers:key=Change-Id,valueonly)").contains("I0123"))
        #expect(try await world.stepCommits().count == 1)
        #expect(try await world.baton("undo").status == 0)
    }

    @Test("a commit-msg that fails keeps the step from landing")
    func messageRefused() async throws {
        let world = try await world()
        try hook("commit-msg", "echo 'no ticket' >&2; exit 1", in: world)

        let result = try await run(world)

        #expect(result.status == 2)
        #expect(result.errors.contains("the hook 'commit-msg' refuses the step's message"), "\(result.errors)")
        #expect(result.errors.contains("no ticket"))
    }

    @Test("post-commit runs once a step has landed")
    func after() async throws {
        let world = try await world()
        try hook("post-commit", "git log -1 --format=%H > .git/noted", in: world)

        #expect(try await run(world).status == 0)

        #expect(try await world.project.read(".git/noted") == world.git("rev-parse", "HEAD") + "\n")
    }

    @Test("none runs if 'baton.hooks' is false")
    func off() async throws {
        let world = try await world()
        for name in ["pre-commit", "commit-msg", "post-commit"] {
            try hook(name, "touch .git/ran; exit 1", in: world)
        }
        try await world.git("config", "baton.hooks", "false")

        #expect(try await run(world).status == 0)

        #expect(world.project.read(".git/ran") == nil)
    }

    @Test("commits that land are signed where the user signs, those on hidden references are not")
    func signed() async throws {
        let world = try await world()
        try world.home.write(
            """
            #!/bin/sh
            cat > /dev/null
            echo '[GNUPG:] SIG_CREATED D 1 8 00 0 0' >&2
            printf -- '-----BEGIN PGP SIGNATURE-----\\n\\nabcd\\n-----END PGP SIGNATURE-----\\n'

            """, to: "sign")
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o755], ofItemAtPath: world.home.path.appending("sign").string)
        try await world.git("config", "gpg.program", world.home.path.appending("sign").string)
        try await world.git("config", "commit.gpgSign", "true")

        #expect(try await run(world).status == 0)
        let landed = try await world.git("cat-file", "commit", "HEAD")
        let operation = try await world.git("cat-file", "commit", "refs/baton/ops")
        try await world.git("config", "baton.sign", "false")
        #expect(try await world.baton("revert", "work").status == 0)
        let reverted = try await world.git("cat-file", "commit", "HEAD")

        #expect(landed.contains("gpgsig -----BEGIN PGP SIGNATURE-----"))
        #expect(!operation.contains("gpgsig"))
        #expect(!reverted.contains("gpgsig"))
    }

    @Test("where signing fails, nothing lands, and the way without is told")
    func cannotSign() async throws {
        let world = try await world()
        try await world.git("config", "gpg.program", "/bin/false")
        try await world.git("config", "commit.gpgSign", "true")
        let before = world.project.snapshot()

        let result = try await run(world)

        #expect(result.status == 64)
        #expect(result.errors.contains("error: the commit cannot be signed"), "\(result.errors)")
        #expect(result.errors.contains("git config baton.sign false"))
        #expect(world.project.snapshot() == before)
    }
}
