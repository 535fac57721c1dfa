// The verbs as people type them, in the repository, in a clone of it, and after its history was written anew.

import BatonTestSupport
import Foundation
import Glibc
import SystemPackage
import Testing

@Suite("Taking back, as people type it", .timeLimit(.minutes(2)))
struct TakingBackProgramTests {
    /// A world in which a run of three steps has landed: a line of `a.txt`, a file, and another line of `a.txt`.
    private func world() async throws -> (world: World, run: String) {
        let world = try await World([
            "a.txt": (1...20).map { "\($0)\n" }.joined(),
            "change.yaml": """
            recipe: change
            summary: Change files.
            steps:
              - id: one
                run: sed -i 's/^3$/one/' a.txt
                writes: [a.txt]
              - id: two
                run: echo two > two.txt
                writes: [two.txt]
              - id: three
                run: sed -i 's/^one$/three/' a.txt
                writes: [a.txt]

            """,
            "s.yaml": "answers: []\n",
        ])
        let result = try await world.baton("run", "change.yaml", "--model", "scripted:s.yaml", "--json")
        try #require(result.status == 0, "\(result.output)")
        return (world, try #require(result.jsonLines.first?["run"] as? String))
    }

    @Test("a step that later work builds on is refused with that work's name; --cascade takes both back")
    func cascade() async throws {
        let (world, run) = try await world()

        let refused = try await world.baton("revert", "one")
        let reverted = try await world.baton("revert", "one", "--cascade")

        #expect(refused.status == 7)
        #expect(
            refused.errors.contains("caused by: later work builds on it: step 3 'three' of run \(run)\n"),
            "\(refused.errors)")
        #expect(refused.errors.contains("hint: Nothing was changed. To take back those steps too, add '--cascade'."))
        #expect(reverted.status == 0, "\(reverted.errors)")
        #expect(world.project.read("a.txt") == (1...20).map { "\($0)\n" }.joined())
        #expect(world.project.read("two.txt") == "two\n")
        try await world.expectSound()
    }

    @Test("a whole run is reverted, as JSON, and undone as one")
    func wholeRun() async throws {
        let (world, run) = try await world()
        let head = try await world.git("rev-parse", "HEAD")

        let dry = try await world.baton("revert", run, "--dry-run", "--json")
        #expect(try await world.git("rev-parse", "HEAD") == head)
        let reverted = try await world.baton("revert", run, "--json")
        let undone = try await world.baton("undo", "--json")

        let (preview, report) = try (#require(dry.jsonLines.first), #require(reverted.jsonLines.first))
        #expect(preview["schema"] as? String == "baton.operation/1" && preview["dry_run"] as? Bool == true)
        #expect((report["commits"] as? [String])?.count == 3 && (report["steps"] as? [Any])?.count == 3)
        #expect(undone.jsonLines.first?["head"] as? String == head)
        #expect(undone.jsonLines.first?["moved"] as? Bool == true)
        #expect(try await world.git("status", "--porcelain") == "")
    }

    @Test("restore, squash and the log of operations do what they say")
    func others() async throws {
        let (world, run) = try await world()

        let restored = try await world.baton("restore", "one")
        #expect(restored.status == 0, "\(restored.errors)")
        #expect(world.project.read("a.txt")?.contains("one\n") == true)
        #expect(try await world.baton("undo").status == 0)
        let squashed = try await world.baton("squash", run)
        #expect(squashed.status == 0, "\(squashed.errors)")
        let log = try await world.baton("log")
        let operations = try await world.baton("op", "log", "--json")
        let latest = try #require(operations.jsonLines.first)
        let shown = try await world.baton("op", "show", try #require(latest["operation"] as? String))

        #expect(try await world.git("rev-list", "--count", "HEAD") == "2")
        #expect(log.output.components(separatedBy: " in ").count == 4, "\(log.output)")
        #expect(
            operations.jsonLines.compactMap { $0["kind"] as? String }
                == ["squash", "undo", "restore", "land", "land", "land"])
        #expect(shown.output.contains("what    squash run \(run)"))
        #expect(try await world.baton("revert", "two").status == 0)
        #expect(world.project.read("two.txt") == nil)
    }

    @Test("another clone knows the steps by their trailers and takes one back")
    func clone() async throws {
        let (world, run) = try await world()
        let clone = world.home.path.appending("clone")
        try await world.git("clone", "-q", world.project.path.string, clone.string)
        let program = World.prefix.appending("bin/baton").string

        let log = try await BatonTestSupport.run(program, ["log"], in: clone, environment: world.environment)
        let revert = try await BatonTestSupport.run(
            program, ["revert", "two"], in: clone, environment: world.environment)

        #expect(log.output.contains("run \(run)") && log.output.contains("two"), "\(log.output)")
        #expect(revert.status == 0, "\(revert.errors)")
        #expect(!exists(clone.appending("two.txt").string))
        #expect(try await world.git("-C", clone.string, "status", "--porcelain") == "")
    }

    @Test("after a rebase and an amend the steps are found where they are now")
    func rewritten() async throws {
        let (world, _) = try await world()
        let old = try await world.git("rev-parse", "HEAD")
        try await world.git(
            "commit", "-q", "--amend", "--reset-author", "-m", try await world.git("log", "-1", "--format=%B"))
        try await world.git("switch", "-q", "-c", "other", "HEAD~3")
        try world.project.write("base\n", to: "base.txt")
        try await world.git("add", "base.txt")
        try await world.git("commit", "-q", "-m", "a new base")
        try await world.git("rebase", "-q", "other", "main")

        let log = try await world.baton("log", "--json")
        let revert = try await world.baton("revert", "three")

        let steps = try #require(log.jsonLines.first?["steps"] as? [[String: Any]])
        #expect(steps.map { $0["state"] as? String } == ["landed", "landed", "landed"])
        #expect(steps.last?["commit"] as? String != old)
        #expect(revert.status == 0, "\(revert.errors)")
        #expect(world.project.read("a.txt")?.contains("one\n") == true)
        #expect(world.project.read("base.txt") == "base\n")
    }

    @Test("plain git revert shows in the log; to undo the step then says that it is done already")
    func revertedByGit() async throws {
        let (world, _) = try await world()
        try await world.git("revert", "--no-edit", "HEAD")
        let by = try await world.git("rev-parse", "HEAD")

        let log = try await world.baton("log")
        let undo = try await world.baton("undo")
        let revert = try await world.baton("revert", "three")

        #expect(log.output.contains("reverted by \(by.prefix(7))"))
        #expect(undo.status == 64)
        #expect(undo.errors.contains("it is taken back already"), "\(undo.errors)")
        #expect(revert.errors.contains("is taken back already, by commit \(by.prefix(7))"))
    }

    @Test("'baton init' makes a repository, and not of a home directory")
    func initialize() async throws {
        let world = try await World()
        let program = World.prefix.appending("bin/baton").string
        let folder = world.home.path.appending("new")
        try FileManager.default.createDirectory(atPath: folder.string, withIntermediateDirectories: true)

        let made = try await BatonTestSupport.run(program, ["init"], in: folder, environment: world.environment)
        let twice = try await BatonTestSupport.run(program, ["init"], in: folder, environment: world.environment)
        let home = try await BatonTestSupport.run(
            program, ["init"], in: world.home.path, environment: world.environment)

        #expect(made.status == 0 && made.output == "Made a git repository here, on branch 'main'.\n", "\(made.errors)")
        #expect(twice.status == 64 && twice.errors.contains("is in a git repository already"))
        #expect(home.status == 64 && home.errors.contains("is your home directory"))
        #expect(!exists(world.home.path.appending(".git").string))
    }

    @Test("a step says 'conflict: theirs', and its version is written over what was not committed")
    func ruleOfRecipe() async throws {
        let world = try await World([
            "a.txt": "1\n", "s.yaml": "answers: []\n",
            "change.yaml": """
            recipe: change
            summary: Change a file.
            steps:
              - id: work
                run: echo step > a.txt
                writes: [a.txt]
                conflict: theirs

            """,
        ])
        try world.project.write("mine\n", to: "a.txt")

        let result = try await world.baton("run", "change.yaml", "--model", "scripted:s.yaml")
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.errors.contains("'a.txt' did not fit and went by 'conflict: theirs'"), "\(result.errors)")
        #expect(world.project.read("a.txt") == "step\n")
        #expect(try await world.baton("undo").status == 0)

        #expect(world.project.read("a.txt") == "mine\n")
    }

    @Test("a rule that does not exist is found before anything runs")
    func unknownRule() async throws {
        let world = try await World([
            "change.yaml": "recipe: c\nsummary: s\nsteps:\n  - run: \"true\"\n    conflict: their\n"
        ])

        let result = try await world.baton("recipe", "check", "change.yaml")

        #expect(result.status == 64)
        #expect(result.errors.contains("'their' is no rule for conflicts"), "\(result.errors)")
        #expect(result.errors.contains("Did you mean 'theirs'?"))
    }

    @Test("a step whose rule is 'rerun' starts again from what was committed while it ran")
    func rerun() async throws {
        let world = try await World(["a.txt": "1\n", "s.yaml": "answers: []\n"])
        // In the git directory, which a view shows as it is: a pipe in a view is not the one in the directory.
        #expect(mkfifo(world.project.path.appending(".git/gate").string, 0o600) == 0)
        let go = open(world.project.path.appending(".git/gate").string, O_RDWR)
        defer { close(go) }
        try world.home.write(
            """
            recipe: change
            summary: Change a file, slowly enough for somebody to commit one meanwhile.
            steps:
              - id: work
                run: echo "$(cat a.txt) step" > a.txt; echo ready; read line < .git/gate
                writes: [a.txt]
                conflict: rerun

            """, to: "change.yaml")
        let program = try world.start([
            "run", world.home.path.appending("change.yaml").string, "--model", "scripted:s.yaml", "--json",
        ])
        let output = program.takeOutput()
        defer { close(output) }

        var seen = try Self.read(output, until: "\"ready\"", after: "")
        try world.project.write("2\n", to: "a.txt")
        try await world.git("commit", "-qam", "meanwhile")
        _ = write(go, "go\n", 3)
        seen = try Self.read(output, until: "\"ready\"", after: seen)
        _ = write(go, "go\n", 3)
        seen = try Self.read(output, until: "run-finished", after: seen)

        #expect(await program.status() == 0, "\(seen)")
        #expect(seen.components(separatedBy: "step-restarted").count == 2, "\(seen)")
        #expect(world.project.read("a.txt") == "2 step\n")
        #expect(try await world.git("log", "--format=%s", "-2").hasSuffix("meanwhile"))
    }

    /// Reads on until something new has come that contains `text`; the end of the output is a failure.
    private static func read(_ output: Int32, until text: String, after seen: String) throws -> String {
        var new = ""
        var buffer = [UInt8](repeating: 0, count: 4096)
        while !new.contains(text) {
            let count = Glibc.read(output, &buffer, buffer.count)
            try #require(count > 0, "\(seen + new)")
            new += String(decoding: buffer[..<count], as: UTF8.self)
        }
        return seen + new
    }
}
