// Taking commits back, compared with what `git revert` does.

import BatonCore
import BatonGit
import Glibc
import SystemPackage
import Testing

@Suite("Taking a commit back")
struct RevertTests {
    /// The tree that plain `git revert` of `commit` makes, in a clone; nil if it has conflicts.
    private func treeByGit(reverting commit: String, in repo: TestRepository) throws -> String? {
        let clone = repo.base.appending("clone-\(UInt32.random(in: .min ... .max))")
        try repo.git("clone", "-q", repo.root.string, clone.string)
        let revert = try repo.program.run(
            ["-c", "user.name=x", "-c", "user.email=x@y", "revert", "--no-edit", commit], in: clone
        )
        guard revert.status == 0 else { return nil }
        return try repo.program.run(["rev-parse", "HEAD^{tree}"], in: clone).text
    }

    /// Reverts by both and compares; returns the landing.
    private func revert(
        _ commit: String,
        in repo: TestRepository,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> Landing {
        let expected = try treeByGit(reverting: commit, in: repo)
        let landing = try await repo.store().revert(commit)
        #expect(try repo.headTree() == expected, sourceLocation: sourceLocation)
        try repo.expectClean(sourceLocation: sourceLocation)
        return landing
    }

    @Test("a step is taken back exactly, and what came later stays")
    func middle() async throws {
        let repo = try TestRepository()
        try repo.write("changed", "1\n")
        try repo.write("removed/x", "x\n", executable: true)
        repo.link("link", to: "a")
        try repo.commitAll()
        let step = try await repo.land([
            .write("changed", "2\n"), .remove("removed/x"), .link("link", to: "b"), .write("added/new", "n\n"),
            .write("turned", "t\n"),
        ])
        try await repo.land([.write("later", "l\n")])

        let landing = try await revert(try #require(step.commit), in: repo)

        #expect(
            landing.files.map(\.kind) == [.removed, .modified, .modified, .added, .removed]
        )
        #expect(try repo.read("changed") == "1\n")
        #expect(repo.permissions("removed/x") & 0o111 != 0)
        #expect(!repo.exists("added"))
        #expect(try repo.read("later") == "l\n")
    }

    @Test("the message is that of git revert, with the trailers after it")
    func message() async throws {
        let repo = try TestRepository()
        try repo.commitAll()
        let step = try #require(try await repo.land([.write("a", "a\n")], "write \"a\"").commit)

        _ = try await repo.store().revert([RevertTarget(commit: step, step: .example)], title: "revert it")

        #expect(
            try repo.git("log", "-1", "--format=%B")
                == "Revert \"write \"a\"\"\n\nThis reverts commit \(step).\n\nBaton-Reverts: 0123abcd 2 draft\n"
        )
        #expect(try repo.git("reflog", "-1", "--format=%gs") == "baton: revert it")
    }

    @Test("the first commit can be taken back")
    func rootCommit() async throws {
        let repo = try TestRepository()
        let first = try #require(try await repo.land([.write("a", "a\n")]).commit)
        try await repo.land([.write("b", "b\n")])

        _ = try await revert(first, in: repo)

        #expect(!repo.exists("a"))
    }

    @Test("files and directories change places and back")
    func fileAndDirectory() async throws {
        let repo = try TestRepository()
        try repo.write("a", "file\n")
        try repo.write("b/x", "x\n")
        try repo.commitAll()
        let step = try await repo.land([.remove("a"), .write("a/inside", "d\n"), .remove("b/x"), .write("b", "file\n")])

        _ = try await revert(try #require(step.commit), in: repo)

        #expect(try repo.read("a") == "file\n")
        #expect(try repo.read("b/x") == "x\n")
    }

    private let lines = (1...30).map { "\($0)" }

    private func text(_ changes: [Int: String]) -> String {
        lines.enumerated().map { (changes[$0.offset + 1] ?? $0.element) + "\n" }.joined()
    }

    @Test("edits that later commits made elsewhere in the same files are kept")
    func merged() async throws {
        let repo = try TestRepository()
        try repo.write("f", text([:]))
        try repo.write("mode", text([:]))
        try repo.commitAll()
        let step = try await repo.land([
            .write("f", text([5: "step"])), .write("mode", text([5: "step"]), executable: true),
        ])
        try await repo.land([
            .write("f", text([5: "step", 25: "later"])),
            .write("mode", text([5: "step", 25: "later"]), executable: true),
        ])

        _ = try await revert(try #require(step.commit), in: repo)

        #expect(try repo.read("f") == text([25: "later"]))
        #expect(try repo.git("ls-tree", "--format=%(objectmode)", "HEAD", "mode") == "100644")
    }

    @Test("a change of the executable bit alone is taken back under later edits, of binary files too")
    func modeOnly() async throws {
        let repo = try TestRepository()
        try repo.write("f", "a\0b\n")
        try repo.commitAll()
        let step = try await repo.land([.write("f", "a\0b\n", executable: true)])
        try await repo.land([.write("f", "c\0d\n", executable: true)])

        _ = try await revert(try #require(step.commit), in: repo)

        #expect(try repo.read("f") == "c\0d\n")
        #expect(repo.permissions("f") & 0o111 == 0)
    }

    /// A later commit that cannot be kept.
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var step: [TestRepository.Edit]
        var later: [TestRepository.Edit]
        var path = "f"
    }

    static let conflicts = [
        Case(testDescription: "same line", step: [.write("f", "step\n")], later: [.write("f", "later\n")]),
        Case(testDescription: "binary", step: [.bytes("f", [0, 1])], later: [.bytes("f", [0, 2])]),
        Case(testDescription: "removed later", step: [.write("f", "step\n")], later: [.remove("f")]),
        Case(testDescription: "made anew", step: [.remove("f")], later: [.write("f", "later\n")]),
        Case(testDescription: "added, then edited", step: [.write("n", "1\n")], later: [.write("n", "2\n")], path: "n"),
        Case(
            testDescription: "directory in its place", step: [.remove("f")], later: [.write("f/x", "later\n")],
            path: "f/x"),
        Case(
            testDescription: "file in place of its parent",
            step: [.remove("d/g")],
            later: [.write("d", "later\n")],
            path: "d"
        ),
        Case(testDescription: "link in its place", step: [.write("f", "step\n")], later: [.link("f", to: "x")]),
    ]

    @Test("overlapping later changes are a conflict, and nothing is changed", arguments: conflicts)
    func conflict(example: Case) async throws {
        let repo = try TestRepository()
        try repo.write("f", "1\n")
        try repo.write("d/g", "1\n")
        try repo.write("innocent", "1\n")
        try repo.commitAll()
        let step = try #require(try await repo.land(example.step + [.write("innocent", "2\n")]).commit)
        try await repo.land(example.later)
        #expect(try treeByGit(reverting: step, in: repo) == nil)

        let error = try await repo.expectRefusal { try await repo.store().revert(step) }

        #expect(error.code == .conflict)
        #expect(
            error.message == "'\(example.path)' was changed by later commits in a way that this revert cannot keep"
        )
    }

    @Test("a commit is taken back once only, by whomever; the revert can be taken back in turn")
    func twice() async throws {
        let repo = try TestRepository()
        try repo.write("f", "1\n")
        try repo.commitAll()
        let step = try #require(try await repo.land([.write("f", "2\n")]).commit)
        let store = try repo.store()

        let first = try await store.revert(step)
        let error = try await repo.expectRefusal { try await store.revert(step) }
        _ = try await revert(try #require(first.commit), in: repo)

        #expect(error.code == .invalidInput)
        #expect(error.message == "commit \(step.prefix(7)) is already taken back; HEAD has nothing of it left")
        #expect(try repo.read("f") == "2\n")
        try repo.git("revert", "--no-edit", "HEAD")
        try await repo.expectRefusal { try await store.revert(step) }
    }

    @Test("a merge is refused")
    func merge() async throws {
        let repo = try TestRepository()
        try repo.commitAll()
        try repo.git("switch", "-q", "-c", "other")
        try repo.write("a", "a\n")
        try repo.commitAll()
        try repo.git("switch", "-q", "main")
        try repo.git("merge", "-q", "--no-ff", "-m", "merge", "other")
        let merge = try repo.headCommit()

        let error = try await repo.expectRefusal { try await repo.store().revert(merge) }

        #expect(
            error.message == "commit \(merge.prefix(7)) is a merge; only a commit with one parent can be taken back")
    }

    @Test("edits of the user's are in the way where they overlap, and kept where they do not")
    func userWork() async throws {
        let repo = try TestRepository()
        try repo.write("f", "1\n")
        try repo.write("g", "1\n")
        try repo.commitAll()
        let step = try #require(try await repo.land([.write("f", "2\n")]).commit)
        try repo.write("f", "mine\n")
        try repo.write("g", "mine\n")

        let error = try await repo.expectRefusal { try await repo.store().revert(step) }
        try repo.git("checkout", "-q", "f")
        _ = try await repo.store().revert(step)

        #expect(error.message == "'f' has changes of yours that are not committed; this revert would overwrite it")
        #expect(try repo.git("status", "--porcelain") == " M g")
        #expect(try repo.read("g") == "mine\n")
    }

    @Test("a commit that does not exist is not found")
    func unknown() async throws {
        let repo = try TestRepository()
        let commit = try repo.commitAll()
        let store = try repo.store()

        #expect(try await store.resolve(commitPrefix: String(commit.prefix(7))) == commit)
        #expect(try await store.resolve(commitPrefix: commit.uppercased()) == commit)
        #expect(try await store.resolve(commitPrefix: "00000000") == nil)
        #expect(try await store.resolve(commitPrefix: String(try repo.headTree().prefix(12))) == nil)
        for text in ["", "abc", "HEAD", "zzzz", commit + "0"] {
            #expect(try await store.resolve(commitPrefix: text) == nil)
        }
        try await repo.expectRefusal { try await store.revert(String(repeating: "1", count: 40)) }
    }
}
