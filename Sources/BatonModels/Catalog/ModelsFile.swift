// The user's models.yaml.

import BatonCore
import SystemPackage
import Yams

/// The models that the user has named.
///
/// ```yaml
/// default: local
/// models:
///   local: {url: "http://127.0.0.1:8080/v1", model: qwen2.5-7b-instruct, key_env: MY_KEY}
/// ```
struct ModelsFile: Hashable, Sendable {
    /// Nil if the file names none.
    var defaultName: String?
    /// In the file's order.
    var models: [NamedModel] = []

    struct NamedModel: Hashable, Sendable {
        var name: String
        var endpoint: Endpoint
        /// What its server calls it.
        var model: String
        /// The environment variable that holds the key; nil if it needs none.
        var keyVariable: String?
    }

    /// Reads the file at `path`; a missing file names no models.
    ///
    /// - Throws: ``BatonError`` with code `invalidInput` and the place.
    static func read(_ path: FilePath) throws(BatonError) -> ModelsFile {
        let text: String
        do {
            text = try StrictYAML.read(path, what: "model settings")
        } catch let error where error.code == .notFound {
            return ModelsFile()
        }
        return try read(text, file: path.string)
    }

    static func read(_ text: String, file: String) throws(BatonError) -> ModelsFile {
        let yaml = StrictYAML(file: file)
        guard let root = try yaml.root(of: text) else { return ModelsFile() }
        let members = try yaml.members(of: root, known: ["default", "models"], what: "the model settings")
        var settings = ModelsFile()
        if let models = members["models"] {
            for (key, value) in try yaml.entries(of: models, what: "'models'") {
                settings.models.append(try model(key, value, yaml))
            }
        }
        settings.defaultName = try yaml.text(members["default"], "default")
        if let name = settings.defaultName, let node = members["default"], !settings.knows(name) {
            let near = nearestName(to: name, among: settings.models.map(\.name) + [ModelName.embedded])
            throw yaml.problem(
                "no model is called '\(foreignLine(name, limit: 60))'", at: node,
                hints: near.map { ["Did you mean '\($0)'?"] } ?? ["Name it under 'models'."]
            )
        }
        return settings
    }

    private func knows(_ name: String) -> Bool {
        if case .named(let name) = ModelName(name) { models.contains { $0.name == name } } else { true }
    }

    private static func model(_ key: Node, _ value: Node, _ yaml: StrictYAML) throws(BatonError) -> NamedModel {
        guard let name = key.scalar?.string, isName(name) else {
            throw yaml.problem("a model's name must be of letters, digits, '.', '_' and '-'", at: key)
        }
        guard name != ModelName.embedded else {
            throw yaml.problem("'embedded' is the model that Baton brings; another needs another name", at: key)
        }
        let members = try yaml.members(of: value, known: ["url", "model", "key_env"], what: "model '\(name)'")
        guard let url = members["url"] else { throw yaml.problem("model '\(name)' needs 'url'", at: value) }
        guard let model = try yaml.text(members["model"], "model") else {
            throw yaml.problem("model '\(name)' needs 'model', its name on the server", at: value)
        }
        guard let endpoint = Endpoint(try yaml.text(url, "url") ?? "") else {
            throw yaml.problem(
                "'url' must be an http, https or http+unix URL without a password or query", at: url,
                hints: ["An example is 'http://127.0.0.1:8080/v1'; a key belongs into the variable named by 'key_env'."]
            )
        }
        let variable = try yaml.text(members["key_env"], "key_env")
        if let variable, let node = members["key_env"], !isVariable(variable) {
            throw yaml.problem(
                "'key_env' must be the name of an environment variable", at: node,
                hints: ["The key itself does not belong into this file."]
            )
        }
        return NamedModel(name: name, endpoint: endpoint, model: model, keyVariable: variable)
    }

    private static func isName(_ text: String) -> Bool {
        !text.isEmpty && text.unicodeScalars.allSatisfy { isWordScalar($0) || $0 == "." || $0 == "-" }
    }

    private static func isVariable(_ text: String) -> Bool {
        text.unicodeScalars.allSatisfy(isWordScalar) && !("0"..."9").contains(text.unicodeScalars.first ?? "0")
    }

    private static func isWordScalar(_ scalar: Unicode.Scalar) -> Bool {
        ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || ("0"..."9").contains(scalar) || scalar == "_"
    }
}
