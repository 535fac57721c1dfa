// A host that answers what a test says.

import BatonPluginKit
import FoundationEssentials

/// A host that answers what a test says and records what it is asked.
///
/// Used from one thread only.
final class FakeHost: RoleHost {
    /// Answers a model's question; nil if the model is not there.
    var answer: ((ModelRequest) throws -> String)?
    /// Runs a command.
    var command: ((Command) throws -> CommandResult)?
    var isCancelled = false
    var requests: [ModelRequest] = []
    var commands: [[String]] = []
    var messages: [String] = []
    var logged: [String] = []
    var progressed: [String] = []
    var artifacts: [String] = []

    init(answer: ((ModelRequest) throws -> String)? = nil) {
        self.answer = answer
    }

    /// Gives the answers in turn, the last one again and again.
    convenience init(answers: [String]) {
        var rest = answers[...]
        self.init { _ in
            guard rest.count > 1 else { return rest.first ?? "" }
            return rest.removeFirst()
        }
    }

    func callModel(_ request: ModelRequest, receive: ((String) -> Bool)?) throws -> ModelResult {
        requests.append(request)
        guard let answer else { throw PluginError(.unavailable, "no model") }
        return ModelResult(text: try answer(request))
    }

    func run(_ command: Command) throws -> CommandResult {
        commands.append(command.argv)
        guard let run = self.command else { throw PluginError(.unavailable, "no commands") }
        return try run(command)
    }

    func log(_ level: LogLevel, _ message: String) { logged.append(message) }
    func progress(_ message: String, permille: Int?) { progressed.append(message) }
    func message(_ text: String) { messages.append(text) }
    func declareArtifact(_ path: String, kind: String) { artifacts.append("\(path) \(kind)") }
}

/// JSON text, members in alphabetical order.
func json(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
}

/// A role with these settings, as JSON.
func role<Kind: Role>(_ type: Kind.Type, _ settings: String = "{}") throws -> Kind {
    try Kind(settings: try JSONDecoder().decode(Kind.Settings.self, from: Data(settings.utf8)))
}
