// A model that answers from a file: the same answers every time, without a server.

import BatonCore
import FoundationEssentials
package import SystemPackage

/// Answers from a script.
///
/// The first answer in the file's order whose role and match fit and which has uses left is given. Nothing is random
/// and nothing is sent, so two runs with the same script get the same answers.
///
/// ```yaml
/// model: scripted-1            # what commits say; 'scripted' if left out
/// answers:
///   - role: writer             # the role that asks; any if left out
///     match: outline           # text in the messages, or /a regular expression/
///     text: |
///       First …                # or json: {…}, or error: {…}
///     usage: {input: 120, output: 40}
///     delay: 50ms
///     chunks: 3                # how many pieces it arrives in
///     times: 1                 # how often it may be given
///   - error: {status: 429, retry_after: 2, message: slow down}
///   - error: {kind: cut-stream}  # or no-server, not-json, silence
/// ```
///
/// Reference: docs/scripted-model.md.
package actor ScriptedModel: ChatModel {
    package nonisolated let name: String
    private let file: String
    private let answers: [Script.Answer]
    /// The regular expressions of `answers`, by index.
    private let patterns: [Int: Regex<AnyRegexOutput>]
    /// How often each answer was given.
    private var uses: [Int]

    /// - Throws: ``BatonError`` with code `notFound` if there is no such file, and with `invalidInput` and the place if
    ///   something is wrong in it.
    package init(file: FilePath) throws {
        try self.init(StrictYAML.read(file, what: "script of answers"), file: file.string)
    }

    /// A model that answers from the script `text`, which errors call `file`.
    package init(_ text: String, file: String) throws {
        let script = try ScriptReader.read(text, file: file)
        self.name = script.model ?? "scripted"
        self.file = file
        self.answers = script.answers
        var patterns: [Int: Regex<AnyRegexOutput>] = [:]
        for (index, answer) in script.answers.enumerated() {
            if case .pattern(let pattern) = answer.match { patterns[index] = try Regex(pattern) }
        }
        self.patterns = patterns
        self.uses = Array(repeating: 0, count: script.answers.count)
    }

    package func complete(
        _ request: ChatRequest,
        onDelta: @escaping @Sendable (ChatDelta) async -> Void
    ) async throws -> ChatCompletion {
        let start = ContinuousClock.now
        let place = ModelPlace(model: name, location: "scripted:\(file)", keySource: nil)
        guard let index = answers.indices.first(where: { fits($0, request) }) else { throw noAnswer(to: request) }
        uses[index] += 1
        let answer = answers[index]
        do {
            if answer.delay > .zero { try await Task.sleep(for: answer.delay) }
            try Task.checkCancellation()
        } catch {
            throw ModelError.cancelled.explained(at: place)
        }
        switch answer.outcome {
        case .error(let error): throw error.explained(at: place)
        case .text(let text):
            for piece in pieces(of: text, count: answer.chunks) {
                await onDelta(.text(piece))
                if Task.isCancelled { throw ModelError.cancelled.explained(at: place) }
            }
            return ChatCompletion(
                text: text,
                finish: .stop,
                model: name,
                usage: answer.usage ?? .estimated(input: request.joinedContents, output: text),
                usageIsEstimated: answer.usage == nil,
                duration: .now - start
            )
        }
    }

    private func fits(_ index: Int, _ request: ChatRequest) -> Bool {
        let answer = answers[index]
        if let times = answer.times, uses[index] >= times { return false }
        if let role = answer.role, role != request.asker { return false }
        return switch answer.match {
        case nil: true
        case .text(let text): request.joinedContents.contains(text)
        case .pattern: patterns[index].map { request.joinedContents.firstMatch(of: $0) != nil } ?? false
        }
    }

    private func noAnswer(to request: ChatRequest) -> BatonError {
        let asker = request.asker.map { "role '\($0)'" } ?? "a request without a role"
        let last = foreignLine(request.messages.last?.content ?? "", limit: 60)
        return BatonError(
            .modelUnavailable, "the script '\(file)' has no answer left for \(asker), whose last message is '\(last)'",
            hints: ["Add an entry under 'answers', or raise the 'times' of one; the first that fits is taken."]
        )
    }
}

/// `text` in `count` pieces whose lengths differ by at most one character; fewer if it has fewer characters.
private func pieces(of text: String, count: Int) -> [String] {
    var rest = text[...]
    var left = min(count, text.count)
    var length = text.count
    var pieces: [String] = []
    while left > 0 {
        let size = (length + left - 1) / left
        pieces.append(String(rest.prefix(size)))
        rest = rest.dropFirst(size)
        length -= size
        left -= 1
    }
    return pieces
}
