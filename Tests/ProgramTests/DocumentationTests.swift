// What the documents say is what the program does.

import BatonCore
import BatonTestSupport
import Foundation
import SystemPackage
import Testing

@Suite("Documentation")
struct DocumentationTests {
    @Test("the table of exit statuses is the program's own")
    func exitStatuses() throws {
        let text = try #require(
            FileManager.default.contents(atPath: World.packageRoot.appending("docs/exit-statuses.md").string))
        let rows = String(decoding: text, as: UTF8.self).split(separator: "\n").filter {
            $0.hasPrefix("| ") && $0.contains("`")
        }

        #expect(
            rows.map(String.init) == ExitReason.allCases.map { "| \($0.rawValue) | `\($0.name)` | \($0.meaning) |" })
    }

    @Test(
        "every command has help with an example, and leaves with 0",
        arguments: [
            ["--help"], ["run"], ["log"], ["revert"], ["undo"], ["redo"], ["restore"], ["squash"], ["op", "log"],
            ["op", "show"], ["init"], ["recipe", "check"], ["recipe", "list"], ["recipes"], ["roles"],
            ["plugin", "list"], ["model", "list"], ["model", "install"], ["doctor"],
        ])
    func help(command: [String]) async throws {
        let world = try await World()

        let result = try await world.start(["help"] + command.filter { $0 != "--help" }).result()

        #expect(result.status == 0)
        #expect(result.output.contains("$ baton"), "\(result.output)")
        #expect(result.errors == "")
    }
}
