// What the user has not committed stays as it is, and stands in the way where it must.

import BatonCore
import BatonGit
import Glibc
import SystemPackage
import Testing

@Suite("The user's own work")
struct UserWorkTests {
    @Test("staged, edited, removed and untracked files elsewhere are not touched")
    func untouched() async throws {
        let repo = try TestRepository()
        for name in ["staged", "both", "edited", "deleted", "target"] { try repo.write(FilePath(name), "1\n") }
        try repo.commitAll()
        try repo.write("staged", "2\n")
        try repo.write("both", "2\n")
        try repo.write("new", "new\n")
        try repo.git("add", "staged", "both", "new")
        try repo.write("both", "3\n")
        try repo.write("edited", "2\n")
        repo.remove("deleted")
        try repo.write("untracked", "u\n")
        try repo.git("add", "-N", "untracked")
        try repo.write("dir/untracked", "u\n")

        try await repo.land([.write("target", "2\n"), .write("dir/added", "x\n")])

        #expect(
            try repo.git("status", "--porcelain", "-uall").split(separator: "\n")
                == ["MM both", " D deleted", " M edited", "A  new", "M  staged", " A untracked", "?? dir/untracked"]
        )
        #expect(try repo.git("show", ":both") == "2")
        #expect(try repo.read("both") == "3\n")
        #expect(try repo.read("dir/untracked") == "u\n")
        #expect(try repo.git("diff-tree", "-r", "--name-only", "HEAD^", "HEAD") == "dir/added\ntarget")
    }

    /// A way in which a path is not clean, and what stands in the way of a step that writes it, or removes it.
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var writing: Reason
        /// Nil: the step does not see the file, and so cannot remove it.
        var removing: Reason?
        var prepare: @Sendable (TestRepository) throws -> Void

        enum Reason: String {
            case uncommitted =
                "'f' has changes of yours that are not committed; this step would overwrite it"
            case staged = "'f' has staged changes of yours that this step cannot keep"
        }
    }

    static let cases = [
        Case(testDescription: "edited", writing: .uncommitted, removing: .uncommitted) { try $0.write("f", "mine\n") },
        Case(testDescription: "staged", writing: .uncommitted, removing: .uncommitted) {
            try $0.write("f", "mine\n")
            try $0.git("add", "f")
        },
        Case(testDescription: "staged, then brought back", writing: .staged, removing: .staged) {
            try $0.write("f", "mine\n")
            try $0.git("add", "f")
            try $0.write("f", "1\n")
        },
        Case(testDescription: "removed", writing: .uncommitted) { $0.remove("f") },
        Case(testDescription: "removed and staged", writing: .uncommitted) { try $0.git("rm", "-q", "f") },
        Case(testDescription: "removed from the index only", writing: .staged) {
            try $0.git("rm", "-q", "--cached", "f")
        },
        Case(testDescription: "turned into a link", writing: .uncommitted, removing: .uncommitted) {
            $0.remove("f")
            $0.link("f", to: "elsewhere")
        },
        Case(testDescription: "turned into a directory", writing: .uncommitted) {
            $0.remove("f")
            try $0.write("f/inside", "mine\n")
        },
        Case(
            testDescription: "edited with the same size in the same second", writing: .uncommitted,
            removing: .uncommitted
        ) { try $0.write("f", "2\n") },
        Case(testDescription: "edited, and told git to overlook it", writing: .uncommitted, removing: .uncommitted) {
            try $0.git("update-index", "--assume-unchanged", "f")
            try $0.write("f", "mine\n")
        },
    ]

    @Test("a change that overlaps what is not committed is refused", arguments: cases, [true, false])
    func refused(example: Case, removing: Bool) async throws {
        guard let reason = removing ? example.removing : example.writing else { return }
        let repo = try TestRepository()
        try repo.write("f", "1\n")
        try repo.commitAll()
        try example.prepare(repo)

        let error = try await repo.expectRefusal {
            try await repo.land([removing ? .remove("f") : .write("f", "step\n"), .write("other", "x\n")])
        }

        #expect(error.code == .conflict)
        #expect(error.message == reason.rawValue)
        #expect(error.hints.first?.hasPrefix("Nothing was changed.") == true)
    }

    @Test("an untracked file is not overwritten")
    func untrackedFile() async throws {
        let repo = try TestRepository()
        try repo.commitAll()
        try repo.write("notes.txt", "mine\n")

        let error = try await repo.expectRefusal { try await repo.land([.write("notes.txt", "step\n")]) }

        #expect(error.message == "'notes.txt' is a file of yours that git does not track; this step would overwrite it")
    }

    @Test("an untracked file in place of a parent directory, and a directory in place of a file, are in the way")
    func otherKind() async throws {
        let repo = try TestRepository()
        try repo.commitAll()
        try repo.write("a", "mine\n")
        try repo.write("b/c/mine", "mine\n")

        let first = try await repo.expectRefusal { try await repo.land([.write("a/b", "step\n")]) }
        let second = try await repo.expectRefusal { try await repo.land([.write("b", "step\n")]) }

        #expect(first.message == "'a' is in the way; this step would overwrite it")
        #expect(second.message == "'b/c/mine' is in the way; this step would overwrite it")
    }

    @Test("a staged file in place of a parent directory is not dropped from the index")
    func stagedParent() async throws {
        let repo = try TestRepository()
        try repo.commitAll()
        try repo.write("a", "mine\n")
        try repo.git("add", "a")
        repo.remove("a")

        let error = try await repo.expectRefusal { try await repo.land([.write("a/b", "step\n")]) }

        #expect(error.message == "'a' has staged changes of yours that this step cannot keep")
    }

    @Test("an ignored file keeps a directory from becoming a file")
    func ignoredInside() async throws {
        let repo = try TestRepository()
        try repo.write(".gitignore", "*.o\n")
        try repo.write("d/x", "x\n")
        try repo.commitAll()
        try repo.write("d/x.o", "built\n")

        let error = try await repo.expectRefusal {
            try await repo.land([.remove("d/x"), .remove("d/x.o"), .write("d", "file\n")])
        }

        #expect(error.message == "'d/x.o' is in the way; this step would overwrite it")
    }

    @Test("an empty directory is in nobody's way, and other empty directories stay")
    func emptyDirectories() async throws {
        let repo = try TestRepository()
        try repo.write("d/x", "x\n")
        try repo.commitAll()
        makeDirectories(repo.root.appending("d/empty"))
        makeDirectories(repo.root.appending("target/empty"))

        try await repo.land([.remove("d/x"), .write("target", "file\n")])

        #expect(repo.exists("d/empty"))
        #expect(try repo.read("target") == "file\n")
        try repo.expectClean()
    }

    @Test("at most five names are told, and the rest is counted")
    func manyNames() async throws {
        let repo = try TestRepository()
        let names = ["a", "b", "c", "d", "e\u{1B}[31m", "f", "g"]
        for name in names { try repo.write(FilePath(name), "1\n") }
        try repo.commitAll()
        for name in names { try repo.write(FilePath(name), "mine\n") }

        let error = try await repo.expectRefusal {
            try await repo.land(names.map { .write(FilePath($0), "step\n") })
        }

        #expect(
            error.message
                == "'a', 'b', 'c', 'd', 'e\\u{1B}[31m' and 2 more have changes of yours that are not committed; "
                + "this step would overwrite them"
        )
    }

    @Test("a commit made since the step started counts where it changed the same lines")
    func committedSince() async throws {
        let repo = try TestRepository()
        try repo.write("mine", "1\n")
        try repo.write("other", "1\n")
        try repo.commitAll()
        let store = try repo.store()
        let base = try await store.beginStep(started: now())
        try repo.write("mine", "2\n")
        try repo.commitAll("meanwhile")

        let error = try await repo.expectRefusal {
            let proposal = try await store.propose(try repo.delta([.write("mine", "step\n")]), from: base)
            return try await store.land(proposal, of: .example, message: CommitMessage(subject: "s"))
        }
        let landing = try await store.land(
            try await store.propose(try repo.delta([.write("other", "step\n")]), from: base), of: .example,
            message: CommitMessage(subject: "s"))

        #expect(
            error.message
                == "'mine' was changed by a commit made since the step started, in lines that the step changed too"
        )
        #expect(landing.commit != nil)
        #expect(try repo.git("log", "--format=%s") == "s\nmeanwhile\nby hand")
        try repo.expectClean()
    }

    /// git compares times by seconds, so that an edit in the second of the index is seen only by looking at the file.
    ///
    /// It does so as long as the index is not written again; whoever writes it has to look. libgit2 compares
    /// nanoseconds, and so does not see that it would have to. See `markRacyEntries`.
    @Test("an edit in the second of the last commit is still seen after a landing")
    func racyEdit() async throws {
        let repo = try TestRepository()
        try repo.write("edited", "1\n")
        try repo.write("target", "1\n")
        try repo.commitAll()
        // Staged at .1 s, the index written at .5 s, edited at .7 s of the same second.
        let touch: (FilePath, Int) -> Void = { path, nanoseconds in
            let time = timespec(tv_sec: 1_700_000_000, tv_nsec: nanoseconds)
            utimensat(AT_FDCWD, repo.root.appending(path.components).string, [time, time], 0)
        }
        touch("edited", 100_000_000)
        try repo.git("update-index", "edited")
        try repo.write("edited", "2\n")
        touch("edited", 700_000_000)
        touch(".git/index", 500_000_000)
        // The change time cannot be set; git is told to leave it out, as it has to on some file systems.
        try repo.git("config", "core.trustctime", "false")
        try repo.git("config", "core.checkStat", "minimal")
        #expect(try repo.git("status", "--porcelain") == " M edited")

        try await repo.land([.write("target", "2\n")])

        #expect(try repo.git("status", "--porcelain") == " M edited")
    }
}
