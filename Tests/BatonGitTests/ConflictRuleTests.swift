// A step's change beside what the user has not committed: merged where it fits, and by rule where it does not.

import BatonCore
import BatonGit
import Glibc
import SystemPackage
import Testing

@Suite("A step beside the user's own work")
struct ConflictRuleTests {
    static let lines = (1...20).map { "\($0)\n" }

    /// The lines with some replaced.
    static func text(_ changes: [Int: String] = [:]) -> String {
        lines.enumerated().map { changes[$0.offset + 1].map { $0 + "\n" } ?? $0.element }.joined()
    }

    private func repository() throws -> TestRepository {
        let repo = try TestRepository()
        try repo.write("f", Self.text())
        try repo.commitAll()
        return repo
    }

    @Test("edits in other lines stay uncommitted, staged or not, and the commit has the step's lines only")
    func besideDirty() async throws {
        let repo = try repository()
        try repo.write("f", Self.text([3: "staged"]))
        try repo.git("add", "f")
        try repo.write("f", Self.text([3: "staged", 8: "edited"]))

        try await repo.land([.write("f", Self.text([3: "staged", 8: "edited", 15: "step"]))])

        #expect(try repo.git("show", "HEAD:f") + "\n" == Self.text([15: "step"]))
        #expect(try repo.git("show", ":f") + "\n" == Self.text([3: "staged", 15: "step"]))
        #expect(try repo.read("f") == Self.text([3: "staged", 8: "edited", 15: "step"]))
        #expect(try repo.git("status", "--porcelain") == "MM f")
    }

    @Test("undo gives back exactly what was there, also the permissions and what was staged")
    func undoExact() async throws {
        let repo = try repository()
        try repo.write("f", Self.text([3: "staged"]))
        try repo.git("add", "f")
        try repo.write("f", Self.text([8: "edited"]))
        chmod(repo.root.appending("f").string, 0o600)
        let (files, head) = (try repo.read("f"), try repo.headCommit())

        try await repo.land([.write("f", Self.text([8: "edited", 15: "step"]))])
        #expect(repo.permissions("f") == 0o600)
        let undo = try await repo.store().undo()

        #expect(undo.isMove)
        #expect(try repo.headCommit() == head)
        #expect(try repo.read("f") == files)
        #expect(repo.permissions("f") == 0o600)
        #expect(try repo.git("show", ":f") + "\n" == Self.text([3: "staged"]))
    }

    @Test(
        "a file that is saved while the step runs keeps both, whichever of the two the step has seen",
        arguments: [true, false])
    func meanwhile(hasSeen: Bool) async throws {
        let repo = try repository()
        let store = try repo.store()
        let base = try await store.beginStep(started: now())
        try repo.write("f", Self.text([3: "mine"]))

        let left = Self.text(hasSeen ? [3: "mine", 15: "step"] : [15: "step"])
        let proposal = try await store.propose(try repo.delta([.write("f", left)]), from: base)
        _ = try await store.land(proposal, of: .example, message: CommitMessage(subject: "s"))

        #expect(try repo.git("show", "HEAD:f") + "\n" == Self.text([15: "step"]))
        #expect(try repo.read("f") == Self.text([3: "mine", 15: "step"]))
    }

    @Test(
        "what somebody commits while the step runs stays, whichever version the step has seen",
        arguments: [true, false])
    func committedMeanwhile(hasSeen: Bool) async throws {
        let repo = try repository()
        let store = try repo.store()
        let base = try await store.beginStep(started: now())
        try repo.write("f", Self.text([3: "mine"]))
        try repo.commitAll("mine")

        let left = Self.text(hasSeen ? [3: "mine", 15: "step"] : [15: "step"])
        let proposal = try await store.propose(try repo.delta([.write("f", left)]), from: base)
        _ = try await store.land(proposal, of: .example, message: CommitMessage(subject: "s"))

        #expect(try repo.git("show", "HEAD:f") + "\n" == Self.text([3: "mine", 15: "step"]))
        #expect(try repo.read("f") == Self.text([3: "mine", 15: "step"]))
        try repo.expectClean()
    }

    @Test("a file that was only copied up, and that the user changed meanwhile, is no change of the step's")
    func onlyTouched() async throws {
        let repo = try repository()
        let store = try repo.store()
        let base = try await store.beginStep(started: now())
        try repo.write("f", Self.text([3: "mine"]))

        let proposal = try await store.propose(try repo.delta([.write("f", Self.text())]), from: base)

        #expect(proposal.isEmpty)
    }

    @Test("'ours' leaves what stands there, and lands the step's other files")
    func ours() async throws {
        let repo = try repository()
        try repo.write("f", Self.text([3: "mine"]))

        let landing = try await repo.land(
            [.write("f", Self.text([3: "step"])), .write("g", "new\n")], rule: .ours)

        #expect(landing.resolved == ["f"])
        #expect(try repo.read("f") == Self.text([3: "mine"]))
        #expect(try repo.git("diff-tree", "-r", "--name-only", "HEAD^", "HEAD") == "g")
        #expect(try repo.git("status", "--porcelain") == " M f")
    }

    @Test("'theirs' writes the step's version, commits nothing of the user's, and undo brings the user's back")
    func theirs() async throws {
        let repo = try repository()
        try repo.write("f", Self.text([3: "mine"]))
        try repo.write("untracked", "mine\n")

        let landing = try await repo.land(
            [.write("f", Self.text([3: "step"])), .write("untracked", "step\n"), .write("g", "new\n")], rule: .theirs)

        #expect(landing.resolved == ["f", "untracked"])
        #expect(try repo.read("f") == Self.text([3: "step"]))
        #expect(try repo.git("diff-tree", "-r", "--name-only", "HEAD^", "HEAD") == "g")
        #expect(try await repo.store().undo().operation != nil)
        #expect(try repo.read("f") == Self.text([3: "mine"]))
        #expect(try repo.read("untracked") == "mine\n")
    }

    @Test("'theirs' takes the step's version over a commit made meanwhile, which stays in the history")
    func theirsOverCommit() async throws {
        let repo = try repository()
        let store = try repo.store()
        let base = try await store.beginStep(watching: ["f"], started: now())
        try repo.write("f", Self.text([3: "mine"]))
        let mine = try repo.commitAll("mine")

        let proposal = try await store.propose(try repo.delta([.write("f", Self.text([3: "step"]))]), from: base)
        _ = try await store.land(proposal, of: .example, message: CommitMessage(subject: "s"), rule: .theirs)

        #expect(try repo.git("show", "HEAD:f") + "\n" == Self.text([3: "step"]))
        #expect(try repo.git("rev-parse", "HEAD^") == mine)
        try repo.expectClean()
    }

    @Test("what a step proposed is kept: first what the user had not committed, then what the step did")
    func kept() async throws {
        let repo = try repository()
        try repo.write("f", Self.text([3: "mine"]))
        let store = try repo.store()
        let base = StepBase(commit: try repo.headCommit(), started: FileTime(seconds: .max, nanoseconds: 0))
        let proposal = try await store.propose(
            try repo.delta([.write("f", Self.text([3: "mine", 15: "step"]))]), from: base)

        let kept = try await store.keep(proposal, of: .example, message: CommitMessage(subject: "s"))

        #expect(try repo.git("rev-parse", "refs/baton/0123abcd-2") == kept)
        #expect(try repo.git("log", "-1", "--format=%(trailers:key=Baton-Kind,valueonly)", "\(kept)^") == "preimage\n")
        #expect(try repo.git("diff", "--numstat", "\(kept)^", kept) == "1\t1\tf")
        #expect(try repo.git("show", "\(kept)^:f") + "\n" == Self.text([3: "mine"]))
        #expect(try repo.git("rev-parse", "HEAD", "\(kept)^^").split(separator: "\n").count == 2)
        try await store.forget(.example)
        #expect(try repo.git("for-each-ref", "refs/baton") == "")
    }

    @Test("where nothing is in the way, the commit that was kept is the one that lands")
    func sameCommit() async throws {
        let repo = try repository()
        let store = try repo.store()
        let base = StepBase(commit: try repo.headCommit(), started: FileTime(seconds: .max, nanoseconds: 0))
        let proposal = try await store.propose(try repo.delta([.write("g", "new\n")]), from: base)
        let message = CommitMessage(subject: "s")
        let kept = try await store.keep(proposal, of: .example, message: message)

        let landing = try await store.land(proposal, of: .example, message: message, kept: kept)

        #expect(landing.commit == kept)
        try repo.expectClean()
    }

    @Test("a pipe, and a directory with files of the user's, are in the way of a file")
    func inTheWay() async throws {
        let repo = try repository()
        mkfifo(repo.root.appending("pipe").string, 0o600)

        let pipe = try await repo.expectRefusal { try await repo.land([.write("pipe", "x\n")]) }

        #expect(pipe.message == "'pipe' is in the way; this step would overwrite it")
    }

    @Test("a file that git was told of with 'add -N' is the user's, and the promise stays")
    func intentToAdd() async throws {
        let repo = try repository()
        try repo.write("promised", "mine\n")
        try repo.git("add", "-N", "promised")

        try await repo.expectRefusal { try await repo.land([.write("promised", "step\n")]) }
        try await repo.land([.write("f", Self.text([15: "step"]))])

        #expect(try repo.git("status", "--porcelain") == " A promised")
    }
}
