// How people name a step.

import BatonCore
import BatonEngine
import Testing

@Suite("Step references")
struct StepReferenceTests {
    private let history: [RunHistory]

    init() throws {
        func run(_ id: String, _ steps: [(String, String?)]) throws -> RunHistory {
            RunHistory(
                run: try #require(RunID(id)), recipe: "r", time: nil, ending: "completed", verification: nil,
                steps: steps.enumerated().map { index, step in
                    StepHistoryEntry(
                        name: StepName(number: index + 1, path: step.0), role: "writer", state: .landed,
                        commit: step.1)
                })
        }
        history = [
            try run("7f3a0000", [("facts", "aaaaaaaa11"), ("draft", "bbbbbbbb22")]),
            try run("71c90000", [("facts", "cccccccc33"), ("draft", nil), ("index", "dddddddd44")]),
        ]
    }

    @Test(
        "finds the step that was meant",
        arguments: [
            ("1", "7f3a0000", "1 facts"), ("draft", "7f3a0000", "2 draft"), ("7f3a/2", "7f3a0000", "2 draft"),
            ("71c9/draft", "71c90000", "2 draft"), ("71c90000/3", "71c90000", "3 index"),
            ("dddddddd", "71c90000", "3 index"), ("CCCCCCC", "71c90000", "1 facts"),
        ])
    func finds(text: String, run: String, step: String) throws {
        let found = try StepReference(text).find(in: history)

        #expect(found.run.run.description == run)
        #expect(found.step.name.description == step)
    }

    @Test("a step of an older run is never hit by mistake: without its run only the latest is meant")
    func onlyTheLatest() {
        #expect(
            throws: BatonError(
                .notFound, "run 7f3a0000 has no step 'index'",
                hints: [
                    "Its steps: 1 facts, 2 draft. For a step of another run write RUN/STEP; 'baton log' lists them."
                ])
        ) { try StepReference("index").find(in: history) }
    }

    @Test("a mistyped step gets the name that was probably meant")
    func mistyped() {
        #expect {
            try StepReference("drfat").find(in: history)
        } throws: { ($0 as? BatonError)?.hints.first == "Did you mean 'draft'?" }
    }

    @Test("an ambiguous run is refused with the runs that it could be")
    func ambiguous() {
        #expect(throws: BatonError(.invalidInput, "run id prefix '7' is ambiguous; it could be 7f3a0000 or 71c90000")) {
            try StepReference("7/draft").find(in: history)
        }
    }
}
