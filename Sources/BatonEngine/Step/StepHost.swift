// The host's side of one running step: answers what its plugin asks.

import BatonCore
import BatonModels
import BatonRecipes
import BatonWorkerLink
import BatonWorkers
import Foundation
import SystemPackage

/// Answers the calls of one step's plugin and collects what it delivers.
///
/// The plugin is not trusted: permissions and limits are checked here, in the process that it cannot reach.
actor StepHost: WorkerHost {
    private let name: StepName
    private let role: String
    private let permissions: Set<String>
    private let model: any ChatModel
    private let budget: Budget
    private let services: StepServices

    private(set) var report = StepReport()
    /// Why the last model call failed; nil if it succeeded or there was none.
    private(set) var modelError: BatonError?
    /// What was refused, so that the step fails with the reason even if the plugin hides it.
    private(set) var refusal: BatonError?
    private(set) var scratch: [FilePath] = []
    /// The models that answered.
    private(set) var models: [String] = []
    private var loggedLines = 0

    init(
        name: StepName, role: String, permissions: Set<String>, model: any ChatModel, budget: Budget,
        services: StepServices
    ) {
        self.name = name
        self.role = role
        self.permissions = permissions
        self.model = model
        self.budget = budget
        self.services = services
    }

    nonisolated var usage: ModelUsage { budget.usage }

    // MARK: Calls

    func answer(_ call: WorkerCall) async -> CallReply {
        do {
            switch call.service {
            case .model:
                try require("model.call", "called a model")
                return try await callModel(call)
            case .command:
                try require("exec", "ran a command")
                return try await runCommand(call)
            case .ask:
                try require("ask", "asked a question")
                return try await ask(call)
            case .stateGet:
                return try await readState(call)
            case .statePut:
                return try await writeState(call)
            case .changedPaths:
                let paths = try await services.changedPaths().map { JSONValue.string($0.string) }
                return .document(["schema": "baton.changed-paths/1", "paths": .array(paths)])
            case .scratch:
                scratch.append(try relativePath(call.request))
                return CallReply(status: Status.ok)
            case .artifact:
                let parts = call.request.split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false)
                let path = try relativePath(Array(parts[0]))
                await services.tell(.message("wrote \(path)"))
                return CallReply(status: Status.ok)
            }
        } catch let refused as Refused {
            return CallReply(status: refused.status)
        } catch let error as BatonError {
            return CallReply(status: Status.of(error))
        } catch {
            return CallReply(status: Status.cancelled)
        }
    }

    private func require(_ permission: String, _ deed: String) throws {
        guard !permissions.contains(permission) else { return }
        let error = BatonError(
            .denied, "role '\(role)' \(deed), and its plugin does not declare the permission '\(permission)'")
        refusal = error
        throw error
    }

    private func callModel(_ call: WorkerCall) async throws -> CallReply {
        guard let document = JSONText.object(call.request), var request = ChatRequest(document) else {
            throw Refused(status: Status.invalid)
        }
        if let exhaustion = budget.exhaustion {
            modelError = exhaustion
            throw exhaustion
        }
        request.asker = role
        // An answer may not be longer than what is left to spend.
        if let left = budget.tokensLeft { request.maxTokens = min(request.maxTokens ?? left, max(left, 1)) }
        do {
            let completion = try await model.complete(request) { delta in
                switch delta {
                case .text(let text): await call.stream(Chunk.text, Array(text.utf8))
                case .reasoning(let text): await call.stream(Chunk.reasoning, Array(text.utf8))
                }
            }
            budget.add(completion.usage)
            modelError = nil
            if !models.contains(model.name) { models.append(model.name) }
            await services.tell(.modelCalled(ModelCallRecord(completion, model: model.name)))
            return .document(completion.document)
        } catch let error as BatonError {
            modelError = error
            let record = ModelCallRecord(
                model: model.name, usage: ModelUsage(calls: 1), usageIsEstimated: true, duration: .zero,
                error: error.message
            )
            await services.tell(.modelCalled(record))
            throw error
        }
    }

    private func runCommand(_ call: WorkerCall) async throws -> CallReply {
        guard let request = JSONText.object(call.request), let order = CommandOrder(request) else {
            throw Refused(status: Status.invalid)
        }
        let output = try await call.execute(order)
        await services.tell(.commandRun(CommandRecord(order, output)))
        let limit = min(
            max(request["output_bytes_max"]?.intValue ?? CommandLimit.outputBytes, 0), CommandLimit.outputBytes)
        return .document(output.document(capacity: limit))
    }

    private func ask(_ call: WorkerCall) async throws -> CallReply {
        guard let document = JSONText.object(call.request), let question = document["question"]?.stringValue else {
            throw Refused(status: Status.invalid)
        }
        let choices = document["choices"]?.texts ?? []
        let fallback = document["default"]?.stringValue
        let answer = await services.ask(StepQuestion(text: question, choices: choices, fallback: fallback))
        guard let answer = answer ?? fallback else { throw Refused(status: Status.unavailable) }
        return .document(["schema": "baton.answer/1", "answer": .string(answer)])
    }

    private func readState(_ call: WorkerCall) async throws -> CallReply {
        let value = try await services.readState(String(decoding: call.request, as: UTF8.self))
        return CallReply(status: Status.ok, document: value ?? [])
    }

    private func writeState(_ call: WorkerCall) async throws -> CallReply {
        let parts = call.request.split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let isPresent = parts[1].first else { throw Refused(status: Status.invalid) }
        let value = Array(parts[1].dropFirst())
        guard value.count <= StateLimit.valueBytes, parts[0].count <= StateLimit.keyBytes else {
            throw Refused(status: Status.tooLarge)
        }
        try await services.writeState(String(decoding: parts[0], as: UTF8.self), isPresent == 1 ? value : nil)
        return CallReply(status: Status.ok)
    }

    /// A path that a plugin names: relative, within the view, not in the repository.
    private func relativePath(_ bytes: [UInt8]) throws -> FilePath {
        let path = FilePath(String(decoding: bytes, as: UTF8.self))
        guard path.isRelative, !path.isEmpty, path.components.allSatisfy({ $0.kind == .regular }),
            path.components.first != ".git"
        else { throw Refused(status: Status.invalid) }
        return path
    }

    // MARK: Notes

    func note(_ note: WorkerNote) async {
        switch note {
        case .log(let level, let component, let message):
            await log(LogLevel(rawValue: level) ?? .info, source: component.isEmpty ? "role" : component, [message])
        case .progress(let permille, let message):
            await services.tell(.progress(permille: permille < 0 ? nil : Int(permille), message: message))
        case .printed(let lines, let toStandardError):
            await log(.info, source: toStandardError ? "stderr" : "stdout", lines)
        case .attempted(let kind, let subject):
            await services.tell(.attemptDenied(DeniedAttempt(kind: kind, subject: subject)))
        case .emitted(let channel, let bytes):
            await take(bytes, from: channel)
        }
    }

    /// Passes lines on, as many as a step's log may have.
    private func log(_ level: LogLevel, source: String, _ lines: [String]) async {
        for line in lines.prefix(max(0, LogLimit.lines - loggedLines)) {
            await services.tell(.logged(level: level, source: source, line: line))
        }
        let before = loggedLines
        loggedLines += lines.count
        if before <= LogLimit.lines, loggedLines > LogLimit.lines {
            let line = "further lines are not recorded; \(LogLimit.lines) lines are the most of a step's log"
            await services.tell(.logged(level: .warning, source: "baton", line: line))
        }
    }

    private func take(_ bytes: [UInt8], from channel: String) async {
        guard let document = JSONText.object(bytes) else {
            refusal = BatonError(.stepFailed, "role '\(role)' delivered a '\(channel)' that is not a JSON object")
            return
        }
        switch channel {
        case "result":
            report = StepReport(summary: document["summary"]?.stringValue, outputs: document["outputs"])
        case "message":
            if let text = document["text"]?.stringValue { await services.tell(.message(text)) }
        default: break  // Artifacts and requests are for patterns that this version does not have.
        }
    }
}

/// A question of a role's.
package struct StepQuestion: Hashable, Sendable {
    package var text: String
    package var choices: [String]
    package var fallback: String?
}

/// What a step's host needs from elsewhere.
struct StepServices: Sendable {
    /// Passes an event on.
    var tell: @Sendable (RunEvent.Kind) async -> Void
    /// Asks the person; nil if nobody is there.
    var ask: @Sendable (StepQuestion) async -> String?
    var changedPaths: @Sendable () async throws -> [FilePath]
    var readState: @Sendable (String) async throws -> [UInt8]?
    var writeState: @Sendable (String, [UInt8]?) async throws -> Void
}

/// Limits of a plugin's store.
enum StateLimit {
    static let keyBytes = 256
    static let valueBytes = 64 << 10
}

/// Limits of a step's log.
enum LogLimit {
    static let lines = 2000
}

/// A call that is refused without more words.
private struct Refused: Error {
    let status: Int32
}

/// The `BATON_CHUNK_…` of baton_plugin.h.
private enum Chunk {
    static let text: Int32 = 0
    static let reasoning: Int32 = 1
}

/// The `BATON_…` statuses of baton_plugin.h, which only the worker includes.
enum Status {
    static let ok: Int32 = 0
    static let failed: Int32 = -1
    static let invalid: Int32 = -2
    static let unavailable: Int32 = -4
    static let denied: Int32 = -5
    static let cancelled: Int32 = -6
    static let deadline: Int32 = -7
    static let budget: Int32 = -8
    static let transient: Int32 = -9
    static let conflict: Int32 = -10
    static let tooLarge: Int32 = -11
    static let `internal`: Int32 = -12

    /// The status that tells a plugin of `error`.
    fileprivate static func of(_ error: BatonError) -> Int32 {
        switch error.code {
        case .denied: denied
        case .budgetExceeded: budget
        case .timedOut: deadline
        case .cancelled: cancelled
        case .rateLimited: transient
        case .modelUnavailable, .modelRefused: unavailable
        case .conflict: conflict
        case .invalidInput: invalid
        default: failed
        }
    }
}

extension CallReply {
    fileprivate static func document(_ document: JSONValue) -> CallReply {
        CallReply(status: Status.ok, document: Array(document.text.utf8))
    }
}
