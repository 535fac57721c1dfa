// Reads a script of answers from YAML.

import BatonCore
import FoundationEssentials
import Yams

/// Turns a script file's text into a ``Script``.
struct ScriptReader {
    private let yaml: StrictYAML

    /// Reads a script that errors call `file`.
    static func read(_ text: String, file: String) throws(BatonError) -> Script {
        try ScriptReader(yaml: StrictYAML(file: file)).script(text)
    }

    private func script(_ text: String) throws(BatonError) -> Script {
        guard let root = try yaml.root(of: text) else {
            throw BatonError(.invalidInput, "the script '\(yaml.file)' is empty; it needs 'answers'")
        }
        let members = try yaml.members(of: root, known: ["model", "answers"], what: "a script")
        guard let answers = members["answers"] else { throw yaml.problem("a script needs 'answers'", at: root) }
        var script = Script(model: try yaml.text(members["model"], "model"))
        for node in try yaml.list(answers, "answers") {
            script.answers.append(try answer(node))
        }
        return script
    }

    private func answer(_ node: Node) throws(BatonError) -> Script.Answer {
        let members = try yaml.members(
            of: node,
            known: ["role", "match", "text", "json", "error", "usage", "delay", "chunks", "times"],
            what: "an answer"
        )
        var answer = Script.Answer(outcome: try outcome(members, node))
        answer.role = try yaml.text(members["role"], "role")
        answer.match = try match(members["match"])
        answer.usage = try usage(members["usage"])
        answer.delay = try duration(members["delay"], "delay") ?? .zero
        answer.chunks = try yaml.integer(members["chunks"], "chunks", 1...10_000) ?? 1
        answer.times = try yaml.integer(members["times"], "times", 1...1_000_000)
        return answer
    }

    private func outcome(_ members: [String: Node], _ node: Node) throws(BatonError) -> Script.Outcome {
        let given = ["text", "json", "error"].filter { members[$0] != nil }
        guard given.count == 1 else {
            throw yaml.problem("an answer must have exactly one of 'text', 'json' and 'error'", at: node)
        }
        if let node = members["text"] {
            guard let scalar = node.scalar else { throw yaml.problem("'text' must be text", at: node) }
            return .text(scalar.string)
        }
        if let node = members["json"] { return .text(try serialised(node)) }
        return .error(try error(members["error"] ?? node))
    }

    /// Compact, keys sorted: equal values have equal bytes.
    private func serialised(_ node: Node) throws(BatonError) -> String {
        let value = try yaml.json(node)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return String(decoding: try encoder.encode(value), as: UTF8.self)
        } catch {
            throw yaml.problem("'json' cannot be written as JSON", at: node)
        }
    }

    private func match(_ node: Node?) throws(BatonError) -> Script.Match? {
        guard let node, let text = try yaml.text(node, "match") else { return nil }
        guard text.count > 2, text.first == "/", text.last == "/" else { return .text(text) }
        let pattern = String(text.dropFirst().dropLast())
        do {
            _ = try Regex(pattern)
        } catch {
            throw yaml.problem("'\(foreignLine(text, limit: 60))' is not a regular expression", at: node)
        }
        return .pattern(pattern)
    }

    private func usage(_ node: Node?) throws(BatonError) -> ModelUsage? {
        guard let node else { return nil }
        let members = try yaml.members(of: node, known: ["input", "output"], what: "'usage'")
        let tokens = 0...1_000_000_000
        return ModelUsage(
            inputTokens: try yaml.integer(members["input"], "input", tokens) ?? 0,
            outputTokens: try yaml.integer(members["output"], "output", tokens) ?? 0,
            calls: 1
        )
    }

    private func duration(_ node: Node?, _ name: String) throws(BatonError) -> Duration? {
        guard let node else { return nil }
        guard let text = node.scalar?.string, let value = scriptDuration(text) else {
            throw yaml.problem("'\(name)' must be a time such as '50ms' or '1.5s', at most one hour", at: node)
        }
        return value
    }

    private func error(_ node: Node) throws(BatonError) -> ModelError {
        let members = try yaml.members(of: node, known: ["status", "retry_after", "message", "kind"], what: "'error'")
        if let kind = members["kind"] {
            guard members.count == 1 else {
                throw yaml.problem("an 'error' with 'kind' has no other keys", at: node)
            }
            guard let error = Self.error(ofKind: try yaml.text(kind, "kind") ?? "") else { throw unknownKind(kind) }
            return error
        }
        guard let status = try yaml.integer(members["status"], "status", 400...599) else {
            throw yaml.problem("an 'error' needs 'status' or 'kind'", at: node)
        }
        let wait = try yaml.integer(members["retry_after"], "retry_after", 0...86_400)
        if let node = members["retry_after"], status != 429 {
            throw yaml.problem("'retry_after' goes only with status 429", at: node)
        }
        let message = foreignLine(try yaml.text(members["message"], "message") ?? "")
        return ModelError(status: status, message: message, wait: wait.map { .seconds($0) })
            ?? .serverFailed(status: status, message: message)
    }

    private static let kinds = ["no-server", "cut-stream", "not-json", "silence"]

    private static func error(ofKind kind: String) -> ModelError? {
        switch kind {
        case "no-server": .noServer(reason: "connection refused")
        case "cut-stream": .cutStream
        case "not-json": .notJSON(contentType: "text/html", start: "<!doctype html>")
        case "silence": .silent(for: .seconds(60))
        default: nil
        }
    }

    private func unknownKind(_ node: Node) -> BatonError {
        let kinds = Self.kinds.map { "'\($0)'" }.joined(separator: ", ")
        return yaml.problem("'kind' must be one of \(kinds)", at: node)
    }
}

/// `50ms`, `2s`, `1.5s`: from nothing to one hour.
func scriptDuration(_ text: String) -> Duration? {
    let milliseconds = text.hasSuffix("ms")
    guard milliseconds || text.hasSuffix("s"), text.first?.isNumber == true else { return nil }
    guard let number = Double(text.dropLast(milliseconds ? 2 : 1)) else { return nil }
    let duration = Duration.seconds(milliseconds ? number / 1000 : number)
    return duration <= .seconds(3600) ? duration : nil
}
