// Line ends, ignored files, and file systems without an executable bit.

import BatonCore
import BatonGit
import Glibc
import SystemPackage
import Testing

@Suite("Conversions and ignored files")
struct ConversionTests {
    @Test("with autocrlf, files are written as the step left them and kept with plain line ends")
    func autocrlf() async throws {
        let repo = try TestRepository()
        try repo.git("config", "core.autocrlf", "true")
        try repo.write("old", "1\r\n2\r\n")
        try repo.commitAll()
        #expect(try repo.git("cat-file", "blob", "HEAD:old") == "1\n2")

        try await repo.land([.write("old", "1\r\n2\r\n3\r\n"), .write("new", "a\r\nb\r\n")])

        #expect(try repo.read("old") == "1\r\n2\r\n3\r\n")
        #expect(try repo.program.run(["cat-file", "blob", "HEAD:new"], in: repo.root).output == Array("a\nb\n".utf8))
        try repo.expectClean()
    }

    @Test("a revert writes files with the line ends that git would")
    func autocrlfRevert() async throws {
        let repo = try TestRepository()
        try repo.write(".gitattributes", "* text eol=crlf\n")
        try repo.write("f", "1\r\n")
        try repo.commitAll()
        let landing = try await repo.land([.write("f", "1\r\n2\r\n")])

        _ = try await repo.store().revert(try #require(landing.commit))

        #expect(try repo.read("f") == "1\r\n")
        try repo.expectClean()
    }

    @Test("ignored files are neither written nor committed, and reported")
    func ignored() async throws {
        let repo = try TestRepository()
        try repo.write(".gitignore", "*.log\nbuild/\n!keep.log\n")
        try repo.write("tracked.log", "1\n")
        try repo.commitAll()
        try repo.git("add", "-f", "tracked.log")
        try repo.git("commit", "-q", "-m", "tracked all the same")
        try repo.write("mine.log", "mine\n")

        let landing = try await repo.land([
            .write("a.log", "x\n"), .write("build/out/x", "x\n"), .write("mine.log", "step\n"),
            .write("keep.log", "k\n"),
            .write("tracked.log", "2\n"),
        ])
        let nothing = try await repo.land([.write("b.log", "x\n"), .remove("mine.log")])

        #expect(landing.ignored == ["a.log", "build/out/x", "mine.log"])
        #expect(landing.files.map(\.path) == ["keep.log", "tracked.log"])
        #expect(!repo.exists("a.log") && !repo.exists("build"))
        #expect(try repo.read("mine.log") == "mine\n")
        #expect(nothing.operation == nil && nothing.commit == nil && nothing.files.isEmpty)
        #expect(nothing.ignored == ["b.log", "mine.log"])
    }

    @Test("what a step's own .gitignore ignores is left out at once")
    func newIgnoreRules() async throws {
        let repo = try TestRepository()

        let landing = try await repo.land([
            .write(".gitignore", "node_modules/\n*.o\n"), .write("node_modules/m/index.js", "x\n"),
            .write("a.o", "x\n"),
            .write("a.c", "x\n"),
        ])

        #expect(landing.ignored == ["a.o", "node_modules/m/index.js"])
        #expect(landing.files.map(\.path) == [".gitignore", "a.c"])
        try repo.expectClean()
    }

    @Test("a filter that comes with the files it is for is refused; one that was there is not")
    func newFilter() async throws {
        let repo = try TestRepository()
        try repo.write("sub/.gitattributes", "*.old filter=lfs\n")
        try repo.commitAll()

        let error = try await repo.expectRefusal {
            try await repo.land([.write(".gitattributes", "*.bin filter=lfs diff=lfs\n"), .write("a.bin", "x")])
        }
        let fine = try await repo.land([.write("sub/.gitattributes", "*.old filter=lfs\n*.md text\n")])

        #expect(error.code == .unsupported)
        #expect(
            error.message
                == "'.gitattributes' sets up a filter that this step's files have not gone through: "
                + "*.bin filter=lfs diff=lfs"
        )
        #expect(fine.commit != nil)
    }

    @Test("a file outside of a sparse checkout is refused, the others land")
    func sparse() async throws {
        let repo = try TestRepository()
        try repo.write("in/a", "1\n")
        try repo.write("out/b", "1\n")
        try repo.commitAll()
        // As 'git sparse-checkout' does it, without the format extension that libgit2 does not know.
        try repo.git("config", "core.sparseCheckout", "true")
        try repo.write(".git/info/sparse-checkout", "/in/\n")
        try repo.git("read-tree", "-mu", "HEAD")

        let error = try await repo.expectRefusal { try await repo.land([.write("out/b", "2\n")]) }
        try await repo.land([.write("in/a", "2\n")])

        #expect(error.message == "'out/b' is outside of this sparse checkout, and this step changes it")
        #expect(try repo.git("status", "--porcelain") == "")
        #expect(try repo.git("ls-files", "-t") == "H in/a\nS out/b")
    }

    @Test("where the executable bit means nothing, files keep the one they have in git")
    func noFileMode() async throws {
        let repo = try TestRepository()
        try repo.write("script", "1\n", executable: true)
        try repo.commitAll()
        try repo.git("config", "core.fileMode", "false")
        chmod(repo.root.appending("script").string, 0o644)

        try await repo.land([.write("script", "2\n")])

        #expect(try repo.git("ls-tree", "--format=%(objectmode)", "HEAD", "script") == "100755")
        #expect(try repo.git("status", "--porcelain") == "")
    }
}
