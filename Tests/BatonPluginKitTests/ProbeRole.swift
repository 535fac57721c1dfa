// Roles that do what a test says.

import BatonPluginKit

/// Does what its settings say.
struct ProbeRole: Role {
    struct Settings: Decodable, Sendable {
        var act: String?
        var number: Int?
    }

    struct Outputs: Encodable {
        var heard: String
    }

    struct Other: Error, CustomStringConvertible {
        let description = "something else broke"
    }

    static let descriptor = RoleDescriptor(
        id: "org.example.probe",
        name: "probe",
        kind: .other,
        version: "1.2.3",
        description: "Does what a test says.",
        permissions: [.readFiles, .callModel],
        settingsSchema: .object(["act": .string(), "number": .integer()], optional: ["act", "number"]),
        license: "MIT",
        features: ["probing"]
    )

    let settings: Settings

    func run(_ step: Step, host: any RoleHost) throws -> Report<Outputs> {
        var heard = ""
        switch settings.act {
        case "describe": heard = Self.describe(step)
        case "speak":
            host.log(.warning, "careful")
            host.progress("half", permille: 500)
            host.progress("unknown")
            host.message("hello")
            host.declareArtifact("a.md", kind: "text")
        case "cancelled": heard = "\(host.isCancelled)"
        case "model": heard = try host.callModel(ModelRequest(user: "Hi")).text
        case "stream":
            heard = try host.callModel(ModelRequest(user: "Hi")) { chunk in
                heard += chunk
                return heard.count < 3
            }.text
        case "run":
            let result = try host.run(Command(["false"]))
            heard = "\(result.exitStatus ?? -1)"
        case "ask": heard = try host.ask(Question("Go on?"))
        case "ask with a fallback": heard = try host.ask(Question("Go on?", fallback: "no"))
        case "remember": heard = try host.storedValue(for: "k").map { String(decoding: $0, as: UTF8.self) } ?? "nothing"
        case "store": try host.store([1], for: "k")
        case "fail": throw PluginError(.conflict, "it is taken", detail: ["by": "someone"])
        case "fail with success": throw PluginError(.init(rawValue: 0), "no status")
        case "break": throw Other()
        default: break
        }
        return Report(summary: "probe", outputs: Outputs(heard: heard))
    }

    private static func describe(_ step: Step) -> String {
        let context = step.context.map { "\($0.step)/\($0.role ?? "-")/\($0.paths)/\($0.outputs["n"]?.intValue ?? 0)" }
        return [
            step.goal, "\(context)", "\(step.reads)", "\(step.writes)", "\(step.parameters["words"]?.intValue ?? 0)",
            "\(step.limits.tokens ?? 0)", step.id, step.runID, "\(step.attempt)", "\(step.seed)",
            "\(step.deadlineUnixNanoseconds ?? 0)", "\(step.isDryRun)", "\(step.isInteractive)", step.workspace.root,
            step.baseCommit ?? "-",
        ].joined(separator: "|")
    }
}

/// A role without settings.
struct PlainRole: Role {
    static let descriptor = RoleDescriptor(
        id: "org.example.plain",
        name: "plain",
        kind: .other,
        version: "0.0.1",
        description: "Does nothing.",
        permissions: []
    )

    init(settings: NoSettings) {}

    func run(_ step: Step, host: any RoleHost) throws -> Report<NoOutputs> {
        Report(summary: "do nothing", outputs: NoOutputs())
    }
}

/// One plugin a process, as in a library.
let plugin = RolePlugin(ProbeRole.self, PlainRole.self)
