// States of a repository in which nothing can land.

import BatonCore
import BatonGit
import Glibc
import SystemPackage
import Testing

@Suite("Refusing to land")
struct RefusalTests {
    /// Asks before and while landing; both must say the same.
    private func refusal(in repo: TestRepository) async throws -> BatonError {
        let store = try repo.store()
        let asked = try #require(await #expect(throws: BatonError.self) { try await store.checkCanLand() })
        let landed = try await repo.expectRefusal { try await repo.land([.write("new", "x\n")]) }
        #expect(asked.message == landed.message)
        #expect(asked.hints == landed.hints)
        return asked
    }

    @Test("an ordinary repository is fine")
    func fine() async throws {
        let repo = try TestRepository()
        try await repo.store().checkCanLand()
        try repo.commitAll()
        try await repo.store().checkCanLand()
    }

    @Test("an unknown user is asked for the name and the address that are missing")
    func identity() async throws {
        let repo = try TestRepository()
        try repo.commitAll()
        try repo.git("config", "user.email", "")

        let one = try await refusal(in: repo)
        try repo.git("config", "user.name", "")
        let two = try await refusal(in: repo)

        #expect(one.message == "git does not know who you are: 'user.email' is not set")
        #expect(one.hints == ["Run: git config --global user.email you@example.com"])
        #expect(two.message == "git does not know who you are: 'user.name' and 'user.email' are not set")
        #expect(two.hints.first == "Run: git config --global user.name 'Your Name'")
    }

    @Test("a merge, a cherry-pick, a revert and a rebase in progress are named")
    func inProgress() async throws {
        let repo = try TestRepository()
        try repo.write("f", "1\n")
        try repo.commitAll()
        try repo.git("switch", "-q", "-c", "other")
        try repo.write("f", "2\n")
        try repo.commitAll()
        try repo.git("switch", "-q", "main")
        try repo.write("f", "3\n")
        try repo.commitAll()

        for (command, name) in [
            (["merge", "other"], "a merge"), (["cherry-pick", "other"], "a cherry-pick"),
            (["rebase", "other"], "a rebase"),
            (["revert", "--no-edit", "HEAD^"], "a revert"),
        ] {
            #expect(try repo.program.run(command, in: repo.root).status != 0)
            let error = try await refusal(in: repo)
            #expect(error.message == "\(name) is in progress in this repository")
            #expect(error.hints.first?.contains("'git \(command[0]) --abort'") == true)
            try repo.git(command[0], "--abort")
        }
    }

    @Test("a branch that another working directory has too is not moved")
    func branchElsewhere() async throws {
        let repo = try TestRepository()
        try repo.commitAll()
        let other = repo.base.appending("other")
        try repo.git("worktree", "add", "-q", "--force", other.string, "main")

        let error = try await refusal(in: repo)
        #expect(error.message.hasPrefix("branch 'main' is checked out in another working directory too"))
        let inOther = try GitStore(containing: other, environment: repo.program.environment)
        await #expect(throws: BatonError.self) { try await inOther.checkCanLand() }

        #expect(try repo.program.run(["switch", "-q", "-c", "mine"], in: other).status == 0)
        try await repo.store().checkCanLand()
    }

    @Test("where libgit2 is asked for, a split and a sparse index are refused with the command that ends them")
    func indexFormats() async throws {
        let repo = try TestRepository()
        try repo.git("config", "baton.git", "libgit2")
        try repo.write("a/b", "x\n")
        try repo.write("c/d", "x\n")
        try repo.commitAll()

        try repo.git("update-index", "--split-index")
        let split = try await refusal(in: repo)
        try repo.git("update-index", "--no-split-index")
        try repo.git("sparse-checkout", "set", "--cone", "--sparse-index", "a")
        try repo.git("config", "--unset", "extensions.worktreeConfig")
        try repo.git("config", "core.repositoryFormatVersion", "0")
        let sparse = try await refusal(in: repo)

        #expect(split.message == "the repository uses a split index, which Baton does not support yet")
        #expect(split.hints == ["Switch it off: git update-index --no-split-index"])
        #expect(sparse.message == "the repository uses a sparse index, which Baton does not support yet")
        #expect(sparse.hints == ["Switch it off: git sparse-checkout reapply --no-sparse-index"])
    }

    @Test("paths that cannot be meant are a defect")
    func impossiblePaths() async throws {
        let repo = try TestRepository()
        try repo.commitAll()

        for path: FilePath in [".git/config", ".GIT/hooks/x", "../outside", "a/../../b", "/etc/passwd", "./a", ""] {
            let error = try await repo.expectRefusal { try await repo.land([.write(path, "x\n")]) }
            #expect(error.code == .internalError, "\(path)")
        }
    }

    @Test("a repository inside this one, and a submodule, are left alone")
    func nested() async throws {
        let repo = try TestRepository()
        try repo.commitAll()
        #expect(try repo.program.run(["init", "-q", "inner"], in: repo.root).status == 0)

        let file = try await repo.expectRefusal { try await repo.land([.write("inner/x", "x\n")]) }
        let config = try await repo.expectRefusal { try await repo.land([.write("inner/.git/config", "x\n")]) }
        try repo.git(
            "-C", "inner", "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "--allow-empty", "-m", "x")
        try repo.git("add", "inner")
        try repo.git("commit", "-q", "-m", "a submodule")
        let submodule = try await repo.expectRefusal { try await repo.land([.remove("inner")]) }

        #expect(file.message == "'inner/x' belongs to 'inner', which is a repository of its own")
        #expect(config.code == .unsupported)
        #expect(submodule.message == "'inner' is a submodule, and this step changes it")
    }

    @Test("nothing is written through a link, wherever it leads")
    func linkedParent() async throws {
        let repo = try TestRepository()
        makeDirectories(repo.base.appending("outside"))
        repo.link("tracked", to: "../outside")
        try repo.write("real/x", "x\n")
        try repo.commitAll()
        repo.link("untracked", to: "../outside")
        repo.remove("real/x")
        repo.remove("real")
        repo.link("real", to: "../outside")

        let untracked = try await repo.expectRefusal { try await repo.land([.write("untracked/f", "x\n")]) }
        try await repo.expectRefusal { try await repo.land([.write("tracked/f", "x\n")]) }
        try await repo.expectRefusal { try await repo.land([.write("real/x", "2\n")]) }
        let unseen = try await repo.land([.remove("real/x")])

        #expect(
            untracked.message == "'untracked/f' cannot be written, because 'untracked' is a symbolic link of yours"
        )
        #expect(unseen.operation == nil, "a step cannot remove what was not there for it")
        #expect(access(repo.base.appending("outside/f").string, F_OK) != 0)
    }

    @Test("a link that the step replaces by a directory is written into, not through")
    func replacedLink() async throws {
        let repo = try TestRepository()
        makeDirectories(repo.base.appending("outside"))
        repo.link("d", to: "../outside")
        try repo.commitAll()

        try await repo.land([.remove("d"), .write("d/f", "x\n")])

        #expect(try repo.read("d/f") == "x\n")
        #expect(access(repo.base.appending("outside/f").string, F_OK) != 0)
        try repo.expectClean()
    }

    @Test("a file whose filter nobody has set up is refused: git would keep it unconverted")
    func missingFilter() async throws {
        let repo = try TestRepository()
        try repo.write(".gitattributes", "*.bin filter=lfs\n*.md -filter\n")
        try repo.commitAll()

        let filter = try await repo.expectRefusal { try await repo.land([.write("a.bin", "x")]) }
        let fine = try await repo.land([.write("a.md", "x")])

        #expect(filter.code == .unsupported)
        #expect(filter.message == "'a.bin' goes through git's filter 'lfs', which is not set up here")
        #expect(filter.hints == ["Nothing was changed. Set it up with 'git lfs install'."])
        #expect(fine.commit != nil)
    }

    @Test("content that is gone, or no regular file, changes nothing")
    func badContent() async throws {
        let repo = try TestRepository()
        try repo.commitAll()
        let store = try repo.store()

        for content: FilePath in [repo.base.appending("not-there"), repo.base, "/dev/null"] {
            let error = try await repo.expectRefusal {
                try await store.land(
                    Delta([FileChange("a", .file(content: content, executable: false))]),
                    startedFrom: try repo.headCommit(),
                    message: CommitMessage(subject: "s")
                )
            }
            #expect(error.message == "cannot read 'a'")
        }
    }

    @Test("a file above the limit is refused")
    func largeFile() async throws {
        let repo = try TestRepository()
        try repo.commitAll()
        let large = repo.base.appending("large")
        try writeBytes([], to: large)
        #expect(truncate(large.string, (100 << 20) + 1) == 0)
        let store = try repo.store()

        let error = try await repo.expectRefusal {
            try await store.land(
                Delta([FileChange("large", .file(content: large, executable: false))]),
                startedFrom: try repo.headCommit(),
                message: CommitMessage(subject: "s")
            )
        }

        #expect(error.message == "'large' is larger than 100 MiB, the most that Baton commits")
    }
}
