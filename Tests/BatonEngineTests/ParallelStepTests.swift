// Twenty steps at once, with real workers in views of their own, alone and beside a script that edits and commits.

import BatonCore
import BatonModels
import BatonRecipes
import BatonTestSupport
import BatonWorkspace
import Foundation
import Synchronization
import SystemPackage
import Testing

@testable import BatonEngine

@Suite("Steps at once", .timeLimit(.minutes(3)), .serialized)
struct ParallelStepTests {
    @Test("S-03: twenty steps that end in any order land in theirs: twenty commits, each with its own files and lines")
    func alone() async throws {
        let world = try await SharedFile.world()

        let outcomes = try await Self.performTogether(in: world)

        #expect(outcomes.compactMap(\.error).map(\.message) == [])
        try await Self.expectSteps(in: world, outcomes)
        #expect(try await world.git("rev-list", "--count", "HEAD") == "\(1 + SharedFile.steps.count)")
        try await Self.expectWhole(in: world, scriptRounds: 0)
    }

    @Test("S-11: nothing of anybody's is lost or mixed up while a script edits and commits in the same directory")
    func besideAScript() async throws {
        let world = try await SharedFile.world()
        let script = try RunningProgram(
            "sh", ["-euc", SharedFile.script], in: world.project.path, environment: world.environment)

        let outcomes = try await Self.performTogether(in: world)
        try world.project.write("", to: ".git/stop")
        let result = await script.result()

        #expect(result.status == 0, "\(result.errors)")
        let rounds = try #require(Int(result.output.trimmingCharacters(in: .whitespacesAndNewlines)))
        #expect(rounds > 1, "the script has done nothing meanwhile")
        #expect(outcomes.compactMap(\.error).map(\.message) == [])
        try await Self.expectSteps(in: world, outcomes)
        for round in 1...rounds {
            let commits = try await world.git("log", "--format=%H", "--grep=^script \(round)$")
            #expect(!commits.isEmpty && !commits.contains("\n"), "round \(round): \(commits)")
            #expect(try await Self.files(of: commits, in: world) == ["1 0 script/\(round).txt", "1 1 shared.txt"])
        }
        #expect(try await world.git("rev-list", "--count", "HEAD") == "\(1 + SharedFile.steps.count + rounds)")
        try await Self.expectWhole(in: world, scriptRounds: rounds)
    }

    // MARK: Running

    private static func performTogether(in world: World) async throws -> [StepOutcome] {
        let project = try Project(
            containing: world.project.path,
            installation: Installation(
                workerExecutable: World.prefix.appending("libexec/baton/baton-worker"), pluginFolders: [],
                stateFolder: world.home.path.appending("state"), environment: world.environment, viewChoice: .overlay))
        let seed = UInt64.random(in: .min ... .max)
        print("the order in which steps may end: seed \(seed)")
        var generator = SeededGenerator(state: seed)
        let steps = SharedFile.steps.map(SharedFile.step)
        let model = try ScriptedModel("answers: []\n", file: "none")
        let runner = StepRunner(
            run: .random(using: &generator), plan: Plan(recipe: "many", steps: steps), project: project,
            models: OneModel(model: model), budget: Budget(tokens: nil, calls: nil), tell: { _ in }, ask: { _ in nil })
        let order = SharedFile.steps.shuffled(using: &generator).map(String.init).joined(separator: " ")
        // A step waits at its gate until the line is written; so all of them run before the first one ends.
        let gates = try RunningProgram(
            "sh", ["-euc", "for step in \(order); do echo go >.git/gate-$step; done"], in: world.project.path,
            environment: world.environment)
        let outcomes = await runner.performTogether(
            steps.enumerated().map { ($1, StepName(number: $0 + 1, path: $1.id)) }, after: [])
        #expect(await gates.status() == 0)
        await project.views.clear()
        return outcomes
    }

    private struct OneModel: ModelResolving {
        let model: ScriptedModel

        func model(named name: String?) async throws -> any ChatModel { model }
    }

    // MARK: Expectations

    private static func expectSteps(in world: World, _ outcomes: [StepOutcome]) async throws {
        let commits = try await world.stepCommits().reversed().map(\.self)
        #expect(outcomes.map(\.commit) == commits.map(Optional.some))
        #expect(outcomes.map(\.name.number) == Array(SharedFile.steps))
        for (step, commit) in zip(SharedFile.steps, commits) {
            #expect(
                try await files(of: commit, in: world)
                    == ["1 1 shared.txt", "1 0 step-\(step)/a.txt", "1 0 step-\(step)/b.txt"])
            #expect(try await world.git("show", "\(commit):step-\(step)/b.txt") == "b of step \(step)")
        }
    }

    /// The files of a commit, each with its added and removed lines.
    private static func files(of commit: String, in world: World) async throws -> [String] {
        try await world.git("show", "--format=", "--numstat", "--no-renames", commit)
            .split(separator: "\n").map { String($0.replacing("\t", with: " ")) }
    }

    private static func expectWhole(in world: World, scriptRounds: Int) async throws {
        let lines = SharedFile.content(steps: SharedFile.steps.count, rounds: scriptRounds)
        #expect(world.project.read("shared.txt") == lines)
        #expect(try await world.git("show", "HEAD:shared.txt") + "\n" == lines)
        #expect(try await world.git("status", "--porcelain") == "")
        let fsck = try await run(
            "git", ["fsck", "--strict", "--no-dangling"], in: world.project.path, environment: world.environment)
        #expect(fsck.status == 0 && fsck.errors.isEmpty, "\(fsck.output)\(fsck.errors)")
        #expect(exists(world.project.path.appending(".git/index.lock").string) == false)
    }
}

/// A file of which each step, and each round of the script, has a line of its own.
///
/// All lines are of the same length, so that a line can be written in place, and so that size and time of the file are
/// no help to find a change.
private enum SharedFile {
    static let steps = 1...20
    private static let roundsMax = 400

    static func world() async throws -> World {
        let world = try await World(["shared.txt": content(steps: 0, rounds: 0)])
        for step in steps {
            let gate = world.project.path.appending(".git/gate-\(step)").string
            guard mkfifo(gate, 0o600) == 0 else { throw Errno(rawValue: errno) }
        }
        return world
    }

    /// The file once so many steps have landed and the script has gone round so many times.
    static func content(steps done: Int, rounds: Int) -> String {
        let slots =
            steps.map { $0 <= done ? "step \($0)" : "free" }
            + (1...roundsMax).map { $0 <= rounds ? "script \($0)" : "free" }
        // Lines between, since changes of lines side by side overlap.
        return slots.map { line($0) + line("-") + line("-") + line("-") }.joined()
    }

    private static func line(_ text: String) -> String {
        text.padding(toLength: 15, withPad: " ", startingAt: 0) + "\n"
    }

    /// Some edit the shared file before they wait, some after.
    static func step(_ number: Int) -> PlannedStep {
        let edit = "sed -i '\(4 * (number - 1) + 1)s/.*/\(line("step \(number)").dropLast())/' shared.txt"
        let wait = "read -r word <.git/gate-\(number)"
        let own = """
            mkdir step-\(number); echo a of step \(number) >step-\(number)/a.txt; \
            echo b of step \(number) >step-\(number)/b.txt
            """
        let commands = number.isMultiple(of: 2) ? [edit, wait, own] : [wait, own, edit]
        return PlannedStep(
            id: "step-\(number)", form: .command(commands.joined(separator: "\n")),
            writes: ["shared.txt", "step-\(number)/**"])
    }

    /// Edits and commits until it is told to stop, as a careful person does: looks at what is staged before it commits, and
    /// begins again if that is not its own change alone or if git is locked.
    static let script = """
        is_own() {
            test "$(git diff --cached --numstat | tr '\\t' ' ')" = "1 0 script/$1.txt
        1 1 shared.txt"
        }
        edit() {
            grep -q "^script $1 *$" shared.txt && return
            printf '%-15s' "script $1" | dd of=shared.txt bs=16 seek=$((4 * (\(steps.count - 1) + $1))) conv=notrunc
        }
        attempt() {
            until git add shared.txt "script/$1.txt"; do :; done
            is_own "$1" && git commit --quiet --message "script $1"
        }
        mkdir script
        round=0
        last=
        while test -z "$last"; do
            if test -e .git/stop; then last=yes; fi
            round=$((round + 1))
            test "$round" -le \(roundsMax)
            echo "round $round" >"script/$round.txt"
            until edit "$round" 2>>.git/script-errors && attempt "$round" 2>>.git/script-errors; do
                is_own "$round" || git restore --source=HEAD --staged --worktree shared.txt 2>>.git/script-errors || :
            done
        done
        echo "$round"
        """
}
