// What is shipped: the example in plain C, and the symbols of every plugin.

import BatonTestSupport
import Foundation
import SystemPackage
import Testing

@Suite("Shipped plugins", .timeLimit(.minutes(1)))
struct ShippedPluginTests {
    @Test("the role in plain C runs a step that writes a file")
    func plainC() async throws {
        let world = try await World([
            "hello.yaml": """
            recipe: hello
            summary: The example in C.
            steps:
              - id: hello
                role: hello
                goal: Say hello.
                writes: ["**"]
            """,
            "s.yaml": "answers: []\n",
        ])

        let result = try await world.baton("run", "hello.yaml", "--model", "scripted:s.yaml")

        #expect(result.status == 0, "\(result.errors)")
        #expect(world.project.read("hello-from-c.txt")?.contains("Hello from C, in step 'hello'") == true)
        #expect(try await world.git("log", "-1", "--format=%(trailers:key=Baton-Role,valueonly)").hasPrefix("hello "))
        try await world.expectSound()
    }

    @Test("every shipped plugin exports its entry function and nothing else")
    func symbols() async throws {
        let folder = World.prefix.appending("lib/baton/plugins")
        let plugins = try FileManager.default.contentsOfDirectory(atPath: folder.string)
        #expect(plugins.count == 5)
        for plugin in plugins {
            let files = try FileManager.default.contentsOfDirectory(atPath: folder.appending(plugin).string)
            let library = try #require(files.first { $0.hasSuffix(".so") })

            let result = try await run(
                "nm",
                [
                    "-D", "--extern-only", "--defined-only", "--format=just-symbols",
                    folder.appending(plugin).appending(library).string,
                ],
                in: folder, environment: ["PATH": "/usr/bin:/bin"])

            #expect(result.output == "baton_plugin_entry_v1\n", "\(plugin): \(result.output)\(result.errors)")
        }
    }

    @Test("a plugin whose file is not the one that its manifest names is refused before it is loaded")
    func changedPlugin() async throws {
        let world = try await World(["s.yaml": "answers: []\n"])
        let source = World.prefix.appending("lib/baton/plugins/org.example.hello")
        let target = world.home.path.appending("plugins/hello")
        try FileManager.default.createDirectory(
            atPath: target.removingLastComponent().string, withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: source.string, toPath: target.string)
        let library = target.appending("hello.so").string
        let handle = try #require(FileHandle(forWritingAtPath: library))
        try handle.seekToEnd()
        try handle.write(contentsOf: Data([0]))
        try handle.close()
        try world.project.write(
            "recipe: r\nsummary: s\nsteps:\n  - {role: hello, goal: g, writes: [\"**\"]}\n", to: "r.yaml")

        let result = try await world.baton(
            "run", "r.yaml", "--model", "scripted:s.yaml",
            variables: ["BATON_PLUGIN_PATH": world.home.path.appending("plugins").string])

        #expect(result.status == 4)
        #expect(result.errors.contains("is not the file that its manifest names"), "\(result.errors)")
    }
}
