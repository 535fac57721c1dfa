// Settings and references, by both ways to git.

import SystemPackage
import Testing

@testable import BatonGit

@Suite("Access: settings")
struct SettingAccessTests {
    @Test("a setting is its last value; what is not set, or set to nothing, is nil", arguments: AccessWay.allCases)
    func settings(way: AccessWay) throws {
        let repository = try AccessRepository()
        for (name, value) in [("x.a", "one"), ("x.a", "two"), ("x.empty", ""), ("branch.Main.remote", "r")] {
            try repository.git("config", "--add", name, value)
        }
        let access = try repository.access(way)

        #expect(try access.setting("user.name") == "Ada")
        #expect(try access.setting("X.A") == "two")
        #expect(try access.setting("x.empty") == nil)
        #expect(try access.setting("x.none") == nil)
        #expect(try access.setting("branch.Main.remote") == "r")
        #expect(try access.setting("branch.main.remote") == nil)
    }

    @Test("a flag is true or false in all of git's spellings", arguments: AccessWay.allCases)
    func flags(way: AccessWay) throws {
        let repository = try AccessRepository()
        let text =
            "[f]\n\tyes = yes\n\ton = On\n\tone = 1\n\tk = 1k\n\tbare\n\tno = no\n\tzero = 0\n\tnothing =\n\tbad = maybe\n"
        let path = repository.gitDirectory.appending("config")
        try writeFile(path, try readFile(path) + Array(text.utf8))
        let access = try repository.access(way)

        for name in ["yes", "on", "one", "k", "bare"] {
            #expect(try access.flag("f.\(name)", fallback: false), "\(name)")
        }
        for name in ["no", "zero", "nothing"] { #expect(try !access.flag("f.\(name)", fallback: true), "\(name)") }
        #expect(try access.flag("f.none", fallback: true))
        #expect(try !access.flag("f.none", fallback: false))
        #expect(throws: GitError.self) { try access.flag("f.bad", fallback: true) }
    }
}

@Suite("Access: references")
struct ReferenceAccessTests {
    @Test("HEAD is on a branch, before and after the first commit, or detached", arguments: AccessWay.allCases)
    func head(way: AccessWay) throws {
        let repository = try AccessRepository()
        #expect(try repository.access(way).head() == HeadState(reference: "refs/heads/main", commit: nil))
        let commit = try repository.commitAll()
        #expect(try repository.access(way).head() == HeadState(reference: "refs/heads/main", commit: commit))
        try repository.git("checkout", "-q", "--detach")
        #expect(try repository.access(way).head() == HeadState(reference: "HEAD", commit: commit))
        try repository.git("pack-refs", "--all")
        #expect(try repository.access(way).reference("refs/heads/main") == commit)
        #expect(try repository.access(way).reference("refs/heads/none") == nil)
    }

    @Test("HEAD on a branch that stands for another is on that one", arguments: AccessWay.allCases)
    func alias(way: AccessWay) throws {
        let repository = try AccessRepository()
        let commit = try repository.commitAll()
        try repository.git("symbolic-ref", "refs/heads/alias", "refs/heads/main")
        try repository.git("symbolic-ref", "HEAD", "refs/heads/alias")

        #expect(try repository.access(way).head() == HeadState(reference: "refs/heads/main", commit: commit))
    }

    @Test("references are listed by any beginning of their name, sorted", arguments: AccessWay.allCases)
    func listing(way: AccessWay) throws {
        let repository = try AccessRepository()
        let commit = try repository.commitAll()
        for name in ["refs/baton/b/2", "refs/baton/b/1", "refs/baton/c", "refs/batonette", "refs/baton/b10"] {
            try repository.git("update-ref", name, commit.hex)
        }
        let access = try repository.access(way)

        let names = { (prefix: String) in try access.references(withPrefix: prefix).map(\.name) }
        #expect(try names("refs/baton/") == ["refs/baton/b/1", "refs/baton/b/2", "refs/baton/b10", "refs/baton/c"])
        #expect(try names("refs/baton/b/") == ["refs/baton/b/1", "refs/baton/b/2"])
        #expect(try names("refs/baton/b") == ["refs/baton/b/1", "refs/baton/b/2", "refs/baton/b10"])
        #expect(try names("refs/baton").count == 5)
        #expect(try names("refs/none/") == [])
        #expect(try access.references(withPrefix: "refs/baton/c").map(\.target) == [commit])
    }

    @Test("a reference is made, moved and removed only from where it is said to be", arguments: AccessWay.allCases)
    func moving(way: AccessWay) throws {
        let repository = try AccessRepository()
        let one = try repository.commitAll("one")
        let two = try repository.commitAll("two")
        let access = try repository.access(way)
        let name = "refs/baton/x"

        expectError(.modified) { try access.setReference(name, from: one, to: two, log: "l") }
        expectError(.modified) { try access.setReference(name, from: one, to: nil, log: "l") }
        try access.setReference(name, from: nil, to: nil, log: "l")
        try access.setReference(name, from: nil, to: one, log: "l")
        expectError(.modified) { try access.setReference(name, from: nil, to: two, log: "l") }
        expectError(.modified) { try access.setReference(name, from: two, to: one, log: "l") }
        expectError(.modified) { try access.setReference(name, from: nil, to: nil, log: "l") }
        #expect(try access.reference(name) == one)
        try access.setReference(name, from: one, to: two, log: "l")
        #expect(try access.reference(name) == two)
        expectError(.modified) { try access.setReference(name, from: one, to: nil, log: "l") }
        try access.setReference(name, from: two, to: nil, log: "l")
        #expect(try access.reference(name) == nil)
        try access.setReference(name, from: nil, to: two, log: "l")
        expectError(nil) { try access.setReference(name + "/below", from: nil, to: one, log: "l") }
        let missing = ObjectID(unchecked: String(repeating: "1", count: 40))
        #expect(throws: GitError.self) { try access.setReference("refs/baton/y", from: nil, to: missing, log: "l") }
        #expect(try access.reference("refs/baton/y") == nil)
    }

    @Test("a locked reference does not move", arguments: AccessWay.allCases)
    func locked(way: AccessWay) throws {
        let repository = try AccessRepository()
        let one = try repository.commitAll("one")
        let two = try repository.commitAll("two")
        try writeFile(repository.gitDirectory.appending("refs/heads/main.lock"), [])
        let access = try repository.access(way)

        expectError(.locked) { try access.setReference("refs/heads/main", from: two, to: one, log: "l") }
        #expect(try access.reference("refs/heads/main") == two)
    }

    @Test("moving the branch that HEAD stands on is logged for both", arguments: AccessWay.allCases)
    func reflog(way: AccessWay) throws {
        let repository = try AccessRepository()
        let one = try repository.commitAll("one")
        let two = try repository.commitAll("two")
        let access = try repository.access(way)

        try access.setReference("refs/heads/main", from: two, to: one, log: "baton: back\nto one")

        for name in ["HEAD", "refs/heads/main"] {
            let line = try repository.git("reflog", "-1", "--format=%H %gs %gn %ge", name)
            #expect(line == "\(one.hex) baton: back to one Ada ada@example.com")
        }
    }

    @Test("the first commit is logged, too", arguments: AccessWay.allCases)
    func unborn(way: AccessWay) throws {
        let repository = try AccessRepository()
        let tree = try #require(ObjectID(hex: repository.git(["mktree"])))
        let access = try repository.access(way)
        let commit = try access.writeCommit(NewCommit(tree: tree, parents: [], message: "first\n"))

        try access.setReference("refs/heads/main", from: nil, to: commit, log: "baton: first")

        #expect(try repository.id("HEAD") == commit)
        #expect(try repository.git("reflog", "-1", "--format=%gs", "HEAD") == "baton: first")
    }

    /// libgit2 runs no hooks.
    @Test("a hook can forbid that a reference moves")
    func hook() throws {
        let repository = try AccessRepository()
        let one = try repository.commitAll("one")
        let two = try repository.commitAll("two")
        let hook = repository.gitDirectory.appending("hooks/reference-transaction")
        try writeFile(hook, Array("#!/bin/sh\ntest \"$1\" != prepared\n".utf8), executable: true)

        expectError(.other) {
            try repository.access(.program).setReference("refs/heads/main", from: two, to: one, log: "l")
        }
        #expect(try repository.id("main") == two)
    }

    @Test("a detached HEAD moves by itself; one that came to stand on a branch does not", arguments: AccessWay.allCases)
    func detached(way: AccessWay) throws {
        let repository = try AccessRepository()
        let one = try repository.commitAll("one")
        let two = try repository.commitAll("two")
        try repository.git("checkout", "-q", "--detach")

        try repository.access(way).setReference("HEAD", from: two, to: one, log: "baton: x")

        #expect(try repository.access(way).head() == HeadState(reference: "HEAD", commit: one))
        #expect(try repository.id("main") == two)
        #expect(try repository.git("reflog", "-1", "--format=%gs", "HEAD") == "baton: x")
        try repository.git("checkout", "-q", "main")
        expectError(.modified) { try repository.access(way).setReference("HEAD", from: two, to: one, log: "baton: x") }
        #expect(try repository.id("main") == two)
    }
}

/// `body` throws a ``GitError`` of this kind; nil stands for any.
func expectError(
    _ kind: GitError.Kind?, sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Void
) {
    let error = #expect(throws: GitError.self, sourceLocation: sourceLocation) { try body() }
    if let kind, let error { #expect(error.kind == kind, "\(error)", sourceLocation: sourceLocation) }
}
