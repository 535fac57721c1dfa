// Which model a name means.

import BatonCore
package import SystemPackage

/// The models that names can mean on this machine for this user.
///
/// | Name | Model |
/// |---|---|
/// | `embedded` | the model that Baton brings |
/// | `scripted:FILE` | answers from a file |
/// | `openai/MODEL` | OpenAI, or the server at `OPENAI_BASE_URL`, with the key in `OPENAI_API_KEY` |
/// | others | a server from `models.yaml` in the folder of settings |
///
/// If no model is named: `BATON_MODEL`, else `default:` in models.yaml, else `embedded`. A name means the same object
/// for as long as the catalog lives, so a script goes on where it was and one server serves all.
package actor ModelCatalog {
    private let environment: [String: String]
    private let workingFolder: FilePath
    private let settings: ModelsFile
    private let installation: EmbeddedInstallation
    private let server: EmbeddedServer
    private var resolved: [ModelName: any ChatModel] = [:]
    private var openConnections: ModelConnections?

    /// - Parameters:
    ///   - environment: The process's, or what stands for it.
    ///   - configFolder: Where `models.yaml` is.
    ///   - dataFolder: Where the embedded model is installed.
    ///   - runtimeFolder: Where its socket will be; see ``EmbeddedServer``.
    ///   - workingFolder: What the file of `scripted:FILE` is relative to.
    /// - Throws: ``BatonError`` with code `invalidInput` and the place if models.yaml is faulty.
    package init(
        environment: [String: String],
        configFolder: FilePath,
        dataFolder: FilePath,
        runtimeFolder: FilePath,
        workingFolder: FilePath = "."
    ) throws {
        self.environment = environment
        self.workingFolder = workingFolder
        self.settings = try ModelsFile.read(configFolder.appending("models.yaml"))
        self.installation = EmbeddedInstallation(dataFolder: dataFolder)
        self.server = EmbeddedServer(
            installation: installation, runtimeFolder: runtimeFolder, environment: environment
        )
    }

    /// The name that is used when none is given.
    package nonisolated var defaultName: String {
        if let name = environment["BATON_MODEL"], !name.isEmpty { return name }
        return settings.defaultName ?? ModelName.embedded
    }

    /// The model that `name` means; nil means the default.
    ///
    /// Nothing is started or asked yet.
    ///
    /// - Throws: ``BatonError`` with code `notFound` for an unknown name or file, `invalidInput` for a faulty script,
    ///   `modelUnavailable` if the embedded model is not installed, and `modelRefused` if a key is not set.
    package func resolve(_ name: String?) async throws -> any ChatModel {
        let text = name ?? defaultName
        let name = ModelName(text)
        if let model = resolved[name] { return model }
        let model: any ChatModel =
            switch name {
            case .builtIn: try embedded()
            case .scripted(let file): try ScriptedModel(file: workingFolder.pushing(file))
            case .openAI(let model): try openAI(model)
            case .named(let name): try named(name)
            }
        resolved[name] = model
        return model
    }

    /// All models that can be named, the embedded one first.
    package nonisolated func list() -> [ModelRow] {
        var rows = [embeddedRow]
        rows += settings.models.map { model in
            row(model.name, .server, "\(model.endpoint)", key: model.keyVariable)
        }
        let base = environment["OPENAI_BASE_URL"].flatMap { $0.isEmpty ? nil : $0 }
        // Shown as it would be used: a URL that is not one could hold a secret.
        let location = base.map { Endpoint($0)?.description ?? "OPENAI_BASE_URL is not a URL" } ?? "\(Endpoint.openAI)"
        rows.append(row("openai/MODEL", .openai, location, key: base == nil ? Self.openAIKey : nil))
        let name = defaultName
        if !rows.contains(where: { $0.name == name }), let row = defaultRow(name, location, hasBase: base != nil) {
            rows.append(row)
        }
        return rows
    }

    /// Stops the embedded model's server and ends all connections.
    package func shutdown() async {
        await server.shutdown()
        await openConnections?.shutdown()
        openConnections = nil
    }

    private static let openAIKey = "OPENAI_API_KEY"

    private func connections() -> ModelConnections {
        if let openConnections { return openConnections }
        let connections = ModelConnections()
        openConnections = connections
        return connections
    }

    private func embedded() throws -> any ChatModel {
        switch installation.status {
        case .installed: return EmbeddedModel(server: server, connections: connections())
        case .notInstalled:
            throw BatonError(
                .modelUnavailable, "no model is set up",
                hints: [
                    "Run 'baton model install' to install the small embedded model (about 130 MB).",
                    "Or name another model with '--model'; 'baton model list' shows what there is.",
                ]
            )
        case .damaged:
            throw BatonError(
                .modelUnavailable, "the embedded model in '\(installation.folder)' is damaged",
                hints: ["Run 'baton model install' to install it again."]
            )
        }
    }

    private func openAI(_ model: String) throws -> any ChatModel {
        guard let base = environment["OPENAI_BASE_URL"], !base.isEmpty else {
            return OpenAICompatibleModel(
                name: model, endpoint: .openAI, key: try key(from: Self.openAIKey, for: "openai/\(model)"),
                tokenLimit: .maxCompletionTokens, connections: connections()
            )
        }
        guard let endpoint = Endpoint(base) else {
            throw BatonError(
                .invalidInput, "OPENAI_BASE_URL is not an http, https or http+unix URL without a password or query"
            )
        }
        // Another server may do without a key.
        let key = environment[Self.openAIKey].flatMap { Secret($0) }.map { ModelKey($0, from: Self.openAIKey) }
        return OpenAICompatibleModel(name: model, endpoint: endpoint, key: key, connections: connections())
    }

    private func named(_ name: String) throws -> any ChatModel {
        guard let model = settings.models.first(where: { $0.name == name }) else {
            let near = nearestName(to: name, among: settings.models.map(\.name) + [ModelName.embedded])
            throw BatonError(
                .notFound, "no model is called '\(foreignLine(name, limit: 60))'",
                hints: (near.map { ["Did you mean '\($0)'?"] } ?? []) + ["'baton model list' shows what there is."]
            )
        }
        return OpenAICompatibleModel(
            name: model.model, endpoint: model.endpoint,
            key: try model.keyVariable.map { try key(from: $0, for: name) }, connections: connections()
        )
    }

    private func key(from variable: String, for model: String) throws -> ModelKey {
        guard let value = environment[variable], !value.isEmpty else {
            throw BatonError(
                .modelRefused, "model '\(model)' needs a key, and the variable '\(variable)' is not set",
                hints: ["Set it with 'export \(variable)=…', or name another model with '--model'."]
            )
        }
        guard let secret = Secret(value) else {
            throw BatonError(
                .modelRefused, "model '\(model)' needs a key, and the variable '\(variable)' holds something else",
                hints: ["A key consists of visible ASCII characters; set it with 'export \(variable)=…'."]
            )
        }
        return ModelKey(secret, from: variable)
    }

    private nonisolated var embeddedRow: ModelRow {
        let state: ModelRow.State =
            switch installation.status {
            case .installed: .installed
            case .notInstalled: .notInstalled
            case .damaged: .damaged
            }
        return ModelRow(
            name: ModelName.embedded, kind: .embedded, location: installation.folder.string, state: state,
            isDefault: defaultName == ModelName.embedded
        )
    }

    private nonisolated func row(_ name: String, _ kind: ModelRow.Kind, _ location: String, key: String?) -> ModelRow {
        let isMissing = key.map { environment[$0].flatMap { Secret($0) } == nil } ?? false
        return ModelRow(
            name: name, kind: kind, location: location,
            state: isMissing ? .keyMissing(variable: key ?? "") : .configured, isDefault: name == defaultName
        )
    }

    /// The default, if it is of a kind that has no row of its own; nil if nothing has that name.
    private nonisolated func defaultRow(_ name: String, _ location: String, hasBase: Bool) -> ModelRow? {
        switch ModelName(name) {
        case .scripted(let file): row(name, .scripted, file.string, key: nil)
        case .openAI: row(name, .openai, location, key: hasBase ? nil : Self.openAIKey)
        case .builtIn, .named: nil
        }
    }
}
