// What other tools have done to their users' files, tried on Baton. Each test has the name of the report.

import BatonTestSupport
import Foundation
import Glibc
import SystemPackage
import Testing

@Suite("Recorded failures of other tools do not happen here", .timeLimit(.minutes(2)))
struct RecordedFailureTests {
    /// A world with a committed file, and a recipe that changes it, adds one and removes one.
    private func world(_ more: [String: String] = [:]) async throws -> World {
        var files = [
            "a.txt": (1...20).map { "\($0)\n" }.joined(), "gone.txt": "x\n", "other/b.txt": "1\n",
            ".gitignore": "*.log\n",
        ]
        files.merge(more) { $1 }
        let world = try await World(files)
        try world.home.write("answers: []\n", to: "s.yaml")
        try await recipe("sed -i 's/^3$/three/' a.txt; echo new > new.txt; rm gone.txt", in: world)
        return world
    }

    /// Writes the recipe that ``run(_:)`` runs, outside of the project.
    private func recipe(
        _ command: String, writes: String = "a.txt, new.txt, gone.txt", more: String = "", in world: World
    ) async throws {
        let quoted = command.replacingOccurrences(of: "'", with: "''")
        try world.home.write(
            "recipe: change\nsummary: Change files.\nsteps:\n  - id: work\n    run: '\(quoted)'\n    writes: [\(writes)]\n"
                + more, to: "change.yaml")
    }

    @discardableResult
    private func run(_ world: World) async throws -> ProgramResult {
        try await world.baton(
            "run", world.home.path.appending("change.yaml").string, "--model",
            "scripted:\(world.home.path.appending("s.yaml"))", "--json")
    }

    private func runAll(_ world: World) async throws {
        let result = try await run(world)
        try #require(result.status == 0, "\(result.output)\(result.errors)")
    }

    private func baton(_ arguments: String..., in world: World) async throws -> ProgramResult {
        try await world.start(arguments).result()
    }

    @Test("openai/codex#8214: undo lost what was staged")
    func staged() async throws {
        let world = try await world()
        try world.project.write("2\n", to: "other/b.txt")
        try await world.git("add", "other/b.txt")
        try world.project.write((1...20).map { $0 == 15 ? "mine\n" : "\($0)\n" }.joined(), to: "a.txt")
        try await world.git("add", "a.txt")
        let before = world.project.snapshot()
        let staged = try await world.git("diff", "--cached")
        try await runAll(world)

        #expect(try await baton("undo", in: world).status == 0)

        #expect(world.project.snapshot() == before)
        #expect(try await world.git("diff", "--cached") == staged)
    }

    @Test("openai/codex#9203: files that git does not track were deleted, and gone")
    func untrackedDeleted() async throws {
        let world = try await world()
        try world.project.write("mine\n", to: "notes.txt")
        try await recipe("rm notes.txt", writes: "notes.txt", in: world)

        let result = try await run(world)

        #expect(result.status == 7)
        #expect(result.output.contains("'notes.txt' is a file of yours that git does not track"))
        #expect(world.project.read("notes.txt") == "mine\n")
    }

    @Test("openai/codex#28241, libgit2#7297: references to trees, with names of 214 characters, broke git clients")
    func references() async throws {
        let world = try await world()
        try await runAll(world)
        try await recipe("sed -i 's/^3$/other/; s/^three$/other/' a.txt; exit 1", in: world)
        try await run(world)

        let references = try await world.git("for-each-ref", "--format=%(objecttype) %(refname)", "refs/baton")
            .split(separator: "\n")

        #expect(!references.isEmpty)
        for reference in references {
            #expect(reference.hasPrefix("commit refs/baton/"))
            #expect(reference.count < 50 && reference.split(separator: "/").count == 3)
        }
    }

    @Test("openai/codex#19588, #29388, anomalyco/opencode#8577: a home directory was copied into git")
    func homeDirectory() async throws {
        let world = try await world()

        let result = try await world.baton("log", variables: ["HOME": world.project.path.string])

        #expect(result.status == 64)
        #expect(result.errors.contains("is your home directory"), "\(result.errors)")
    }

    @Test("anomalyco/opencode#17753, #15977, #3182: snapshots of the whole tree filled the disk")
    func bounded() async throws {
        let world = try await world()
        let large = world.project.path.appending("large.bin").string
        #expect(FileManager.default.createFile(atPath: large, contents: nil))
        #expect(truncate(large, 200 << 20) == 0)
        try world.project.write(String(repeating: "x", count: 1 << 20), to: "build.log")
        let before = try await world.git("count-objects")

        try await runAll(world)

        let (old, new) = (Self.kilobytes(before), Self.kilobytes(try await world.git("count-objects")))
        #expect(new - old < 500, "\(new - old) KiB were added")
    }

    /// The size in `3 objects, 12 kilobytes`.
    private static func kilobytes(_ text: String) -> Int {
        text.split(separator: " ").dropFirst(2).first.flatMap { Int($0) } ?? 0
    }

    @Test("anomalyco/opencode#3148: a second instance at work made undo delete what was only edited")
    func twoInstances() async throws {
        let world = try await world()
        try await world.git("switch", "-q", "-c", "work")
        async let first = run(world)
        async let second = run(world)
        let statuses = try await [first.status, second.status].sorted()
        // Both want the same change: one lands it, and the other finds it landed, or in its way.
        #expect(statuses[0] == 0 && [0, 3, 7].contains(statuses[1]), "\(statuses)")

        #expect(try await baton("undo", in: world).status == 0)

        #expect(world.project.read("other/b.txt") == "1\n")
        #expect(world.project.read("a.txt")?.hasPrefix("1\n2\n3\n") == true)
        #expect(world.project.read("gone.txt") == "x\n")
        try await world.expectSound()
    }

    @Test("anomalyco/opencode#32529: taking back what changed no file altered other files")
    func nothingChanged() async throws {
        let world = try await world()
        try await recipe("true", in: world)
        #expect(try await run(world).status == 3)
        try world.project.write("mine\n", to: "a.txt")
        let before = world.project.snapshot()

        let revert = try await baton("revert", "work", in: world)
        let undo = try await baton("undo", in: world)

        #expect(revert.status == 64 && undo.status == 64)
        #expect(revert.errors.contains("it changed nothing"), "\(revert.errors)")
        #expect(world.project.snapshot() == before)
    }

    @Test("anomalyco/opencode#3176: undo destroyed work in another directory, and did not say which files it means")
    func otherDirectory() async throws {
        let world = try await world()
        try await runAll(world)
        try world.project.write("mine\n", to: "other/b.txt")
        try world.project.write("mine\n", to: "other/new.txt")

        let preview = try await baton("undo", "--dry-run", in: world)
        let undo = try await baton("undo", in: world)

        #expect(
            preview.output.split(separator: "\n").dropFirst() == [
                "  M a.txt +1 -1", "  A gone.txt +1", "  D new.txt -1",
            ])
        #expect(undo.status == 0)
        #expect(world.project.read("other/b.txt") == "mine\n")
        #expect(world.project.read("other/new.txt") == "mine\n")
    }

    @Test("anomalyco/opencode#38672, #37106, #31338, #29520: undo reported success and had done nothing")
    func honest() async throws {
        let world = try await world()
        let nothing = try await baton("undo", in: world)
        try await runAll(world)
        let undo = try await baton("undo", in: world)

        #expect(nothing.status == 64 && nothing.output == "")
        #expect(nothing.errors.contains("there is nothing to undo"))
        #expect(undo.status == 0)
        #expect(world.project.read("a.txt")?.contains("three") == false)
        #expect(try await world.git("status", "--porcelain") == "")
    }

    @Test("google-gemini/gemini-cli#13331: restore deleted virtually all files, untracked ones too")
    func restore() async throws {
        let world = try await world()
        try await runAll(world)
        try await recipe("sed -i 's/^three$/again/' a.txt", in: world)
        try await runAll(world)
        try world.project.write("mine\n", to: "untracked.txt")
        try world.project.write("mine\n", to: "deep/er/untracked.txt")
        let commit = try await world.stepCommits()[1]

        let result = try await baton("restore", commit, in: world)

        #expect(result.status == 0, "\(result.errors)")
        #expect(world.project.read("a.txt")?.contains("three") == true)
        #expect(world.project.read("untracked.txt") == "mine\n")
        #expect(world.project.read("deep/er/untracked.txt") == "mine\n")
        #expect(world.project.read("other/b.txt") == "1\n")
    }

    @Test("google-gemini/gemini-cli#4115, #11243: checkpoints failed silently")
    func cannotKeep() async throws {
        let world = try await world()
        try world.project.write("not a folder\n", to: ".git/refs/baton")
        let before = world.project.snapshot()

        let result = try await run(world)

        #expect(result.status != 0)
        #expect(result.output.contains("cannot keep the step's changes"), "\(result.output)")
        #expect(world.project.snapshot() == before)
    }

    @Test("github/copilot-cli#1675: taking back ran 'git clean' and deleted what nobody tracked")
    func noClean() async throws {
        let world = try await world()
        try await runAll(world)
        try world.project.write("an hour's work\n", to: "out/result.csv")
        try world.project.write("log\n", to: "out/run.log")

        for command in ["undo", "redo", "undo"] { #expect(try await baton(command, in: world).status == 0) }

        #expect(world.project.read("out/result.csv") == "an hour's work\n")
        #expect(world.project.read("out/run.log") == "log\n")
    }

    @Test("cline/cline#13550: restoring knocked the user's commits off the branch")
    func laterCommits() async throws {
        let world = try await world()
        try await runAll(world)
        try world.project.write("mine\n", to: "other/b.txt")
        try await world.git("commit", "-qam", "mine")
        let mine = try await world.git("rev-parse", "HEAD")

        let undo = try await baton("undo", in: world)

        #expect(undo.status == 0, "\(undo.errors)")
        #expect(try await world.git("rev-parse", "HEAD^") == mine)
        #expect(world.project.read("other/b.txt") == "mine\n")
        #expect(world.project.read("gone.txt") == "x\n")
        #expect(try await world.git("status", "--porcelain") == "")
    }

    @Test("cline/cline#14367: an edited .gitignore was taken back first, and what it ignored was deleted")
    func editedIgnoreFile() async throws {
        let world = try await world()
        try world.project.write("*.log\n.env\n", to: ".gitignore")
        try world.project.write("SECRET=1\n", to: ".env")
        try await runAll(world)

        for command in ["undo", "redo", "undo"] { #expect(try await baton(command, in: world).status == 0) }

        #expect(world.project.read(".env") == "SECRET=1\n")
        #expect(world.project.read(".gitignore") == "*.log\n.env\n")
    }

    @Test("cline/cline#5598, #9590: a crash left the repository without its .git")
    func crash() async throws {
        let world = try await world()
        try await recipe("echo new > new.txt; echo ready; sleep 600", in: world)
        let program = try world.start([
            "run", world.home.path.appending("change.yaml").string, "--model",
            "scripted:\(world.home.path.appending("s.yaml"))", "--json",
        ])
        let output = program.takeOutput()
        defer { close(output) }
        var seen = ""
        var buffer = [UInt8](repeating: 0, count: 4096)
        while !seen.contains("step-started") {
            let count = read(output, &buffer, buffer.count)
            try #require(count > 0, "\(seen)")
            seen += String(decoding: buffer[..<count], as: UTF8.self)
        }

        program.signal(SIGKILL)
        _ = await program.status()

        #expect(try await world.git("status", "--porcelain") == "")
        _ = try await world.git("fsck", "--strict", "--no-dangling")
        #expect(try await baton("log", in: world).output.contains("not finished"))
    }

    @Test("anthropics/claude-code#34368, #14002, #15403: what cannot be taken back was offered")
    func notOffered() async throws {
        let world = try await world()
        try await recipe("echo new > new.txt; exit 1", in: world)
        #expect(try await run(world).status == 1)

        let log = try await baton("log", in: world)
        let revert = try await baton("revert", "work", in: world)

        #expect(log.output.contains("failed"))
        #expect(revert.status == 64)
        #expect(revert.errors.contains("it failed, and nothing of it was landed"), "\(revert.errors)")
    }

    @Test("anthropics/claude-code#68315: uncommitted edits were stashed and reset, again and again")
    func noStash() async throws {
        let world = try await world()
        try world.project.write("stashed\n", to: "other/b.txt")
        try await world.git("stash")
        try world.project.write("mine\n", to: "other/b.txt")
        let stash = try await world.git("stash", "list", "-p")
        let resets = try await world.git("reflog").components(separatedBy: "reset").count

        try await runAll(world)
        for command in ["undo", "redo"] { #expect(try await baton(command, in: world).status == 0) }

        #expect(try await world.git("stash", "list", "-p") == stash)
        #expect(try await world.git("reflog").components(separatedBy: "reset").count == resets)
        #expect(world.project.read("other/b.txt") == "mine\n")
    }

    @Test(
        "anthropics/claude-code#39859, #70363, #84660, #86304, openai/codex#8213: the model itself destroyed work with git",
        arguments: [
            "git reset --hard", "git checkout -- .", "git stash", "git stash pop", "git clean -fdx", "git restore .",
            "rm -rf .git", "git checkout -q -b elsewhere", "git commit -qam theirs",
        ])
    func destructiveGit(command: String) async throws {
        let world = try await world()
        try world.project.write("mine\n", to: "other/b.txt")
        try world.project.write("staged\n", to: "a.txt")
        try await world.git("add", "a.txt")
        try world.project.write("edited\n", to: "a.txt")
        try world.project.write("mine\n", to: "untracked.txt")
        try world.project.write("mine\n", to: "ignored.log")
        try await recipe("\(command); true", in: world)
        let before = world.project.snapshot()
        let head = try await world.git("rev-parse", "HEAD")
        let staged = try await world.git("diff", "--cached")

        let result = try await run(world)

        #expect(result.status != 0, "nothing that may land was done")
        #expect(world.project.snapshot() == before)
        #expect(try await world.git("rev-parse", "HEAD") == head)
        #expect(try await world.git("diff", "--cached") == staged)
        #expect(try await world.git("branch", "--format=%(refname:short)") == "main")
    }

    @Test("jj-vcs/jj#10181: undo in one workspace undid what was done in another")
    func otherWorkspace() async throws {
        let world = try await world()
        let other = world.home.path.appending("other")
        try await world.git("worktree", "add", "-q", "-b", "side", other.string)
        try await runAll(world)
        let arguments = [
            "run", world.home.path.appending("change.yaml").string, "--model",
            "scripted:\(world.home.path.appending("s.yaml"))",
        ]
        let program = World.prefix.appending("bin/baton").string
        let there = try await BatonTestSupport.run(program, arguments, in: other, environment: world.environment)
        #expect(there.status == 0, "\(there.errors)")

        #expect(try await baton("undo", in: world).status == 0)
        let again = try await baton("undo", in: world)

        #expect(again.errors.contains("there is nothing to undo"))
        #expect(try await world.git("-C", other.string, "status", "--porcelain") == "")
        #expect(try await world.git("log", "-1", "--format=%s", "side").hasPrefix("command:"))
        #expect(FileManager.default.fileExists(atPath: other.appending("new.txt").string))
    }

    @Test("entireio/cli#1408: files that were to be deleted survived")
    func createdFilesGo() async throws {
        let world = try await world()
        try await recipe("mkdir -p deep/er; echo new > deep/er/new.txt", writes: "deep/**", in: world)
        try await runAll(world)

        #expect(try await baton("undo", in: world).status == 0)

        #expect(!FileManager.default.fileExists(atPath: world.project.path.appending("deep").string))
    }

    @Test("anthropics/claude-code#79899, #38287: cleaning up deleted work that had not landed")
    func refusedWorkIsKept() async throws {
        let world = try await world()
        try world.project.write((1...20).map { $0 == 3 ? "mine\n" : "\($0)\n" }.joined(), to: "a.txt")
        try await recipe("sed -i 's/^mine$/theirs/' a.txt", in: world)
        let result = try await run(world)
        #expect(result.status == 7)

        try await world.git("gc", "-q", "--prune=now")

        let kept = try await world.git("for-each-ref", "--format=%(refname)", "refs/baton").split(separator: "\n")
        let reference = try #require(kept.first { !$0.hasSuffix("/ops") })
        #expect(try await world.git("show", "\(reference):a.txt").contains("theirs"))
        #expect(try await world.git("show", "\(reference)^:a.txt").contains("mine"))
    }

    @Test("aider: undo refused a commit that had created a file, and knew nothing after a restart")
    func createdFile() async throws {
        let world = try await world()
        try await recipe("echo new > new.txt", in: world)
        try await runAll(world)

        // Each command is a process of its own.
        #expect(try await baton("undo", in: world).status == 0)

        #expect(world.project.read("new.txt") == nil)
        #expect(try await world.stepCommits() == [])
    }
}
