// What has to be true of the world after every run.

import BatonTestSupport
import Foundation
import SystemPackage
import Testing

extension World {
    /// What must hold after every run, whatever came of it: the repository is sound, and nothing was left in the state
    /// folder or as a process.
    func expectSound(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let fsck = try await run(
            "git", ["fsck", "--strict", "--no-dangling"], in: project.path, environment: environment)
        #expect(fsck.status == 0, "\(fsck.output)\(fsck.errors)", sourceLocation: sourceLocation)
        let views =
            (try? FileManager.default.contentsOfDirectory(
                atPath: home.path.appending(".local/state/baton/views").string)) ?? []
        #expect(views.filter { $0 != "lock" } == [], "views are left", sourceLocation: sourceLocation)
        let left = Self.processes(with: home.path.string)
        #expect(left == [], "processes are left", sourceLocation: sourceLocation)
    }
}
