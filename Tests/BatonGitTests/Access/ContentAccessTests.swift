// Blobs, conversion, attributes and what is ignored, by both ways to git.

import SystemPackage
import Testing

@testable import BatonGit

@Suite("Access: contents")
struct ContentAccessTests {
    private let contents: [[UInt8]] = [
        [], Array("text\n".utf8), Array("cr\r\nlf\n".utf8), [0, 1, 0xFF, 0x0A], Array(repeating: 0x61, count: 300_000),
    ]

    @Test("bytes are stored as they are, and have the name that git gives them", arguments: AccessWay.allCases)
    func blobs(way: AccessWay) throws {
        let repository = try AccessRepository()
        try repository.git("config", "core.autocrlf", "true")
        let access = try repository.access(way)
        for bytes in contents {
            let name = try access.blobID(of: bytes)
            expectError(.notFound) { _ = try access.content(of: name) }
            #expect(try access.writeBlob(bytes) == name)
            #expect(try access.content(of: name) == bytes)
            let byGit = try repository.program.run(["hash-object", "--stdin", "--no-filters"], input: bytes)
            #expect(byGit.text == name.hex)
        }
        let tree = try access.writeTree(nil, applying: [])
        expectError(.notFound) { _ = try access.content(of: tree) }
    }

    @Test("line ends are converted as settings and attributes say", arguments: AccessWay.allCases)
    func lineEnds(way: AccessWay) throws {
        let repository = try AccessRepository()
        try repository.write(".gitattributes", "*.bin -text\n*.crlf text eol=crlf\n*.id ident\n")
        let crlf = Array("a\r\nb\r\n".utf8)
        let lf = Array("a\nb\n".utf8)
        try repository.git("config", "core.autocrlf", "true")
        let access = try repository.access(way)

        #expect(try access.stored(crlf, at: "new.txt", strict: false) == lf)
        #expect(try access.checkedOut(lf, at: "new.txt") == crlf)
        #expect(try access.stored(crlf, at: "sub/x.bin", strict: false) == crlf)
        #expect(try access.checkedOut(lf, at: "sub/x.bin") == lf)
        #expect(try access.stored(crlf, at: "x.crlf", strict: false) == lf)
        #expect(try access.stored([], at: "x.crlf", strict: false) == [])
        #expect(try access.stored(Array("$Id: x $\n".utf8), at: "-x.id", strict: false) == Array("$Id$\n".utf8))
        #expect(try access.stored([0, 13, 10], at: "binary", strict: true) == [0, 13, 10])
    }

    @Test("a conversion that cannot be undone fails only if asked for strictly", arguments: AccessWay.allCases)
    func safety(way: AccessWay) throws {
        let repository = try AccessRepository()
        try repository.git("config", "core.autocrlf", "true")
        try repository.git("config", "core.safecrlf", "true")
        let mixed = Array("a\r\nb\n".utf8)
        let access = try repository.access(way)

        #expect(throws: GitError.self) { try access.stored(mixed, at: "x.txt", strict: true) }
        #expect(try access.stored(mixed, at: "x.txt", strict: false) == Array("a\nb\n".utf8))
    }

    @Test("external filters run, and one that must not fail is reported", arguments: AccessWay.allCases)
    func filters(way: AccessWay) throws {
        let repository = try AccessRepository()
        try repository.git("config", "filter.up.clean", "tr a-z A-Z")
        try repository.git("config", "filter.up.smudge", "tr A-Z a-z; echo %f")
        try repository.git("config", "filter.bad.clean", "false")
        try repository.git("config", "filter.bad.smudge", "false")
        try repository.git("config", "filter.bad.required", "true")
        try repository.git("config", "filter.lax.clean", "false")
        try repository.write(".gitattributes", "*.up filter=up\n*.bad filter=bad\n*.lax filter=lax\n")
        let bytes = Array("hello\n".utf8)
        let access = try repository.access(way)
        let odd = FilePath(gitBytes: Array("-o d'".utf8) + [0xFF] + Array(".up".utf8))

        #expect(try access.stored(bytes, at: "x.up", strict: true) == Array("HELLO\n".utf8))
        #expect(try access.stored(bytes, at: odd, strict: true) == Array("HELLO\n".utf8))
        #expect(try access.checkedOut(Array("HI\n".utf8), at: odd) == Array("hi\n".utf8) + odd.bytes + [0x0A])
        expectError(.filter) { _ = try access.stored(bytes, at: "x.bad", strict: true) }
        expectError(.filter) { _ = try access.checkedOut(bytes, at: "x.bad") }
        #expect(try access.stored(bytes, at: "x.lax", strict: true) == bytes)
    }

    @Test("encodings are converted, and text that is not in them is refused", arguments: AccessWay.allCases)
    func encodings(way: AccessWay) throws {
        let repository = try AccessRepository()
        try repository.write(".gitattributes", "*.u16 text working-tree-encoding=UTF-16LE-BOM\n")
        let access = try repository.access(way)
        let utf16: [UInt8] = [0xFF, 0xFE, 0x68, 0, 0xE9, 0, 0x0A, 0]

        #expect(try access.stored(utf16, at: "x.u16", strict: true) == Array("hé\n".utf8))
        #expect(try access.checkedOut(Array("hé\n".utf8), at: "x.u16") == utf16)
        #expect(throws: GitError.self) { try access.stored(Array("plain".utf8), at: "x.u16", strict: true) }
    }

    @Test("attributes with a text are told", arguments: AccessWay.allCases)
    func attributes(way: AccessWay) throws {
        let repository = try AccessRepository()
        try repository.write(
            ".gitattributes", "* merge=union\n*.a filter=lfs diff -text\n[attr]bin -diff -merge\n*.b bin\n")
        try repository.write("sub/.gitattributes", "*.a filter=other\nq[[:space:]]r filter=quoted\n")
        let access = try repository.access(way)

        for _ in 0..<2 {
            #expect(try access.attribute("filter", of: "x.a") == "lfs")
            #expect(try access.attribute("filter", of: "sub/x.a") == "other")
            #expect(try access.attribute("filter", of: "sub/deeper/x.a") == "other")
            #expect(try access.attribute("filter", of: "sub/q r") == "quoted")
            #expect(try access.attribute("filter", of: FilePath(gitBytes: [0x0A, 0xFF, 0x2E, 0x61])) == "lfs")
            #expect(try access.attribute("filter", of: "x.c") == nil)
            #expect(try access.attribute("diff", of: "x.a") == nil)
            #expect(try access.attribute("text", of: "x.a") == nil)
            #expect(try access.attribute("merge", of: "x.c") == "union")
            #expect(try access.attribute("merge", of: "x.b") == nil)
        }
    }
}

@Suite("Access: ignored paths")
struct IgnoreAccessTests {
    private func repository() throws -> AccessRepository {
        let repository = try AccessRepository()
        try repository.write(
            ".gitignore", "*.log\n!keep.log\nbuild/\n/top\n!build/never\nd*r/**/z\n\\#hash\nwith\\ blank\n")
        try repository.write("sub/.gitignore", "!x.log\nlocal\n/here/*\n!/here/not\n")
        try writeFile(repository.gitDirectory.appending("info/exclude"), Array("excluded\n".utf8))
        return repository
    }

    @Test("what git ignores, tracked or not, there or not", arguments: AccessWay.allCases)
    func ignored(way: AccessWay) throws {
        let repository = try repository()
        try repository.write("tracked.log", "")
        try repository.write("build/never", "")
        try repository.git("add", "-f", "tracked.log", "build/never")
        let odd = FilePath(gitBytes: [0x0A, 0x22, 0xFF] + Array(".log".utf8))
        let yes: [FilePath] = [
            "a.log", "tracked.log", "build/x", "build/never", "deep/build/x/y", "top", "sub/local", "sub/a/local",
            "excluded", "sub/excluded", "dir/a/b/z", "#hash", "with blank", "sub/y.log", "sub/here/yes", odd,
            ":(top)a.log", "*.log", "[x].log", "-v.log",
        ]
        let no: [FilePath] = [
            "keep.log", "sub/keep.log", "sub/x.log", "sub/top", "local", "a.txt", "out", "sub/here/not", "logs",
            ".gitignore",
        ]

        expectIgnored(yes, try repository.access(way).ignored(yes + no, withRules: nil))
        #expect(try repository.access(way).ignored([], withRules: nil) == [])
        #expect(try repository.access(way).ignored(no, withRules: nil) == [])
    }

    /// Says which paths are wrong.
    private func expectIgnored(
        _ expected: [FilePath], _ found: Set<FilePath>, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let wrong = found.symmetricDifference(expected).map(\.string).sorted()
        #expect(wrong == [], sourceLocation: sourceLocation)
    }

    @Test("more rules count before all others", arguments: AccessWay.allCases)
    func moreRules(way: AccessWay) throws {
        let repository = try repository()
        let rules = Array("# a comment\n*.tmp\n!a.log\nnew/\n/only\n!build/\n".utf8)
        let yes: [FilePath] = [
            "x.tmp", "sub/x.tmp", "new/x", "new/.gitignore", "only", "b.log", "excluded", "sub/here/yes",
        ]
        let no: [FilePath] = ["a.log", "sub/a.log", "sub/only", "build/x", "keep.log", ".gitignore", "sub/.gitignore"]

        expectIgnored(yes, try repository.access(way).ignored(yes + no, withRules: rules))
        // A file and a directory of the same name: one goes, the other comes.
        #expect(try repository.access(way).ignored(["q.tmp", "q.tmp/r"], withRules: rules) == ["q.tmp", "q.tmp/r"])
    }

    @Test("a path that is to replace a link is judged by its name", arguments: AccessWay.allCases)
    func behindLinks(way: AccessWay) throws {
        let repository = try repository()
        repository.link("link", to: "sub")

        let found = try repository.access(way).ignored(["link/a.log", "link/b.txt", "a.log"], withRules: nil)

        #expect(found == ["link/a.log", "a.log"])
    }
}
