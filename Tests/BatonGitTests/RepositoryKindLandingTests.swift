// Landing and taking back in every kind of repository: the table of docs/git.md, row by row.

import BatonCore
import BatonGit
import Glibc
import SystemPackage
import Testing

@Suite("Every kind of repository")
struct RepositoryKindLandingTests {
    /// A kind of repository, made out of an ordinary one with a commit.
    struct Kind: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var options: [String] = []
        /// Part of the reason for which git itself is used; nil: libgit2 is.
        var reason: String?
        var prepare: @Sendable (TestRepository) throws -> Void = { _ in }
    }

    static let kinds = [
        Kind(testDescription: "SHA-1, plain"),
        Kind(
            testDescription: "SHA-256", options: ["--object-format=sha256"],
            reason: "git's extension 'objectformat', that is SHA-256 object names"),
        Kind(testDescription: "settings per working directory", reason: "'worktreeconfig'") {
            try $0.git("config", "core.repositoryFormatVersion", "1")
            try $0.git("config", "extensions.worktreeConfig", "true")
        },
        Kind(testDescription: "sparse checkout", reason: "'worktreeconfig'") {
            try $0.git("sparse-checkout", "set", "--cone", "in")
        },
        Kind(testDescription: "sparse checkout without cones", reason: "'worktreeconfig'") {
            try $0.git("sparse-checkout", "set", "--no-cone", "/in/", "/.gitignore")
        },
        Kind(testDescription: "sparse index", reason: "'worktreeconfig'") {
            try $0.git("sparse-checkout", "set", "--cone", "--sparse-index", "in")
        },
        Kind(testDescription: "split index", reason: "its index is split") {
            try $0.git("update-index", "--split-index")
        },
        Kind(testDescription: "untracked cache", reason: "cache of untracked files") {
            try $0.git("config", "core.untrackedCache", "true")
            try $0.git("update-index", "--force-untracked-cache")
            try $0.git("status", environment: ["GIT_OPTIONAL_LOCKS": "1"])
        },
        Kind(testDescription: "index of version 4") { try $0.git("update-index", "--index-version", "4") },
        Kind(testDescription: "detached HEAD") { try $0.git("checkout", "-q", "--detach") },
        Kind(testDescription: "a submodule beside") { repo in
            _ = try repo.program.run(["init", "-q", "module"], in: repo.root)
            try repo.git(
                "-C", "module", "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "--allow-empty", "-m", "x")
            try repo.git("add", "module")
            try repo.git("commit", "-q", "-m", "a submodule")
        },
        Kind(testDescription: "line ends by autocrlf") { try $0.git("config", "core.autocrlf", "input") },
        Kind(testDescription: "a filter, as LFS has one") { repo in
            try repo.git("config", "filter.up.clean", "tr a-z A-Z")
            try repo.git("config", "filter.up.smudge", "tr A-Z a-z")
            try repo.git("config", "filter.up.required", "true")
            try repo.write(".gitattributes", "in/* filter=up\n")
            try repo.git("add", "--renormalize", ".")
            try repo.commitAll("a filter")
        },
        Kind(testDescription: "an encoding") { repo in
            try repo.write(".gitattributes", "in/utf16 working-tree-encoding=UTF-16LE\n")
            try repo.commitAll("an encoding")
        },
    ]

    @Test("a step lands, is reverted, and both are undone, and git agrees each time", arguments: kinds)
    func landAndTakeBack(kind: Kind) async throws {
        let repo = try TestRepository(options: kind.options)
        try repo.write(".gitignore", "*.log\n")
        try repo.write("in/a", "one\ntwo\nthree\n")
        try repo.write("in/gone", "x\n")
        try repo.write("out/b", "1\n")
        try repo.commitAll()
        try kind.prepare(repo)
        let (start, store) = (try repo.headTree(), try repo.store())
        try repo.write("in/untracked", "mine\n")

        let landing = try await store.land(
            try repo.delta([.write("in/a", "one\nzwei\nthree\n"), .write("in/new", "n\n"), .remove("in/gone")]),
            startedFrom: try repo.headCommit(), message: CommitMessage(subject: "s"))
        let commit = try #require(landing.commit)
        try expectSame(repo, "?? in/untracked")
        let landed = try repo.headTree()
        _ = try await store.revert(commit)
        try expectSame(repo, "?? in/untracked")
        let reverted = try repo.headTree()
        _ = try await store.undo()
        let again = try repo.headTree()
        _ = try await store.undo()

        #expect(reverted == start && again == landed && landed != start)
        #expect(try repo.headTree() == start)
        #expect(try repo.read("in/a") == "one\ntwo\nthree\n")
        #expect(try repo.read("in/gone") == "x\n")
        #expect(!repo.exists("in/new"))
        try expectSame(repo, "?? in/untracked")
        let fsck = try repo.program.run(["fsck", "--strict", "--no-dangling"], in: repo.root)
        #expect(fsck.status == 0, "\(fsck.errors)")
        if getenv("BATON_TEST_GIT") == nil {
            let reason = try await store.reasonForProgram()
            #expect(kind.reason.map { reason?.contains($0) == true } ?? (reason == nil), "\(reason ?? "libgit2")")
        }
    }

    private func expectSame(_ repo: TestRepository, _ status: String) throws {
        #expect(try repo.git("status", "--porcelain", "-uall") == status)
        #expect(try repo.git("diff", "--cached", "--name-only") == "")
    }

    @Test("a partial clone fetches what it needs, as git does")
    func partialClone() async throws {
        let origin = try TestRepository()
        try origin.git("config", "uploadpack.allowFilter", "true")
        for number in 1...3 {
            try origin.write("a", (1...10).map { "\($0 == 5 ? number * 100 : $0)\n" }.joined())
            try origin.commitAll()
        }
        let clone = origin.base.appending("clone")
        try origin.git("clone", "-q", "--filter=blob:none", "file://\(origin.root.string)", clone.string)
        for (name, value) in [("user.name", "Ada"), ("user.email", "ada@example.com")] {
            _ = try origin.program.run(["config", name, value], in: clone)
        }
        let store = try GitStore(
            containing: clone, environment: origin.program.environment, patience: LockPatience(pauses: []))
        let old = try origin.git("rev-parse", "HEAD^")

        _ = try await store.restore(RevertTarget(commit: old, step: nil), title: "restore", overUsersCommits: true)

        #expect(try String(decoding: readBytes(clone.appending("a")), as: UTF8.self).contains("200\n"))
        #expect(try origin.program.run(["status", "--porcelain"], in: clone).text == "")
        #expect(try await store.reasonForProgram() == "it is a partial clone")
        _ = try await store.undo()
        #expect(try String(decoding: readBytes(clone.appending("a")), as: UTF8.self).contains("300\n"))
    }
}
