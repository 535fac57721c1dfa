// The manifests beside the plugins say what the plugins say.

import BatonPluginKit
import CoderRole
import FoundationEssentials
import ResearcherRole
import ReviewerRole
import Testing
import WriterRole

@Suite("Plugin manifests")
struct ManifestTests {
    struct Manifest: Decodable {
        struct ABI: Decodable, Equatable {
            var major: Int
            var minor: Int
        }

        struct Entry: Decodable {
            var id: String
            var name: String
            var kind: RoleDescriptor.Kind
            var description: String
            var permissions: [RoleDescriptor.Permission]
        }

        var schema: String
        var id: String
        var version: String
        var abi: ABI
        var file: String
        var license: String
        var roles: [Entry]
    }

    private func plugins() -> String {
        #filePath.split(separator: "/").dropLast(3).reduce("") { "\($0)/\($1)" } + "/plugins"
    }

    private func manifest(_ folder: String) throws -> Manifest {
        let data = try Data(contentsOf: URL(filePath: "\(plugins())/\(folder)/plugin.json"))
        return try JSONDecoder().decode(Manifest.self, from: data)
    }

    @Test("agree with the descriptors", arguments: ["researcher", "writer", "reviewer", "coder"])
    func agree(name: String) throws {
        let descriptors = [Researcher.descriptor, Writer.descriptor, Reviewer.descriptor, Coder.descriptor]
        let descriptor = try #require(descriptors.first { $0.name == name })
        let manifest = try manifest(name)
        let role = try #require(manifest.roles.first)

        #expect(manifest.roles.count == 1)
        #expect(manifest.schema == "baton.plugin/1")
        #expect(manifest.id == descriptor.id && role.id == descriptor.id)
        #expect(descriptor.id == "org.baton.\(name)")
        #expect(manifest.version == descriptor.version)
        #expect(manifest.abi == Manifest.ABI(major: 1, minor: 0))
        #expect(manifest.file == "\(name).so")
        #expect(manifest.license == descriptor.license)
        #expect(role.name == descriptor.name)
        #expect(role.kind == descriptor.kind)
        #expect(role.description == descriptor.description)
        #expect(role.permissions == descriptor.permissions)
    }

    @Test("the C example's manifest agrees with its source")
    func example() throws {
        let manifest = try manifest("examples/c-role")
        let role = try #require(manifest.roles.first)
        let source = try #require(try Workspace(root: plugins()).text(of: "examples/c-role/hello.c"))

        #expect(source.contains(".id = BATON_LITERAL(\"\(manifest.id)\")"))
        #expect(source.contains(".version = BATON_LITERAL(\"\(manifest.version)\")"))
        #expect(source.contains(".license = BATON_LITERAL(\"\(manifest.license)\")"))
        #expect(source.contains(".name = BATON_LITERAL(\"\(role.name)\")"))
        #expect(source.contains(".description = BATON_LITERAL(\"\(role.description)\")"))
        let permissions = role.permissions.map { "\"\($0.rawValue)\", " }.joined()
        #expect(source.contains("PERMISSIONS[] = {\(permissions)NULL}"))
    }
}
