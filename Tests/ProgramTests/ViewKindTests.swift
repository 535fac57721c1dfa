// The same run in every kind of view, and what Baton does where the machine refuses the better ones.

import BatonTestSupport
import BatonWorkers
import BatonWorkspace
import CBatonLinux
import Foundation
import SystemPackage
import Testing

@Suite("Kinds of views", .timeLimit(.minutes(2)))
struct ViewKindTests {
    private static let files = [
        "README.md": "# A project\n",
        "edited.txt": "before\n",
        "gone.txt": "before\n",
        "script.yaml": "answers: []\n",
        "recipes/change.yaml": """
        recipe: change
        summary: Changes files, and looks at what the step before has done.
        steps:
          - id: first
            run: echo after > edited.txt; rm gone.txt; mkdir new; echo new > new/file; echo x > "$TMPDIR/x"
            writes: [edited.txt, gone.txt, new/file]
            success:
              - command: test ! -e gone.txt
          - id: second
            run: cat edited.txt new/file > sum.txt
            writes: [sum.txt]

        """,
        "recipes/fail.yaml": """
        recipe: fail
        summary: Changes files, and fails.
        steps:
          - id: work
            run: echo after > edited.txt; rm gone.txt; echo new > new.txt; false
            writes: [edited.txt, gone.txt, new.txt]

        """,
    ]

    private func world() async throws -> World { try await World(Self.files, in: World.placeOutsideTemporary) }

    private static let kinds = View.Kind.usable.map(\.rawValue)

    @Test("a run lands the same in each", arguments: kinds)
    func run(kind: String) async throws {
        let world = try await world()
        try world.project.write("unsaved\n", to: "README.md")

        let result = try await world.baton(
            "run", "recipes/change.yaml", "--model", "scripted:script.yaml", "--view", kind, "--json")

        #expect(result.status == 0, "\(result.errors)")
        #expect(result.jsonLines.first?["view"] as? String == kind)
        #expect(result.jsonLines.first?["isolated"] as? Bool == (kind == "overlay" || kind == "fuse-overlay"))
        let entered = result.jsonLines.filter { $0["event"] as? String == "view-entered" }
        #expect(entered.map { $0["view"] as? String } == [kind, kind])
        #expect((entered.first?["hold"] as? [String: Any])?["filters_calls"] as? Bool == true)
        #expect(world.project.read("sum.txt") == "after\nnew\n")
        #expect(world.project.read("gone.txt") == nil)
        #expect(world.project.read("README.md") == "unsaved\n")
        #expect(try await world.stepCommits().count == 2)
        #expect(try await world.git("status", "--porcelain") == " M README.md")
        try await world.expectSound()
    }

    @Test("a step that fails leaves the directory as it was in each", arguments: kinds)
    func failure(kind: String) async throws {
        let world = try await world()
        try world.project.write("unsaved\n", to: "README.md")
        let before = world.project.snapshot()

        let result = try await world.baton(
            "run", "recipes/fail.yaml", "--model", "scripted:script.yaml", "--view", kind)

        #expect(result.status == 1, "\(result.errors)")
        #expect(world.project.snapshot() == before)
        #expect(try await world.git("status", "--porcelain") == " M README.md")
        try await world.expectSound()
    }

    @Test("without user namespaces each step works in a copy, and that is said, once")
    func withoutNamespaces() async throws {
        let world = try await world()

        let result = try await world.baton(
            withoutUserNamespaces: "run", "recipes/change.yaml", "--model", "scripted:script.yaml", "--json")

        #expect(result.status == 0, "\(result.errors)")
        let degraded = result.jsonLines.filter { $0["event"] as? String == "view-degraded" }
        #expect(["copy", "warm-copy"].contains(degraded.last?["view"] as? String))
        #expect(degraded.last?["isolated"] as? Bool == false)
        #expect((degraded.last?["reason"] as? String)?.contains("unshare: No space left on device") == true)
        #expect(Set(degraded.compactMap { $0["step"] as? String }) == ["first"])
        #expect(world.project.read("sum.txt") == "after\nnew\n")
        try await world.expectSound()
    }

    @Test("a kind that was asked for is not replaced by a lesser one")
    func askedFor() async throws {
        let world = try await world()

        let result = try await world.baton(
            withoutUserNamespaces: "run", "recipes/change.yaml", "--model", "scripted:script.yaml", "--view", "overlay")

        #expect(result.status == 64)
        #expect(result.errors.contains("could not enter its view (unshare: No space left on device)"))
        #expect(try await world.stepCommits() == [])
        try await world.expectSound()
    }

    @Test("a copy cannot be left by writing, where the kernel has Landlock", .enabled(if: baton_landlock_abi() >= 4))
    func confinedCopy() async throws {
        let trial = try await Trial()
        let outside = try TemporaryFolder("baton-outside")

        let output = try await trial.execute(
            "echo x > \(outside.path)/x; echo x > \(trial.root.path)/x; echo x > \"$TMPDIR/x\" && echo x > own && "
                + "python3 -c 'import socket; socket.create_connection((\"127.0.0.1\", 9))' 2>&1 | tail -n 1",
            kind: .copy)

        #expect(outside.read("x") == nil)
        #expect(trial.root.read("x") == nil)
        #expect(output.standardOutput.text == "PermissionError: [Errno 13] Permission denied\n")
    }

    @Test("a mount below the directory is named, and the next kind takes its place")
    func nestedMount() async throws {
        let world = try await world()
        let line = """
            mkdir sub && mount -t tmpfs none sub && echo inside > sub/file && exec "$0" "$@"
            """

        let result = try await world.baton(
            within: ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", line], "run", "recipes/change.yaml",
            "--model", "scripted:script.yaml", "--json")

        #expect(result.status == 0, "\(result.errors)")
        let degraded = result.jsonLines.first { $0["event"] as? String == "view-degraded" }
        #expect(
            degraded?["reason"] as? String
                == "a view of kind 'overlay' cannot cover '\(world.project.path)', because '\(world.project.path)/sub' is "
                + "mounted below it")
        #expect(world.project.read("sum.txt") == "after\nnew\n")
        try await world.expectSound()
    }
}

extension World {
    /// Runs `baton` through another program, which gets its command line as its last arguments.
    func baton(within wrapper: [String], _ arguments: String...) async throws -> ProgramResult {
        try await BatonTestSupport.run(
            wrapper[0], wrapper.dropFirst() + [Self.prefix.appending("bin/baton").string] + arguments, in: project.path,
            environment: environment)
    }

    /// Runs `baton` where no user namespace can be made, as in many containers.
    func baton(withoutUserNamespaces arguments: String...) async throws -> ProgramResult {
        let line = "echo 0 > /proc/sys/user/max_user_namespaces && exec \"$0\" \"$@\""
        return try await BatonTestSupport.run(
            "unshare",
            ["--user", "--map-root-user", "sh", "-c", line, Self.prefix.appending("bin/baton").string] + arguments,
            in: project.path, environment: environment)
    }
}
