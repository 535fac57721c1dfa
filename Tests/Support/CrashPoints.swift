// Ends Baton at its writes; see Tests/Fixtures/crash.

import Foundation
import Glibc
import SystemPackage

/// The library that ends Baton at a write.
package struct CrashPoints: Sendable {
    private let library: FilePath

    /// Built once for all tests of a process.
    package static let shared = Task { CrashPoints(library: try await buildFixture("crash", in: "crash")) }

    /// What came of a run of Baton.
    package struct Outcome: Sendable {
        package let result: ProgramResult
        /// The points that it came to, in order: the call and its path in the project.
        package let points: [String]

        /// It was ended at the last of the points.
        package var wasEnded: Bool { result.status == 128 + SIGKILL }
    }

    /// Runs the installed `baton` in the project of `world`, and ends it right before its write `number`, counted from 1;
    /// nil lets it run to its end.
    package func run(_ arguments: [String], in world: World, endingAt number: Int?) async throws -> Outcome {
        let folder = try TemporaryFolder("baton-points")
        let list = folder.path.appending("points")
        var variables = [
            "LD_PRELOAD": library.string, "BATON_CRASH_BELOW": world.project.path.string,
            "BATON_CRASH_POINTS": list.string,
        ]
        if let number { variables["BATON_CRASH_AT"] = String(number) }
        let result = try await world.start(arguments, variables: variables).result()
        let points = folder.read("points")?.split(separator: "\n").map(String.init) ?? []
        return Outcome(result: result, points: points)
    }
}
