// What a run does to files that the user has not committed: nothing.

import BatonTestSupport
import SystemPackage
import Testing

@Suite("The user's files", .timeLimit(.minutes(1)))
struct UserFilesTests {
    private static let recipe = """
        recipe: change
        summary: Change two files.
        steps:
          - id: work
            run: echo new > target.txt; mkdir -p deep; echo new > deep/new.txt
            writes: [target.txt, deep/**]

        """

    @Test(
        "S-11: staged, dirty, untracked and ignored files are as they were, and still staged, after a run and a revert")
    func untouched() async throws {
        let world = try await World([
            "change.yaml": Self.recipe, "target.txt": "old\n", "staged.txt": "1\n", "dirty.txt": "1\n",
            ".gitignore": "ignored/\n",
        ])
        try world.project.write("2\n", to: "staged.txt")
        try await world.git("add", "staged.txt")
        try world.project.write("3\n", to: "staged.txt")
        try world.project.write("2\n", to: "dirty.txt")
        try world.project.write("mine\n", to: "untracked.txt")
        try world.project.write("mine\n", to: "ignored/cache")
        let before = world.project.snapshot()
        let status = try await world.git("status", "--porcelain")
        let staged = try await world.git("diff", "--cached")

        let run = try await world.baton("run", "change.yaml", "--model", "scripted:none")
        #expect(run.status == 64, "a model that does not exist is found before anything runs")
        #expect(world.project.snapshot() == before)
        let script = try TemporaryFolder()
        try script.write("model: s\nanswers: []\n", to: "s.yaml")
        let model = "scripted:\(script.path.appending("s.yaml"))"

        let result = try await world.baton("run", "change.yaml", "--model", model)

        #expect(result.status == 0, "\(result.errors)")
        #expect(world.project.read("target.txt") == "new\n")
        #expect(try await world.git("status", "--porcelain") == status)
        #expect(try await world.git("diff", "--cached") == staged)
        #expect(try await world.git("show", "--stat", "--format=", "HEAD").contains("2 files changed"))

        let revert = try await world.baton("revert", "work")

        #expect(revert.status == 0, "\(revert.errors)")
        #expect(world.project.snapshot() == before)
        #expect(try await world.git("status", "--porcelain") == status)
        #expect(try await world.git("diff", "--cached") == staged)
        try await world.expectSound()
    }

    @Test("a step that would touch a dirty file is refused by the file's name; nothing changes")
    func dirtyFile() async throws {
        let world = try await World(["change.yaml": Self.recipe, "target.txt": "old\n", "s.yaml": "answers: []\n"])
        try world.project.write("mine\n", to: "target.txt")
        let before = world.project.snapshot()

        let result = try await world.baton("run", "change.yaml", "--model", "scripted:s.yaml")

        #expect(result.status == 7)
        #expect(
            result.errors.contains("error: 'target.txt' has changes of yours that are not committed"),
            "\(result.errors)")
        #expect(world.project.snapshot() == before)
        #expect(try await world.stepCommits() == [])
        try await world.expectSound()
    }

    @Test("without a name for commits nothing is run, and the message says which two lines set it")
    func noIdentity() async throws {
        let world = try await World(["change.yaml": Self.recipe, "s.yaml": "answers: []\n"])
        try world.home.write("[init]\n", to: ".gitconfig")

        let result = try await world.baton("run", "change.yaml", "--model", "scripted:s.yaml")

        #expect(result.status == 64)
        #expect(result.errors.contains("git config"), "\(result.errors)")
        #expect(world.project.read("target.txt") == nil)
    }
}
