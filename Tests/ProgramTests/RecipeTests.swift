// The shipped recipe, from its notes to its commits, with a model that says what the test wants.

import BatonTestSupport
import Foundation
import SystemPackage
import Testing

@Suite("The recipe 'blog-post'", .timeLimit(.minutes(3)))
struct BlogPostTests {
    @Test("runs over the sample project: a commit for each step that changed files, each of which can be taken back")
    func scripted() async throws {
        let world = try await Self.sampleWorld()
        try world.home.write(Self.script, to: "script.yaml")

        let run = try await world.baton(
            "run", "blog-post", "topic=local-first software", "--model",
            "scripted:\(world.home.path.appending("script.yaml"))")

        #expect(run.status == 0, "\(run.output)\(run.errors)")
        try await Self.expectSteps(in: world)
        try await Self.expectRevertsAlike(in: world)
    }

    @Test("gives the same tree each time it is run with the same answers")
    func deterministic() async throws {
        var trees: Set<String> = []
        for _ in 0..<2 {
            let world = try await Self.sampleWorld()
            try world.home.write(Self.script, to: "script.yaml")
            _ = try await world.baton(
                "run", "blog-post", "topic=local-first software", "--model",
                "scripted:\(world.home.path.appending("script.yaml"))")
            trees.insert(try await world.git("rev-parse", "HEAD^{tree}"))
        }

        #expect(trees.count == 1)
    }

    @Test("runs with the real embedded model", .enabled(if: EmbeddedModelPlace.isInstalled))
    func embedded() async throws {
        let world = try await Self.sampleWorld(variables: ["XDG_DATA_HOME": EmbeddedModelPlace.dataHome])

        let run = try await world.baton("run", "blog-post", "topic=local-first software")

        #expect(run.status == 0, "\(run.output)\(run.errors)")
        try await Self.expectSteps(in: world)
        #expect(
            try await world.git("log", "--format=%(trailers:key=Baton-Model,valueonly)").contains(
                "SmolLM2-135M-Instruct"))
        try await Self.expectRevertsAlike(in: world)
    }

    // MARK: Helpers

    /// Answers that any role can do something with.
    private static let script = """
        model: scripted
        answers:
          - role: reviewer
            json: {verdict: accept, reason: fine, quote: ""}
          - role: coder
            json: {search: "", replace: ""}
          - text: Local-first software keeps the data of a small studio on its own machines.
        """

    private static func sampleWorld(variables: [String: String] = [:]) async throws -> World {
        let sample = World.packageRoot.appending("recipes/samples/blog-post")
        var files: [String: String] = [:]
        for name in try FileManager.default.subpathsOfDirectory(atPath: sample.string) {
            if let text = FileManager.default.contents(atPath: sample.appending(name).string), !text.isEmpty {
                files[name] = String(decoding: text, as: UTF8.self)
            }
        }
        return try await World(files, variables: variables)
    }

    private static func expectSteps(in world: World) async throws {
        let commits = try await world.stepCommits()
        #expect(commits.count == 3)
        for commit in commits {
            let keys = try await world.git("log", "-1", "--format=%(trailers:only,unfold)", commit)
                .split(separator: "\n").compactMap { $0.split(separator: ":").first.map(String.init) }
            #expect(Set(keys).isSuperset(of: ["Baton-Run", "Baton-Step", "Baton-Role"]), "\(keys)")
        }
        #expect(try await world.git("status", "--porcelain") == "")
        try await world.expectSound()
    }

    /// Plain `git revert` and `baton revert` of the writer's step: the same tree, and the log knows of both.
    private static func expectRevertsAlike(in world: World) async throws {
        let draft = try await world.git("log", "--format=%H", "--grep=^Baton-Step: 2 draft")
        let end = try await world.git("rev-parse", "HEAD")
        try await world.git("revert", "--no-edit", draft)
        let byGit = try await world.git("rev-parse", "HEAD^{tree}")
        let log = try await world.baton("log")
        #expect(log.output.contains("\(draft.prefix(7)) reverted by"), "\(log.output)")
        try await world.git("reset", "--hard", "--quiet", end)

        let revert = try await world.baton("revert", "draft")

        #expect(revert.status == 0, "\(revert.errors)")
        #expect(try await world.git("rev-parse", "HEAD^{tree}") == byGit)
        #expect(try await world.git("status", "--porcelain") == "")
        let again = try await world.baton("revert", "draft")
        #expect(again.status == 64)
        #expect(again.errors.contains("is taken back already"), "\(again.errors)")
        try await world.expectSound()
    }
}

/// Where `scripts/test` has installed the embedded model.
enum EmbeddedModelPlace {
    static var dataHome: String {
        let environment = ProcessInfo.processInfo.environment
        if let folder = environment["BATON_TEST_MODEL_DIR"] { return FilePath(folder).removingLastComponent().string }
        return World.packageRoot.appending(".build/stage/data").string
    }

    static var isInstalled: Bool { exists(dataHome + "/baton/models/embedded") }
}
