// Baton is killed at each of its writes, one run a write, and must come back to the state before or the state after.

import BatonTestSupport
import Foundation
import SystemPackage
import Testing

@Suite("A crash", .serialized, .timeLimit(.minutes(20)))
struct CrashTests {
    struct Case: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let start: @Sendable (CrashStages) -> World
        let arguments: @Sendable (CrashStages) -> [String]
        /// What takes it back.
        let inverse: String
        /// Whether a short test, too, tries every write that is not one of many alike.
        var isThorough = false
    }

    static let cases = [
        Case(
            testDescription: "landing", start: \.fresh, arguments: { _ in CrashStages.arguments(running: "change") },
            inverse: "undo", isThorough: true),
        Case(testDescription: "undo", start: \.landed, arguments: { _ in ["undo"] }, inverse: "redo", isThorough: true),
        Case(testDescription: "redo", start: \.undone, arguments: { _ in ["redo"] }, inverse: "undo"),
        Case(
            testDescription: "revert of a step", start: \.landed, arguments: { _ in ["revert", "work"] },
            inverse: "undo"),
        Case(
            testDescription: "revert of a run", start: \.grown, arguments: { ["revert", $0.more] }, inverse: "undo"),
        Case(
            testDescription: "restore", start: \.grown, arguments: { ["restore", "\($0.change)/work"] },
            inverse: "undo"),
        Case(
            testDescription: "squash", start: \.grown, arguments: { ["squash", $0.more] }, inverse: "undo"),
    ]

    @Test(
        "S-05, Q-09: killed before any of its writes, Baton comes back to the state before or the state after",
        arguments: cases)
    func atEachWrite(_ tested: Case) async throws {
        let crash = try await Crash(tested, await CrashStages.shared.value)
        let environment = ProcessInfo.processInfo.environment
        let seed = environment["BATON_TEST_SEED"].flatMap(UInt64.init) ?? UInt64.random(in: .min ... .max)
        let numbers = Self.numbers(
            of: crash.points, isThorough: tested.isThorough, all: environment["BATON_LONG_TESTS"] == "1", seed: seed)

        // More than there are cores: some runs wait for a lock that was left behind.
        let width = 2 * ProcessInfo.processInfo.activeProcessorCount
        let faults = await numbers.concurrentMap(width: width) { number in
            do {
                return try await crash.faults(endingAt: number)
            } catch {
                return ["\(error)"]
            }
        }

        for (number, faults) in zip(numbers, faults) where !faults.isEmpty {
            let list = faults.joined(separator: "\n")
            Issue.record("write \(number), '\(crash.points[number - 1])', seed \(seed):\n\(list)")
        }
        print("\(tested.testDescription): \(numbers.count) of \(crash.points.count) writes, seed \(seed)")
    }

    /// The writes to end at: all of them, or, in a short test, some.
    ///
    /// There are many of the same kind: objects that nothing refers to yet, and pages that SQLite writes.
    private static func numbers(of points: [String], isThorough: Bool, all: Bool, seed: UInt64) -> [Int] {
        var generator = SeededGenerator(state: seed)
        let numbers = Array(1...points.count)
        if all { return numbers }
        let (alike, single) = (
            numbers.filter { isOneOfMany(points[$0 - 1]) }, numbers.filter { !isOneOfMany(points[$0 - 1]) }
        )
        let some = alike.shuffled(using: &generator).prefix(isThorough ? 12 : 3)
        return some + (isThorough ? single : Array(single.shuffled(using: &generator).prefix(9)))
    }

    private static func isOneOfMany(_ point: String) -> Bool {
        point.contains(" .git/objects/") || point.contains(" .git/baton/journal.sqlite")
    }
}

/// One command, the states before and after it, and its writes.
private struct Crash: Sendable {
    let start: World
    let arguments: [String]
    let inverse: String
    let before: RepositoryState
    let after: RepositoryState
    let points: [String]
    private let ends: CrashPoints

    /// Runs the command to its end once.
    init(_ tested: CrashTests.Case, _ stages: CrashStages) async throws {
        start = tested.start(stages)
        arguments = tested.arguments(stages)
        inverse = tested.inverse
        ends = try await CrashPoints.shared.value
        let world = try await World(copying: start)
        before = try await RepositoryState(of: world, operations: world.baton("op", "log", "--json"))
        let outcome = try await ends.run(arguments, in: world, endingAt: nil)
        #expect(outcome.result.status == 0, "\(outcome.result.errors)")
        #expect(world.traces() == [])
        points = outcome.points
        after = try await RepositoryState(of: world, operations: world.baton("op", "log", "--json"))
        #expect(before != after)
        for path in CrashStages.users {
            #expect(before.files[path] != nil)
            #expect(before.files[path] == after.files[path])
        }
    }

    /// What is wrong after the command was ended at its write `number`, and Baton was run again.
    func faults(endingAt number: Int) async throws -> [String] {
        let world = try await World(copying: start)
        let outcome = try await ends.run(arguments, in: world, endingAt: number)
        // The order in which two threads write is not always the same, so there can be a write less.
        guard outcome.wasEnded || outcome.points.count < number else {
            return ["it ended with \(outcome.result.status): \(outcome.result.errors)"]
        }
        let hadBegun = exists(world.project.path.appending(".git/baton/operation").string)

        let recovery = try await world.baton("op", "log", "--json")

        var faults = world.traces().map { "it left '\($0)'" }
        if recovery.status != 0 { faults.append("baton op log: \(recovery.errors)") }
        let fsck = try await run(
            "git", ["fsck", "--strict", "--no-dangling"], in: world.project.path, environment: world.environment)
        if fsck.status != 0 || !fsck.errors.isEmpty { faults.append("git fsck: \(fsck.output)\(fsck.errors)") }
        let state = try await RepositoryState(of: world, operations: recovery)
        guard state == before || state == after else {
            return faults + ["operations: \(state.operations)"]
                + state.differences(from: before).map { "against the state before, \($0)" }
                + state.differences(from: after).map { "against the state after, \($0)" }
        }
        let word = state == before ? "nothing of it has happened" : "and is finished now"
        if recovery.errors.contains("had been cut off") != hadBegun || hadBegun != recovery.errors.contains(word) {
            faults.append("it said: '\(recovery.errors)'")
        }
        return try await faults + goOn(in: world, isDone: state == after)
    }

    /// Baton must go on working: forward from the state before, back from the state after.
    private func goOn(in world: World, isDone: Bool) async throws -> [String] {
        let next = isDone ? [inverse] : arguments
        let result = try await world.start(next).result()
        let state = try await RepositoryState(of: world, operations: result)
        let faults = state.differences(from: isDone ? before : after)
        return (result.status == 0 ? faults : [result.errors] + faults)
            .map { "'\(next.joined(separator: " "))' afterwards: \($0)" }
    }
}

extension Array where Element: Sendable {
    /// The results of `body`, which runs `width` times at once, in the order of the elements.
    func concurrentMap<Result: Sendable>(
        width: Int, _ body: @escaping @Sendable (Element) async -> Result
    ) async -> [Result] {
        await withTaskGroup(of: (Int, Result).self) { group in
            var results: [Int: Result] = [:]
            for (position, element) in enumerated() {
                if position >= width, let (done, result) = await group.next() { results[done] = result }
                group.addTask { (position, await body(element)) }
            }
            for await (done, result) in group { results[done] = result }
            return indices.compactMap { results[$0] }
        }
    }
}
