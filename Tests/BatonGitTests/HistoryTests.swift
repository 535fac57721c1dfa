// What the history says about steps.

import BatonCore
import BatonGit
import SystemPackage
import Testing

@Suite("The history of steps")
struct HistoryTests {
    private func trailers(_ number: Int) -> [Trailer] {
        [Trailer("Baton-Run", "0123abcd"), Trailer("Baton-Step", "\(number) step-\(number)")]
    }

    @Test("a step's commit tells its run, step, role, model, tokens and parent")
    func oneStep() async throws {
        let repo = try TestRepository()
        let start = try repo.commitAll()
        let landing = try await repo.land(
            [.write("a", "1\n2\n")],
            "write a",
            trailers: trailers(1) + [
                Trailer("Baton-Role", "writer 1.0.0"), Trailer("Baton-Model", "tiny"), Trailer("Baton-Tokens", "1234"),
            ]
        )

        let history = try await repo.store().stepHistory(limit: 10)

        let step = try #require(history.steps.first)
        #expect(history.steps.count == 1 && history.isComplete)
        #expect(step.commit == landing.commit)
        #expect(step.parent == start)
        #expect(step.subject == "write a")
        #expect(step.run == RunID("0123abcd"))
        #expect(step.step == StepName(number: 1, path: "step-1"))
        #expect(step.role == "writer 1.0.0")
        #expect(step.model == "tiny")
        #expect(step.tokens == 1234)
        #expect(step.state == .landed)
        #expect(try "\(step.authorTime)" == repo.git("log", "-1", "--format=%at"))
        #expect(landing.files == [FileStat("a", .added, addedLines: 2)])
    }

    @Test("commits without the trailers, or with wrong ones, are no steps")
    func others() async throws {
        let repo = try TestRepository()
        for message in [
            "by hand", "x\n\nBaton-Run: nonsense\nBaton-Step: 1 a", "x\n\nBaton-Run: 0123abcd",
            "x\n\nBaton-Run: 0123abcd\nBaton-Step: 1 a\n\nand more text", "Baton-Run: 0123abcd\nBaton-Step: 1 a",
        ] {
            try repo.commitAll(message)
        }

        let history = try await repo.store().stepHistory(limit: 10)

        #expect(history == StepHistory(steps: [], isComplete: true))
    }

    @Test("a step is reverted or landed as the last word of the reverts says, whoever made them")
    func states() async throws {
        let repo = try TestRepository()
        try repo.commitAll()
        let store = try repo.store()
        var steps: [String] = []
        for number in 1...4 {
            let landing = try await repo.land([.write(FilePath("f\(number)"), "x\n")], trailers: trailers(number))
            steps.append(try #require(landing.commit))
        }
        let byBaton = try #require(try await store.revert(steps[0]).commit)
        try repo.git("revert", "--no-edit", steps[1])
        let byGit = try repo.headCommit()
        try repo.git("revert", "--no-edit", steps[2])
        try repo.git("revert", "--no-edit", "HEAD")

        let history = try await store.stepHistory(limit: 10)

        #expect(history.steps.map(\.commit) == steps.reversed())
        #expect(history.steps.map(\.state) == [.landed, .landed, .reverted(by: byGit), .reverted(by: byBaton)])
        let again = try await store.revert(steps[2])
        #expect(try await store.stepHistory(limit: 2).steps.last?.state == .reverted(by: try #require(again.commit)))
    }

    @Test("a role's own words cannot make another step look reverted")
    func forged() async throws {
        let repo = try TestRepository()
        let store = try repo.store()
        let first = try #require(try await repo.land([.write("a", "a\n")], trailers: trailers(1)).commit)

        _ = try await store.land(
            try repo.delta([.write("b", "b\n")]),
            startedFrom: first,
            message: CommitMessage(
                subject: "This reverts commit \(first).", body: "This reverts commit \(first).", trailers: trailers(2)
            )
        )

        #expect(try await store.stepHistory(limit: 10).steps.map(\.state) == [.landed, .landed])
    }

    @Test("reverts on a branch that was not merged do not count")
    func otherBranch() async throws {
        let repo = try TestRepository()
        let step = try #require(try await repo.land([.write("a", "a\n")], trailers: trailers(1)).commit)
        try repo.git("switch", "-q", "-c", "other")
        try repo.git("revert", "--no-edit", step)
        try repo.git("switch", "-q", "main")
        try repo.commitAll("later")

        #expect(try await repo.store().stepHistory(limit: 10).steps.map(\.state) == [.landed])
        try repo.git("merge", "-q", "-m", "merge", "other")
        #expect(try await repo.store().stepHistory(limit: 10).steps.first?.state != .landed)
    }

    @Test("a limit cuts the history and says so", arguments: [(2, false), (3, true), (4, true)])
    func limit(limit: Int, isComplete: Bool) async throws {
        let repo = try TestRepository()
        for number in 1...3 { try await repo.land([.write(FilePath("f\(number)"), "x\n")], trailers: trailers(number)) }

        let history = try await repo.store().stepHistory(limit: limit)

        #expect(history.steps.map(\.step.number) == Array([3, 2, 1].prefix(limit)))
        #expect(history.isComplete == isComplete)
    }

    @Test("a shallow clone gives what it has, down to its last commit, and says that there is more")
    func shallow() async throws {
        let repo = try TestRepository()
        for number in 1...5 { try await repo.land([.write(FilePath("f\(number)"), "x\n")], trailers: trailers(number)) }
        let clone = repo.base.appending("shallow")
        try repo.git("clone", "-q", "--depth", "2", "file://\(repo.root.string)", clone.string)

        let history = try await GitStore(containing: clone, environment: repo.program.environment).stepHistory(
            limit: 10)

        #expect(history.steps.map(\.step.number) == [5, 4])
        #expect(!history.isComplete)
    }

    @Test("an empty repository has no history")
    func empty() async throws {
        let repo = try TestRepository()
        #expect(try await repo.store().stepHistory(limit: 10) == StepHistory(steps: [], isComplete: true))
    }
}
