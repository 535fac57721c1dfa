// Commits and history, by both ways to git.

import SystemPackage
import Testing

@testable import BatonGit

@Suite("Access: commits")
struct CommitAccessTests {
    @Test("a commit is read as it is stored", arguments: AccessWay.allCases)
    func reading(way: AccessWay) throws {
        let repository = try AccessRepository()
        let first = try repository.commitAll("one", second: 5)
        let tree = try repository.id("HEAD^{tree}")
        let access = try repository.access(way)

        #expect(
            try access.commit(first)
                == CommitData(
                    id: first, tree: tree, parents: [], message: "one\n", authorSeconds: 1_700_000_005,
                    authorOffset: 90, committerSeconds: 1_700_000_005))
        expectError(.notFound) { _ = try access.commit(tree) }
        expectError(.notFound) { _ = try access.commit(ObjectID(unchecked: String(repeating: "1", count: 40))) }
        // After what failed it still works.
        #expect(try access.commit(first).message == "one\n")
    }

    @Test(
        "odd commits: no message, bytes that are no text, a signature, a western zone, no time",
        arguments: AccessWay.allCases)
    func odd(way: AccessWay) throws {
        let repository = try AccessRepository()
        let tree = try repository.git(["mktree"])
        let people = "author A <a@b> 1700000000 -0330\ncommitter C > D <c@d> 1700000001 +0000\n"
        let bodies: [(bytes: [UInt8], message: String)] = [
            (Array("\n".utf8), ""), (Array("\n\n\nlate\n".utf8), "late\n"),
            (Array("\na".utf8) + [0xFF, 0x0A], "a\u{FFFD}\n"),
            (Array("gpgsig -----BEGIN\n tree 1\n -----END\n\nsigned\n".utf8), "signed\n"),
        ]
        for (bytes, message) in bodies {
            let content = Array("tree \(tree)\n\(people)".utf8) + bytes
            let written = try repository.program.run(
                ["hash-object", "-t", "commit", "--literally", "-w", "--stdin"], input: content)
            let commit = try repository.access(way).commit(ObjectID(unchecked: written.text))
            #expect(commit.message == message)
            #expect(commit.authorSeconds == 1_700_000_000)
            #expect(commit.authorOffset == -210)
            #expect(commit.committerSeconds == 1_700_000_001)
            #expect(commit.tree.hex == tree)
        }
    }

    @Test("a written commit is by the configured user, and has the message as it is", arguments: AccessWay.allCases)
    func writing(way: AccessWay) throws {
        let repository = try AccessRepository()
        let one = try repository.commitAll("one")
        let two = try repository.commitAll("two")
        try repository.git("config", "commit.gpgSign", "true")
        try repository.git("config", "i18n.commitEncoding", "ISO-8859-1")
        try repository.git("config", "author.name", "Somebody")
        try repository.git("config", "user.name", "Ædæ")
        let access = try repository.access(way)

        let new = NewCommit(tree: try access.commit(one).tree, parents: [two, one], message: "# é\n\n\n  body \n\n")
        let id = try access.writeCommit(new)

        let raw = try repository.git("cat-file", "-p", id.hex).split(separator: "\n", omittingEmptySubsequences: false)
        #expect(raw[0] == "tree \(new.tree.hex)")
        #expect(raw[1...2] == ["parent \(two.hex)", "parent \(one.hex)"])
        #expect(raw[3].hasPrefix("author Ædæ <ada@example.com> "))
        #expect(raw[4].hasPrefix("committer Ædæ <ada@example.com> "))
        #expect(raw[5...].joined(separator: "\n") == "\n# é\n\n\n  body \n")
        #expect(try access.commit(id).message == new.message)
        #expect(try repository.id("main") == two)
    }

    @Test("without a configured user there is no commit", arguments: AccessWay.allCases)
    func nobody(way: AccessWay) throws {
        let repository = try AccessRepository()
        let tree = try #require(ObjectID(hex: repository.git(["mktree"])))
        try repository.git("config", "user.email", "")

        #expect(throws: GitError.self) {
            try repository.access(way).writeCommit(NewCommit(tree: tree, parents: [], message: "m\n"))
        }
    }

    @Test("an abbreviated name finds a commit, and nothing else", arguments: AccessWay.allCases)
    func abbreviated(way: AccessWay) throws {
        let repository = try AccessRepository()
        let commit = try repository.commitAll()
        let tree = try repository.id("HEAD^{tree}")
        let access = try repository.access(way)

        for length in [4, 7, 39, 40] {
            #expect(try access.commit(startingWith: String(commit.hex.prefix(length))) == commit)
        }
        #expect(try access.commit(startingWith: commit.hex.prefix(8).uppercased()) == commit)
        #expect(try access.commit(startingWith: String(tree.hex.prefix(10))) == nil)
        #expect(try access.commit(startingWith: "ffff") == nil || commit.hex.hasPrefix("ffff"))
        for count in [40, 41, 64] {
            #expect(try access.commit(startingWith: String(repeating: "f", count: count)) == nil)
            if count > 40 { #expect(try access.commit(startingWith: commit.hex + tree.hex.prefix(count - 40)) == nil) }
        }
    }

    @Test("a name that two objects have is ambiguous", arguments: AccessWay.allCases)
    func ambiguous(way: AccessWay) throws {
        let repository = try AccessRepository()
        // Found by trying.
        for text in ["195\n", "389\n"] { try repository.git(["hash-object", "-w", "--stdin"], input: text) }

        expectError(.ambiguous) { _ = try repository.access(way).commit(startingWith: "6bb2") }
    }

    @Test("who is whose ancestor", arguments: AccessWay.allCases)
    func ancestors(way: AccessWay) throws {
        let repository = try AccessRepository()
        let one = try repository.commitAll("one")
        let two = try repository.commitAll("two")
        try repository.git("checkout", "-q", "-b", "side", one.hex)
        let side = try repository.commitAll("side")
        let access = try repository.access(way)

        #expect(try access.isAncestor(one, of: two))
        #expect(try access.isAncestor(two, of: two))
        #expect(try !access.isAncestor(two, of: one))
        #expect(try !access.isAncestor(side, of: two))
        let missing = ObjectID(unchecked: String(repeating: "1", count: 40))
        expectError(.notFound) { _ = try access.isAncestor(one, of: missing) }
    }

    @Test("history is walked from the newest, past merges and clocks that are wrong", arguments: AccessWay.allCases)
    func walking(way: AccessWay) throws {
        let repository = try AccessRepository()
        try repository.commitAll("root", second: 100)
        try repository.git("checkout", "-q", "-b", "side")
        for second in [110, 105, 130] { try repository.commitAll("side \(second)", second: second) }
        try repository.git("checkout", "-q", "main")
        for second in [110, 120, 50] { try repository.commitAll("main \(second)", second: second) }
        try repository.git(
            ["merge", "-q", "--no-ff", "-m", "merge", "side"],
            variables: ["GIT_COMMITTER_DATE": "1700000140 +0000"])
        let access = try repository.access(way)
        let head = try repository.id("HEAD")
        let expected = try repository.git("rev-list", "HEAD").split(separator: "\n").map(String.init)

        var walked: [String] = []
        #expect(
            try access.walk(from: head, limit: 100) {
                walked.append($0.id.hex); return true
            })
        #expect(walked == expected)
        #expect(walked.count == 8)

        for limit in [0, 1, 7] {
            var count = 0
            #expect(
                try !access.walk(from: head, limit: limit) { _ in
                    count += 1; return true
                })
            #expect(count == limit)
        }
        #expect(try access.walk(from: head, limit: 8) { _ in true })
        #expect(try !access.walk(from: head, limit: 100) { $0.id.hex != expected[6] })
        #expect(try access.walk(from: head, limit: 100) { $0.id.hex != expected[7] })
        expectError(.notFound) {
            _ = try access.walk(from: ObjectID(unchecked: String(repeating: "1", count: 40)), limit: 9) { _ in true }
        }
    }

    @Test("a long history comes in one piece", arguments: AccessWay.allCases)
    func longWalk(way: AccessWay) throws {
        let repository = try AccessRepository()
        let stream = (1...700).map { number in
            "commit refs/heads/main\ncommitter A <a@b> \(1_700_000_000 + number / 3) +0000\ndata 2\n\(number % 10)\n"
        }
        try repository.git(["fast-import", "--quiet"], input: stream.joined())
        let head = try repository.id("HEAD")

        for limit in [64, 320, 700, 1000] {
            var walked: [String] = []
            let isWhole = try repository.access(way).walk(from: head, limit: limit) {
                walked.append($0.id.hex); return true
            }
            let expected = try repository.git("rev-list", "-\(limit)", "HEAD").split(separator: "\n").map(String.init)
            #expect(walked == expected)
            #expect(isWhole == (limit >= 700))
        }
    }
}
