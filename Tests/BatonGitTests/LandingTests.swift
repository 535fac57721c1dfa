// Landing steps into a clean working directory.

import BatonCore
import BatonGit
import Glibc
import SystemPackage
import Testing

@Suite("Landing a step")
struct LandingTests {
    @Test("the first step of an empty repository makes its first commit")
    func unborn() async throws {
        let repo = try TestRepository()

        let landing = try await repo.land([.write("README.md", "hello\n"), .write("src/a/b.txt", "one\ntwo\n")])

        #expect(try landing.commit == repo.headCommit())
        #expect(try repo.git("rev-list", "--count", "HEAD") == "1")
        #expect(try repo.git("symbolic-ref", "HEAD") == "refs/heads/main")
        #expect(
            landing.files == [
                FileStat("README.md", .added, addedLines: 1),
                FileStat("src/a/b.txt", .added, addedLines: 2),
            ]
        )
        #expect(try repo.read("src/a/b.txt") == "one\ntwo\n")
        try repo.expectClean()
    }

    @Test("files are added, changed and removed, and the commit has exactly that")
    func addModifyRemove() async throws {
        let repo = try TestRepository()
        try repo.write("keep", "k\n")
        try repo.write("change", "1\n2\n3\n")
        try repo.write("gone/deep/file", "x\n")
        try repo.commitAll()

        let landing = try await repo.land([
            .write("new", "n\n"), .write("change", "1\nzwei\n3\n4\n"), .remove("gone/deep/file"),
        ])

        #expect(
            landing.files == [
                FileStat("change", .modified, addedLines: 2, removedLines: 1),
                FileStat("gone/deep/file", .removed, removedLines: 1),
                FileStat("new", .added, addedLines: 1),
            ]
        )
        #expect(
            try repo.git("diff-tree", "-r", "--name-status", "HEAD^", "HEAD") == "M\tchange\nD\tgone/deep/file\nA\tnew")
        #expect(try repo.read("change") == "1\nzwei\n3\n4\n")
        #expect(!repo.exists("gone"))
        try repo.expectClean()
    }

    @Test("author, committer, message and reflog are those of an ordinary commit")
    func metadata() async throws {
        let repo = try TestRepository()
        try repo.commitAll("start")

        try await repo.land(
            [.write("a", "a\n")], "write a", trailers: [Trailer("Baton-Run", "0123abcd"), Trailer("Baton-Step", "1 a")]
        )

        #expect(
            try repo.git("log", "-1", "--format=%an <%ae>|%cn <%ce>") == "Ada <ada@example.com>|Ada <ada@example.com>")
        #expect(
            try repo.git("cat-file", "commit", "HEAD").components(after: "\n\n")
                == "write a\n\nBaton-Run: 0123abcd\nBaton-Step: 1 a"
        )
        #expect(try repo.git("log", "-1", "--format=%(trailers:key=Baton-Step,valueonly)") == "1 a\n")
        #expect(try repo.git("reflog", "-1", "--format=%gs", "HEAD") == "baton: land step 'draft' of run 0123abcd")
        #expect(try repo.git("reflog", "-1", "--format=%gs", "main") == "baton: land step 'draft' of run 0123abcd")
    }

    @Test("the executable bit is kept, set and cleared")
    func executable() async throws {
        let repo = try TestRepository()
        try repo.write("set", "a\n")
        try repo.write("cleared", "b\n", executable: true)
        try repo.commitAll()

        try await repo.land([
            .write("set", "a\n", executable: true), .write("cleared", "b\n"), .write("new", "c\n", executable: true),
        ])

        #expect(
            try repo.git("ls-tree", "--format=%(objectmode) %(path)", "HEAD")
                == "100644 cleared\n100755 new\n100755 set"
        )
        #expect(repo.permissions("set") & 0o111 != 0)
        #expect(repo.permissions("cleared") & 0o111 == 0)
        try repo.expectClean()
    }

    @Test("links are written as links, replaced by files, and replace files")
    func links() async throws {
        let repo = try TestRepository()
        try repo.write("file", "f\n")
        repo.link("link", to: "file")
        try repo.commitAll()

        try await repo.land([
            .link("new", to: "does/not/exist"), .link("file", to: "link"), .write("link", "now a file\n"),
        ])

        #expect(
            try repo.git("ls-tree", "--format=%(objectmode) %(path)", "HEAD") == "120000 file\n100644 link\n120000 new"
        )
        #expect(try repo.git("cat-file", "blob", "HEAD:new") == "does/not/exist")
        #expect(try repo.read("link") == "now a file\n")
        try repo.expectClean()
    }

    @Test("a file becomes a directory, and a directory becomes a file")
    func fileAndDirectory() async throws {
        let repo = try TestRepository()
        try repo.write("a", "file\n")
        try repo.write("b/x", "x\n")
        try repo.write("b/y/z", "z\n")
        try repo.commitAll()

        try await repo.land([
            .remove("a"), .write("a/inside/deep", "d\n"),
            .remove("b/x"), .remove("b/y/z"), .write("b", "file\n"),
        ])

        #expect(try repo.read("a/inside/deep") == "d\n")
        #expect(try repo.read("b") == "file\n")
        try repo.expectClean()
    }

    @Test("a file moves within its directory, which stays the same directory")
    func moveKeepsDirectory() async throws {
        let repo = try TestRepository()
        try repo.write("private/old", "x\n")
        try repo.commitAll()
        chmod(repo.root.appending("private").string, 0o700)

        try await repo.land([.remove("private/old"), .write("private/new", "x\n")])

        #expect(repo.permissions("private") == 0o700)
        try repo.expectClean()
    }

    @Test("everything can be removed")
    func removeAll() async throws {
        let repo = try TestRepository()
        try repo.write("a", "a\n")
        try repo.write("b/c", "c\n")
        try repo.commitAll()

        let landing = try await repo.land([.remove("a"), .remove("b/c")])

        #expect(landing.commit != nil)
        #expect(try repo.headTree() == "4b825dc642cb6eb9a060e54bf8d69288fbee4904")
        try repo.expectClean()
    }

    @Test(
        "any name that a file can have is landed and removed again",
        arguments: [
            "with space", "quote'\"", "new\nline", "tab\there", "ünïcödé/日本語", "-n", "a*b?[c]", "back\\slash", ":x",
            "..c",
            "dir.with.dots/.hidden",
        ]
    )
    func names(name: String) async throws {
        let repo = try TestRepository()
        let path = FilePath(name)

        try await repo.land([.write(path, "content\n")])
        #expect(try repo.git("ls-tree", "-r", "-z", "--name-only", "HEAD") == name + "\0")
        try repo.expectClean()
        try await repo.land([.remove(path)])

        #expect(!repo.exists(path))
        try repo.expectClean()
    }

    @Test("names that are not UTF-8 keep their bytes")
    func rawNames() async throws {
        let repo = try TestRepository()
        let bytes: [CChar] = [0x61, -1, 0x2F, -2, 0x62, 0]
        let path = bytes.withUnsafeBufferPointer { FilePath(platformString: Array($0)) }

        let landing = try await repo.land([.write(path, "content\n")])

        let listing = try repo.program.run(["ls-tree", "-r", "-z", "--name-only", "HEAD"], in: repo.root)
        #expect(listing.output == [0x61, 0xFF, 0x2F, 0xFE, 0x62, 0])
        #expect(landing.files.map(\.path) == [path])
        #expect(repo.exists(path))
        try repo.expectClean()
    }

    @Test("binary and empty files are counted as what they are")
    func stats() async throws {
        let repo = try TestRepository()

        let landing = try await repo.land([
            .bytes("bin", [0, 1, 2, 255]), .bytes("empty", []), .write("text", "no end"),
        ])

        #expect(
            landing.files == [
                FileStat("bin", .added, isBinary: true),
                FileStat("empty", .added),
                FileStat("text", .added, addedLines: 1),
            ]
        )
        try repo.expectClean()
    }

    @Test("a step that changed nothing makes no commit")
    func nothing() async throws {
        let repo = try TestRepository()
        try repo.write("a", "a\n")
        try repo.commitAll()
        let before = try repo.state()

        let empty = try await repo.land([])
        let same = try await repo.land([.write("a", "a\n"), .remove("never-there")])

        for landing in [empty, same] { #expect(landing.operation == nil && landing.commit == nil) }
        #expect(try repo.state() == before)
    }

    @Test("a thousand files land at once")
    func many() async throws {
        let repo = try TestRepository()

        let landing = try await repo.land((0..<1000).map { .write(FilePath("d\($0 % 10)/f\($0)"), "\($0)\n") })

        #expect(landing.files.count == 1000)
        try repo.expectClean()
    }

    @Test("steps land one after the other when many are handed over at once")
    func parallel() async throws {
        let repo = try TestRepository()
        let store = try repo.store()
        let deltas = try (0..<20).map { try repo.delta([.write(FilePath("f\($0)"), "\($0)\n")]) }

        try await withThrowingTaskGroup { group in
            for (number, delta) in deltas.enumerated() {
                group.addTask {
                    _ = try await store.land(delta, startedFrom: nil, message: CommitMessage(subject: "step \(number)"))
                }
            }
            try await group.waitForAll()
        }

        #expect(try repo.git("rev-list", "--count", "HEAD") == "20")
        #expect(try repo.git("log", "--format=", "--name-only").split(separator: "\n").count == 20)
        try repo.expectClean()
    }

    @Test("no temporary file and no lock is left behind")
    func tidy() async throws {
        let repo = try TestRepository()
        try await repo.land([.write("a", "a\n")])

        #expect(try repo.git("ls-files", "--others") == "")
        #expect(!repo.exists(".git/index.lock"))
    }
}

extension String {
    /// What follows the first occurrence of `separator`.
    func components(after separator: String) -> String {
        firstRange(of: separator).map { String(self[$0.upperBound...]) } ?? ""
    }
}
