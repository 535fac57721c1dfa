// Repositories to crash in, each made once.

import BatonTestSupport
import Foundation
import SystemPackage

/// The stages of one repository, each a world of its own that tests copy.
struct CrashStages: Sendable {
    /// Nothing has been run; the user has work that is not committed.
    let fresh: World
    /// The recipe `change` has been run.
    let landed: World
    /// And taken back.
    let undone: World
    /// After `landed`, the recipe `more` has been run, which has two steps.
    let grown: World
    /// The ids of the two runs.
    let change: String
    let more: String

    static let shared = Task { try await CrashStages() }

    /// Paths at which the user has something that is not committed, and that no step touches.
    static let users = ["dirty.txt", "staged.txt", "untracked.txt", "ignored/cache"]

    private init() async throws {
        fresh = try await Self.makeFresh()
        landed = try await World(copying: fresh)
        change = try await Self.run("change", in: landed)
        undone = try await World(copying: landed)
        try await Self.expectDone(try await undone.baton("undo"))
        grown = try await World(copying: landed)
        more = try await Self.run("more", in: grown)
    }

    static func arguments(running recipe: String) -> [String] {
        ["run", "\(recipe).yaml", "--model", "scripted:script.yaml"]
    }

    private static func run(_ recipe: String, in world: World) async throws -> String {
        try await expectDone(try await world.start(arguments(running: recipe)).result())
        return try await world.git("log", "-1", "--format=%(trailers:key=Baton-Run,valueonly,separator=)")
    }

    private static func expectDone(_ result: ProgramResult) async throws {
        guard result.status == 0 else { throw FixtureError(output: result.output + result.errors) }
    }

    /// Every kind of change to a file, some of them to files with changes of the user's beside.
    private static func makeFresh() async throws -> World {
        let lines = (1...12).map { "line \($0)\n" }.joined()
        let world = try await World([
            "change.yaml": changeRecipe, "more.yaml": moreRecipe, "script.yaml": "answers: []\n",
            ".gitignore": "ignored/\n", "dirty.txt": "1\n", "staged.txt": "1\n",
            "both.txt": lines, "half.txt": lines, "changed.txt": "old\n", "removed.txt": "old\n",
            "folder/only.txt": "old\n", "tool.sh": "#!/bin/sh\n", "was-file": "a file\n", "was-folder/a": "a\n",
            "was-folder/deep/b": "b\n", "large.txt": String(repeating: "0123456789abcde\n", count: 1000),
        ])
        try await world.git("update-index", "--chmod=-x", "tool.sh")
        try FileManager.default.createSymbolicLink(
            atPath: world.project.path.appending("link").string, withDestinationPath: "changed.txt")
        try await world.git("add", "link")
        try await world.git("commit", "--quiet", "--message", "Add a link")
        // As a clone has it: objects and references packed.
        try await world.git("gc", "--quiet")
        // Changes of the user's in other lines of files that the step changes: one not staged, one staged.
        try world.project.write(lines + "the user's\n", to: "both.txt")
        try world.project.write(lines + "the user's\n", to: "half.txt")
        try world.project.write("2\n", to: "staged.txt")
        try await world.git("add", "half.txt", "staged.txt")
        try world.project.write("3\n", to: "staged.txt")
        try world.project.write("2\n", to: "dirty.txt")
        try world.project.write("mine\n", to: "untracked.txt")
        try world.project.write("mine\n", to: "ignored/cache")
        return world
    }

    private static let changeRecipe = """
        recipe: change
        summary: Change files in every way.
        steps:
          - id: work
            run: |
              set -e
              sed -i '1s/.*/of the step/' both.txt half.txt
              echo new > changed.txt
              echo new > added.txt
              mkdir -p new/deep
              echo new > new/deep/added.txt
              rm removed.txt
              rm -r folder
              chmod +x tool.sh
              ln -s added.txt new-link
              ln -sfn added.txt link
              rm was-file
              mkdir was-file
              echo in > was-file/in
              rm -r was-folder
              echo 'a file' > was-folder
              seq 1 4000 > large.txt
            writes: ["**"]

        """

    private static let moreRecipe = """
        recipe: more
        summary: Change the same files again.
        steps:
          - id: first
            run: sed -i '2s/.*/of the first step/' both.txt; echo newer > added.txt; rm -r new; echo more > more.txt
            writes: ["**"]
          - id: second
            run: sed -i '6s/.*/of the second step/' both.txt; chmod -x tool.sh; rm new-link; echo most > more.txt
            writes: ["**"]

        """
}
