// undo, redo, revert of several, restore, squash, and the log of operations.

import BatonCore
import Glibc
import SystemPackage
import Testing

@testable import BatonGit

@Suite("Taking operations back")
struct TakingBackTests {
    private func step(_ number: Int, _ edits: [TestRepository.Edit], in repo: TestRepository) async throws -> String {
        let store = try repo.store()
        let step = StepOfRun(unchecked: number, "s\(number)")
        let base = StepBase(
            commit: try await store.head().commit, started: FileTime(seconds: .max, nanoseconds: 0))
        let proposal = try await store.propose(try repo.delta(edits), from: base)
        let message = CommitMessage(
            subject: "step \(number)",
            trailers: [
                Trailer(Trailer.Key.run, step.run.description), Trailer(Trailer.Key.step, step.step.description),
            ])
        return try #require(try await store.land(proposal, of: step, message: message).commit)
    }

    private func target(_ commit: String, _ number: Int) -> RevertTarget {
        RevertTarget(commit: commit, step: StepOfRun(unchecked: number, "s\(number)"))
    }

    @Test("undo goes back one operation after the other, redo forward again, each in a new process")
    func undoRedo() async throws {
        let repo = try TestRepository()
        try repo.write("f", "0\n")
        var heads = [try repo.commitAll()]
        for number in 1...3 { heads.append(try await step(number, [.write("f", "\(number)\n")], in: repo)) }

        for number in [2, 1, 0] {
            let landing = try await repo.store().undo()
            #expect(landing.isMove && landing.head == heads[number])
            #expect(try repo.read("f") == "\(number)\n")
        }
        await #expect(throws: BatonError.self) { try await repo.store().undo() }
        for number in 1...3 {
            #expect(try await repo.store().redo().head == heads[number])
        }
        await #expect(throws: BatonError.self) { try await repo.store().redo() }
        #expect(try repo.read("f") == "3\n")
        try repo.expectClean()
    }

    @Test("once something else is done, an undo cannot be redone; undo goes on below it")
    func newBranchOfHistory() async throws {
        let repo = try TestRepository()
        try repo.write("f", "0\n")
        try repo.commitAll()
        _ = try await step(1, [.write("f", "1\n")], in: repo)
        _ = try await step(2, [.write("f", "2\n")], in: repo)
        let store = try repo.store()
        _ = try await store.undo()
        _ = try await step(3, [.write("f", "3\n")], in: repo)

        await #expect(throws: BatonError.self) { try await store.redo() }
        _ = try await store.undo()
        #expect(try repo.read("f") == "1\n")
        _ = try await store.undo()
        #expect(try repo.read("f") == "0\n")
        _ = try await store.redo()
        _ = try await store.redo()
        #expect(try repo.read("f") == "3\n")
    }

    @Test("an undo after the user's own commits adds the inverse and keeps them")
    func undoBelowCommits() async throws {
        let repo = try TestRepository()
        try repo.write("f", "0\n")
        try repo.commitAll()
        let landed = try await step(1, [.write("f", "1\n")], in: repo)
        try repo.write("g", "mine\n")
        let mine = try repo.commitAll("mine")

        let undo = try await repo.store().undo()

        #expect(!undo.isMove)
        #expect(try repo.git("rev-parse", "HEAD^") == mine)
        #expect(try repo.read("f") == "0\n")
        let steps = try await repo.store().stepHistory(limit: 10).steps
        #expect(steps.map(\.commit) == [landed])
        #expect(steps.first?.state == .reverted(by: try #require(undo.commit)))
        try repo.expectClean()
    }

    @Test("a commit that a remote branch has is not moved over")
    func pushed() async throws {
        let repo = try TestRepository()
        try repo.write("f", "0\n")
        try repo.commitAll()
        let landed = try await step(1, [.write("f", "1\n")], in: repo)
        try repo.git("update-ref", "refs/remotes/origin/main", landed)

        let undo = try await repo.store().undo()

        #expect(!undo.isMove)
        #expect(try repo.git("rev-parse", "HEAD^") == landed)
        #expect(try repo.read("f") == "0\n")
    }

    @Test("undo takes back what is on this branch, not what happened on another")
    func branches() async throws {
        let repo = try TestRepository()
        try repo.write("f", "0\n")
        try repo.commitAll()
        _ = try await step(1, [.write("f", "1\n")], in: repo)
        try repo.git("switch", "-q", "-c", "other", "HEAD^")
        _ = try await step(2, [.write("g", "2\n")], in: repo)
        try repo.git("switch", "-q", "main")

        _ = try await repo.store().undo()

        #expect(try repo.read("f") == "0\n")
        #expect(try repo.git("log", "--format=%s", "other") == "step 2\nby hand")
        await #expect(throws: BatonError.self) { try await repo.store().undo() }
    }

    @Test("the first commit of a repository can be undone and redone")
    func firstCommit() async throws {
        let repo = try TestRepository()
        let first = try await step(1, [.write("f", "1\n")], in: repo)

        let undo = try await repo.store().undo()
        #expect(undo.head == nil && undo.isMove)
        #expect(!repo.exists("f"))
        #expect(try repo.git("status", "--porcelain") == "")
        _ = try await repo.store().redo()

        #expect(try repo.headCommit() == first)
        try repo.expectClean()
    }

    @Test("undo is refused where the user changed the same lines since, and merges where it was others")
    func editedSince() async throws {
        let repo = try TestRepository()
        try repo.write("f", ConflictRuleTests.text())
        try repo.commitAll()
        _ = try await step(1, [.write("f", ConflictRuleTests.text([3: "step"]))], in: repo)
        try repo.write("f", ConflictRuleTests.text([3: "mine"]))
        let error = try await repo.expectRefusal { try await repo.store().undo() }
        try repo.write("f", ConflictRuleTests.text([3: "step", 15: "mine"]))

        _ = try await repo.store().undo()

        #expect(error.message == "'f' has changes of yours that are not committed; this undo would overwrite it")
        #expect(try repo.read("f") == ConflictRuleTests.text([15: "mine"]))
    }

    @Test("several steps are reverted as one operation with a commit each, and undone as one")
    func several() async throws {
        let repo = try TestRepository()
        try repo.write("f", "0\n")
        let start = try repo.commitAll()
        let one = try await step(1, [.write("a", "1\n")], in: repo)
        let two = try await step(2, [.write("f", "2\n")], in: repo)
        let three = try await step(3, [.write("f", "3\n")], in: repo)
        let store = try repo.store()

        let order = try await store.newestFirst([one, three, two])
        let landing = try await store.revert(
            [target(three, 3), target(two, 2), target(one, 1)], title: "revert run 0123abcd")

        #expect(order == [three, two, one])
        #expect(landing.commits.count == 3)
        #expect(try repo.git("diff", start, "HEAD") == "")
        #expect(try await store.stepHistory(limit: 10).steps.allSatisfy { $0.state != .landed })
        let undo = try await store.undo()
        #expect(undo.head == three)
        try repo.expectClean()
    }

    @Test("a revert that later work builds on names that work")
    func dependents() async throws {
        let repo = try TestRepository()
        try repo.write("f", "0\n")
        try repo.commitAll()
        let one = try await step(1, [.write("f", "1\n")], in: repo)
        let two = try await step(2, [.write("f", "2\n")], in: repo)
        try repo.write("f", "mine\n")
        let mine = try repo.commitAll("mine")

        let conflict = await #expect(throws: RevertConflict.self) {
            try await repo.store().revert([target(one, 1)], title: "revert")
        }

        #expect(conflict?.later.map(\.commit) == [mine, two])
        #expect(conflict?.later.map { $0.step?.step.path } == [nil, "s2"])
    }

    @Test("restore brings a step's files back, drops later steps' changes to them, and asks before dropping the user's")
    func restore() async throws {
        let repo = try TestRepository()
        try repo.write("f", "0\n")
        try repo.write("other", "0\n")
        try repo.commitAll()
        let one = try await step(1, [.write("f", "1\n")], in: repo)
        _ = try await step(2, [.write("f", "2\n"), .write("other", "2\n")], in: repo)
        let store = try repo.store()

        let restored = try await store.restore(target(one, 1), title: "restore")
        #expect(restored.files.map(\.path) == ["f"])
        #expect(try repo.read("f") == "1\n" && repo.read("other") == "2\n")
        try repo.write("f", "mine\n")
        try repo.commitAll("mine")
        let refused = try await repo.expectRefusal { try await store.restore(target(one, 1), title: "restore") }
        _ = try await store.restore(target(one, 1), title: "restore", overUsersCommits: true)

        #expect(refused.message.hasPrefix("'f' was changed since by commit"))
        #expect(refused.hints.first?.contains("--force") == true)
        #expect(try repo.read("f") == "1\n")
        try repo.expectClean()
    }

    @Test("a step that was undone can be restored")
    func restoreUndone() async throws {
        let repo = try TestRepository()
        try repo.write("f", "0\n")
        try repo.commitAll()
        let one = try await step(1, [.write("f", "1\n")], in: repo)
        _ = try await repo.store().undo()

        _ = try await repo.store().restore(target(one, 1), title: "restore")

        #expect(try repo.read("f") == "1\n")
        try repo.expectClean()
    }

    private func squash(_ repo: TestRepository) async throws -> Landing {
        try await repo.store().squash(StepOfRun.example.run) { steps in
            CommitMessage(
                subject: "all of it",
                trailers: [Trailer(Trailer.Key.run, "0123abcd")]
                    + steps.map { Trailer(Trailer.Key.squashed, "\($0.step) \($0.commit)") })
        }
    }

    @Test(
        "squash makes one commit with the same files; the steps stay known, revertible one by one, and can be had again"
    )
    func squashed() async throws {
        let repo = try TestRepository()
        try repo.write("f", "0\n")
        let start = try repo.commitAll()
        let one = try await step(1, [.write("a", "1\n")], in: repo)
        let two = try await step(2, [.write("b", "2\n")], in: repo)
        let tree = try repo.headTree()

        let landing = try await squash(repo)

        #expect(try repo.git("rev-parse", "HEAD^") == start)
        #expect(try repo.headTree() == tree)
        #expect(try repo.git("rev-parse", "refs/baton/0123abcd-steps") == two)
        let store = try repo.store()
        let steps = try await store.stepHistory(limit: 10).steps
        #expect(steps.map(\.commit) == [two, one])
        #expect(steps.allSatisfy { $0.state == .squashed(into: landing.commit ?? "") })
        _ = try await store.revert([target(one, 1)], title: "revert")
        #expect(!repo.exists("a") && repo.exists("b"))
        _ = try await store.undo()
        _ = try await store.undo()
        #expect(try repo.headCommit() == two)
        try repo.expectClean()
    }

    @Test("squash is refused where others' commits lie between or after, or where the run is pushed")
    func cannotSquash() async throws {
        let repo = try TestRepository()
        try repo.write("f", "0\n")
        try repo.commitAll()
        let one = try await step(1, [.write("a", "1\n")], in: repo)
        let few = try await repo.expectRefusal { try await squash(repo) }
        try repo.write("g", "mine\n")
        try repo.commitAll("mine")
        _ = try await step(2, [.write("b", "2\n")], in: repo)
        let between = try await repo.expectRefusal { try await squash(repo) }
        _ = try await step(3, [.write("c", "3\n")], in: repo)
        try repo.git("update-ref", "refs/remotes/origin/main", one)

        #expect(few.message == "run 0123abcd has fewer than two commits on top of this branch")
        #expect(between.message.contains("is not of run 0123abcd and lies between or after its commits"))
    }

    @Test("the log of operations has all of them, newest first, with what each changed")
    func log() async throws {
        let repo = try TestRepository()
        try repo.write("f", "0\n")
        try repo.commitAll()
        _ = try await step(1, [.write("f", "1\n"), .write("new", "n\n")], in: repo)
        let store = try repo.store()
        _ = try await store.undo()

        let operations = try await store.operations(limit: 10)
        let (shown, files) = try await store.operation(startingWith: String(try #require(operations.last).id.prefix(8)))

        #expect(operations.map(\.kind) == [.undo, .land])
        #expect(operations.map(\.title) == ["undo land step 's1' of run 0123abcd", "land step 's1' of run 0123abcd"])
        #expect(operations.first?.of == operations.last?.id)
        #expect(shown == operations.last)
        #expect(files.map(\.path) == ["f", "new"])
        #expect(try await store.operations(limit: 1).count == 1)
        await #expect(throws: BatonError.self) { try await store.operation(startingWith: "ffff") }
    }

    @Test("a record is read back as it was written, whatever names its files have")
    func recordText() throws {
        let entry = TreeEntry(.executable, ObjectID(unchecked: String(repeating: "a", count: 40)))
        let file = RecordedFile(mode: .symlink, permissions: 0, content: entry.id)
        let names: [FilePath] = ["plain", "with space", "100%", "new\nline", "ünïcödé"]
        let record = OperationRecord(
            kind: .restore, time: 1_700_000_000, title: "restore step 'a' of run 0123abcd", steps: [.example],
            reference: "refs/heads/main", old: nil, new: entry.id, previous: entry.id, of: nil, under: entry.id,
            redoUnder: nil,
            paths: names.map {
                RecordedPath(
                    path: $0, before: RecordedStates(head: nil, index: entry, file: nil),
                    after: RecordedStates(head: entry, index: nil, file: file))
            })

        #expect(OperationRecord(text: record.text) == record)
        #expect(OperationRecord(text: "baton-operation 2\n" + record.text) == nil)
        for length in stride(from: 0, to: record.text.count - 1, by: 7) {
            // A record that was cut is none, or has fewer paths; it is never misread.
            let cut = OperationRecord(text: String(record.text.prefix(length)))
            #expect(cut == nil || record.paths.starts(with: cut?.paths ?? []))
        }
    }
}
