// Finding repositories: ordinary, linked, detached, foreign, and none.

import BatonCore
import BatonGit
import Glibc
import SystemPackage
import Testing

@Suite("Finding the repository")
struct PlacesTests {
    @Test("a repository is found from any directory in it, and links are resolved")
    func found() async throws {
        let repo = try TestRepository()
        try repo.write("a/b/c", "x\n")
        let link = repo.base.appending("link")
        #expect(symlink(repo.root.string, link.string) == 0)

        let store = try GitStore(containing: link.appending("a/b"), environment: repo.program.environment)

        #expect(store.root == repo.root)
        #expect(store.gitDirectory == repo.root.appending(".git"))
        #expect(store.commonDirectory == store.gitDirectory)
        #expect(try await store.head() == Head(commit: nil, branch: "main"))
    }

    @Test("a detached HEAD moves, and no branch does")
    func detached() async throws {
        let repo = try TestRepository()
        let start = try repo.commitAll()
        try repo.git("checkout", "-q", "--detach")

        let landing = try await repo.land([.write("a", "a\n")], "detached")

        #expect(try await repo.store().head() == Head(commit: landing.commit, branch: nil))
        #expect(try repo.git("rev-parse", "main") == start)
        #expect(try repo.git("reflog", "-1", "--format=%gs", "HEAD") == "baton: land step 'draft' of run 0123abcd")
        try repo.expectClean()
    }

    @Test("a linked working directory has its own branch, index and files")
    func linked() async throws {
        let repo = try TestRepository()
        try repo.write("f", "1\n")
        let start = try repo.commitAll()
        let other = repo.base.appending("other")
        try repo.git("worktree", "add", "-q", "-b", "side/branch", other.string)
        let store = try GitStore(containing: other, environment: repo.program.environment)

        let landing = try await store.land(
            try repo.delta([.write("f", "2\n")]), startedFrom: start, message: CommitMessage(subject: "s")
        )

        #expect(store.root == other)
        #expect(store.commonDirectory == repo.root.appending(".git"))
        #expect(store.gitDirectory == repo.root.appending(".git/worktrees/other"))
        #expect(try await store.head() == Head(commit: landing.commit, branch: "side/branch"))
        #expect(try repo.headCommit() == start)
        #expect(try repo.program.run(["status", "--porcelain"], in: other).text == "")
        #expect(try readBytes(other.appending("f")) == Array("2\n".utf8))
        try repo.expectClean()
    }

    @Test("a packed branch and packed objects do not matter")
    func packed() async throws {
        let repo = try TestRepository()
        try repo.write("f", "1\n")
        try repo.commitAll()
        try repo.git("gc", "-q")

        try await repo.land([.write("f", "2\n")])

        try repo.expectClean()
    }

    @Test("no repository and a bare one say so")
    func refused() throws {
        let repo = try TestRepository()
        let empty = repo.base.appending("empty")
        makeDirectories(empty)
        #expect(try repo.program.run(["init", "-q", "--bare", "bare"], in: repo.base).status == 0)

        let none = #expect(throws: BatonError.self) {
            try GitStore(containing: empty, environment: repo.program.environment)
        }
        let bare = #expect(throws: BatonError.self) {
            try GitStore(containing: repo.base.appending("bare"), environment: repo.program.environment)
        }

        #expect(none?.code == .notFound)
        #expect(none?.message == "'\(empty.string)' is not in a git repository")
        #expect(
            none?.hints
                == ["Baton keeps every step as a commit. Make a repository with 'git init', then run again."]
        )
        #expect(bare?.message == "'\(repo.base.string)/bare' is in a bare repository, which has no files to work on")
    }

    @Test(
        "a repository of another user is refused with the command that allows it",
        .enabled(if: geteuid() == 0 && getenv("SUDO_UID") == nil, "only root can give a directory away")
    )
    func foreignOwner() throws {
        let repo = try TestRepository("it's mine")
        for path in [repo.root, repo.root.appending(".git")] { chown(path.string, 12345, 12345) }

        let error = #expect(throws: BatonError.self) {
            try GitStore(containing: repo.root, environment: repo.program.environment)
        }

        #expect(error?.message == "the repository '\(repo.root.string)' belongs to another user")
        #expect(
            error?.hints == [
                "If you trust it, run: git config --global --add safe.directory '\(repo.base.string)/it'\\''s mine'"
            ]
        )
    }
}
