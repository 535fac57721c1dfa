// Which model a name means.

import BatonCore
import SystemPackage
import Testing

@testable import BatonModels

@Suite("Model catalog")
struct ModelCatalogTests {
    /// A catalog whose folders are all in one new folder.
    private func with<Result>(
        _ settings: String? = nil,
        environment: [String: String] = [:],
        _ body: (ModelCatalog, FilePath) async throws -> Result
    ) async throws -> Result {
        try await withFolder { folder in
            if let settings { try put(settings, at: folder.appending("config/models.yaml")) }
            let catalog = try ModelCatalog(
                environment: environment, configFolder: folder.appending("config"),
                dataFolder: folder.appending("data"),
                runtimeFolder: folder.appending("run"), workingFolder: folder
            )
            do {
                let result = try await body(catalog, folder)
                await catalog.shutdown()
                return result
            } catch {
                await catalog.shutdown()
                throw error
            }
        }
    }

    private let settings = """
        default: local
        models:
          local: {url: "http://127.0.0.1:8080/v1/", model: qwen2.5-7b-instruct}
          far: {url: "https://example.org/v1", model: big, key_env: FAR_KEY}
        """

    @Test("the default: BATON_MODEL, else the file's, else the embedded model")
    func defaultName() async throws {
        try await with { catalog, _ in #expect(catalog.defaultName == "embedded") }
        try await with(settings) { catalog, _ in #expect(catalog.defaultName == "local") }
        try await with(settings, environment: ["BATON_MODEL": "far"]) { catalog, _ in
            #expect(catalog.defaultName == "far")
        }
        try await with(settings, environment: ["BATON_MODEL": ""]) { catalog, _ in
            #expect(catalog.defaultName == "local")
        }
    }

    @Test("a name from the file is a server")
    func named() async throws {
        try await with(settings, environment: ["FAR_KEY": "sk-canary-1234\n"]) { catalog, _ in
            let local = try #require(try await catalog.resolve(nil) as? OpenAICompatibleModel)
            #expect(local.name == "qwen2.5-7b-instruct")
            #expect(local.endpoint.description == "http://127.0.0.1:8080/v1")
            #expect(local.key == nil)
            let far = try #require(try await catalog.resolve("far") as? OpenAICompatibleModel)
            #expect(far.key?.source == "FAR_KEY")
            #expect(far.key?.secret.reveal() == "sk-canary-1234")
            #expect(far.tokenLimit == .maxTokens)
        }
    }

    @Test("openai/MODEL is OpenAI, or the server that OPENAI_BASE_URL names")
    func openAI() async throws {
        try await with(environment: ["OPENAI_API_KEY": "k"]) { catalog, _ in
            let model = try #require(try await catalog.resolve("openai/gpt-4o-mini") as? OpenAICompatibleModel)
            #expect(model.name == "gpt-4o-mini")
            #expect(model.endpoint.description == "https://api.openai.com/v1")
            #expect(model.tokenLimit == .maxCompletionTokens)
            #expect(model.key?.source == "OPENAI_API_KEY")
        }
        try await with(environment: ["OPENAI_BASE_URL": "http://localhost:1/v1"]) { catalog, _ in
            let model = try #require(try await catalog.resolve("openai/x/y") as? OpenAICompatibleModel)
            #expect(model.name == "x/y")
            #expect(model.endpoint.description == "http://localhost:1/v1")
            #expect(model.key == nil)
        }
    }

    @Test("a name means the same model for as long as the catalog lives")
    func sameModel() async throws {
        try await with { catalog, folder in
            try put("answers: [{text: a, times: 1}, {text: b}]", at: folder.appending("s.yaml"))

            #expect(try await catalog.resolve("scripted:s.yaml").complete(.asking("")).text == "a")
            #expect(try await catalog.resolve("scripted:s.yaml").complete(.asking("")).text == "b")
        }
    }

    @Test(
        "says why a name means no model",
        arguments: [
            (
                "embedded",
                [
                    "model-unavailable: no model is set up",
                    "hint: Run 'baton model install' to install the small embedded model (about 130 MB).",
                    "hint: Or name another model with '--model'; 'baton model list' shows what there is.",
                ]
            ),
            (
                "locl",
                [
                    "not-found: no model is called 'locl'", "hint: Did you mean 'local'?",
                    "hint: 'baton model list' shows what there is.",
                ]
            ),
            ("gpt", ["not-found: no model is called 'gpt'", "hint: 'baton model list' shows what there is."]),
            ("", ["not-found: no model is called ''", "hint: 'baton model list' shows what there is."]),
            (
                "far",
                [
                    "model-refused: model 'far' needs a key, and the variable 'FAR_KEY' is not set",
                    "hint: Set it with 'export FAR_KEY=…', or name another model with '--model'.",
                ]
            ),
            (
                "openai/gpt-4o",
                [
                    "model-refused: model 'openai/gpt-4o' needs a key, and the variable 'OPENAI_API_KEY' is not set",
                    "hint: Set it with 'export OPENAI_API_KEY=…', or name another model with '--model'.",
                ]
            ),
        ])
    func failures(name: String, lines: [String]) async throws {
        try await with(settings) { catalog, _ in
            let error = try await batonError { try await catalog.resolve(name) }

            #expect(error.lines == lines)
        }
    }

    @Test("a variable that holds no key")
    func badKey() async throws {
        try await with(settings, environment: ["FAR_KEY": "canary canary"]) { catalog, _ in
            let error = try await batonError { try await catalog.resolve("far") }

            #expect(
                error.lines == [
                    "model-refused: model 'far' needs a key, and the variable 'FAR_KEY' holds something else",
                    "hint: A key consists of visible ASCII characters; set it with 'export FAR_KEY=…'.",
                ])
        }
    }

    @Test("a base URL that is none is not shown")
    func badBase() async throws {
        try await with(environment: ["OPENAI_BASE_URL": "https://me:canary@example.org"]) { catalog, _ in
            let error = try await batonError { try await catalog.resolve("openai/x") }

            #expect(
                error.lines == [
                    "invalid-input: OPENAI_BASE_URL is not an http, https or http+unix URL without a password or query"
                ])
            #expect(!"\(catalog.list())".contains("canary"))
        }
    }

    @Test("lists what can be named")
    func list() async throws {
        try await with(settings) { catalog, folder in
            #expect(
                catalog.list() == [
                    ModelRow(
                        name: "embedded", kind: .embedded,
                        location: "\(folder)/data/models/embedded/0.1.2-2026.10.11549", state: .notInstalled,
                        isDefault: false),
                    ModelRow(
                        name: "local", kind: .server, location: "http://127.0.0.1:8080/v1", state: .configured,
                        isDefault: true),
                    ModelRow(
                        name: "far", kind: .server, location: "https://example.org/v1",
                        state: .keyMissing(variable: "FAR_KEY"), isDefault: false),
                    ModelRow(
                        name: "openai/MODEL", kind: .openai, location: "https://api.openai.com/v1",
                        state: .keyMissing(variable: "OPENAI_API_KEY"), isDefault: false),
                ])
        }
        try await with(environment: ["BATON_MODEL": "scripted:s.yaml"]) { catalog, _ in
            #expect(
                catalog.list().last
                    == ModelRow(
                        name: "scripted:s.yaml", kind: .scripted, location: "s.yaml", state: .configured,
                        isDefault: true))
        }
        try await with(environment: ["BATON_MODEL": "openai/gpt-4o", "OPENAI_API_KEY": "k"]) { catalog, _ in
            #expect(
                catalog.list().suffix(2).map { "\($0.name) \($0.state) \($0.isDefault)" } == [
                    "openai/MODEL configured false", "openai/gpt-4o configured true",
                ])
        }
    }

    @Test(
        "says what is wrong in models.yaml, and where",
        arguments: [
            ("defaults: a", "unknown key 'defaults' in the model settings at m.yaml:1:1"),
            ("default: locl\nmodels: {local: {url: 'http://a', model: b}}", "no model is called 'locl' at m.yaml:1:10"),
            ("default: [a]", "'default' must be text at m.yaml:1:10"),
            ("models: [a]", "'models' must be a mapping at m.yaml:1:9"),
            ("models:\n  a: {url: 'http://a', model: b, key: c}", "unknown key 'key' in model 'a' at m.yaml:2:34"),
            ("models:\n  a: {model: b}", "model 'a' needs 'url' at m.yaml:2:6"),
            ("models:\n  a: {url: 'http://a'}", "model 'a' needs 'model', its name on the server at m.yaml:2:6"),
            (
                "models: {a: {url: 'a:80', model: b}}",
                "'url' must be an http, https or http+unix URL without a password or query at m.yaml:1:19"
            ),
            (
                "models: {a: {url: 'http://a', model: b, key_env: sk-canary}}",
                "'key_env' must be the name of an environment variable at m.yaml:1:50"
            ),
            (
                "models: {embedded: {url: 'http://a', model: b}}",
                "'embedded' is the model that Baton brings; another needs another name at m.yaml:1:10"
            ),
            (
                "models: {'a/b': {url: 'http://a', model: b}}",
                "a model's name must be of letters, digits, '.', '_' and '-' at m.yaml:1:10"
            ),
        ])
    func faults(text: String, message: String) async throws {
        let error = try await batonError { try ModelsFile.read(text, file: "m.yaml") }

        #expect(error.code == .invalidInput)
        #expect(error.message == message)
        #expect(!error.lines.joined().contains("canary"))
    }

    @Test("an empty file and one that names only a default are fine")
    func small() throws {
        #expect(try ModelsFile.read("", file: "m.yaml") == ModelsFile())
        #expect(try ModelsFile.read("default: openai/gpt-4o-mini", file: "m.yaml").defaultName == "openai/gpt-4o-mini")
        #expect(try ModelsFile.read("default: embedded", file: "m.yaml").defaultName == "embedded")
    }
}
