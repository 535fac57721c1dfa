// `baton log`: what was run here, and what became of it.

import ArgumentParser
import BatonCore
import BatonEngine
import BatonTerminal
import Foundation

struct LogCommand: BatonSubcommand {
    static let configuration = CommandConfiguration(
        commandName: "log",
        abstract: "Show what was run here, step by step, and what was taken back",
        discussion: """
              $ baton log                  the latest runs
              $ baton log 7f3a21bc         one run with its checks
              $ baton log 7f3a21bc draft   everything that one step logged

            What landed, and what was reverted since by whatever means, is read from git each time.
            """
    )

    @Argument(help: ArgumentHelp("Run id, or the start of one", valueName: "run"))
    var run: String?

    @Argument(help: ArgumentHelp("Number or id of a step", valueName: "step"))
    var step: String?

    @Option(name: .shortAndLong, help: ArgumentHelp("Runs to show", valueName: "count"))
    var number = 10

    @Flag(name: .long, help: "Write one JSON object a run, or an event, to standard output")
    var json = false

    func validate() throws {
        guard (1...1000).contains(number) else {
            throw ValidationError("'--number' is \(number); it must be from 1 to 1000")
        }
    }

    func execute(in context: CommandContext) async throws -> ExitReason {
        let project = try await context.openProject()
        guard let run else {
            show(try await project.history(limit: number), in: context.console)
            return .done
        }
        let history = try await project.history(limit: 1000)
        let found = try history.run(startingWith: run)
        guard let step else {
            show([found], in: context.console)
            return .done
        }
        let (_, entry) = try StepReference("\(found.run)/\(step)").find(in: history)
        for event in try await project.journal.events(of: found.run) where event.step == entry.name {
            context.console.data(json ? "\(JSONText.line(event.document))" : "\(event.line)")
        }
        return .done
    }

    private func show(_ runs: [RunHistory], in console: Console) {
        if json {
            for run in runs { console.document(JSONText.line(run.document) + "\n") }
            return
        }
        guard !runs.isEmpty else {
            console.note("Nothing has been run here yet. Start with 'baton recipes'.")
            return
        }
        for (index, run) in runs.enumerated() {
            if index > 0 { console.data("") }
            run.show(in: console)
        }
    }
}

extension [RunHistory] {
    fileprivate func run(startingWith prefix: String) throws -> RunHistory {
        let found = filter { $0.run.description.hasPrefix(prefix.lowercased()) }
        guard let run = found.first else {
            throw BatonError(.notFound, "there is no run '\(prefix)'", hints: ["'baton log' lists the runs."])
        }
        guard found.count == 1 else {
            let ids = found.map(\.run.description).joined(separator: " or ")
            throw BatonError(.invalidInput, "run id prefix '\(prefix)' is ambiguous; it could be \(ids)")
        }
        return run
    }
}

extension RunHistory {
    fileprivate func show(in console: Console) {
        var words: [String] = []
        if let recipe { words.append(recipe) }
        if let time = time.flatMap(JournalTime.date) {
            words.append(Format.ago(.seconds(Date.now.timeIntervalSince(time))))
        }
        words.append(
            [ending ?? (recipe == nil ? nil : "not finished"), verification].compactMap(\.self).joined(separator: ", "))
        console.data("run \(run, .id)  \(words.filter { !$0.isEmpty }.joined(separator: " · "))")
        var table = Table([.init("", .right), .init(""), .init(""), .init(""), .init("", isFlexible: true)])
        for step in steps {
            table.add([
                "  \(step.name.number)", "\(step.name.path)", "\(step.role)", step.stateText,
                "\(sanitizedLine(step.summary ?? ""))",
            ])
        }
        for line in table.lines(width: console.capabilities.width) { console.data(line) }
    }

    fileprivate var document: JSONValue {
        .object([
            "schema": "baton.run/1",
            "run": .string(run.description),
            "recipe": recipe.map(JSONValue.string) ?? .null,
            "time": time.map(JSONValue.string) ?? .null,
            "ending": ending.map(JSONValue.string) ?? .null,
            "verification": verification.map(JSONValue.string) ?? .null,
            "steps": .array(steps.map(\.document)),
        ])
    }
}

extension StepHistoryEntry {
    fileprivate var stateText: StyledText {
        let id = commit.map { String($0.prefix(7)) } ?? ""
        return switch state {
        case .landed: "\(id, .id)"
        case .reverted(let by): "\(id, .id) \("reverted", .warning) by \(by.prefix(7), .id)"
        case .unchanged: "no changes"
        case .failed: "\("failed", .error)"
        case .unfinished: "not finished"
        case .squashed(let into): "\(id, .id) in \(into.prefix(7), .id)"
        case .undone: "\(id, .id) \("undone", .warning)"
        case .lost: "not on this branch"
        }
    }

    fileprivate var document: JSONValue {
        let (word, by): (String, String?) =
            switch state {
            case .landed: ("landed", nil)
            case .reverted(let by): ("reverted", by)
            case .unchanged: ("unchanged", nil)
            case .failed: ("failed", nil)
            case .unfinished: ("unfinished", nil)
            case .squashed(let into): ("squashed", into)
            case .undone: ("undone", nil)
            case .lost: ("lost", nil)
            }
        return .object([
            "step": .string(name.path),
            "step_number": .integer(name.number),
            "role": .string(role),
            "state": .string(word),
            "reverted_by": by.map(JSONValue.string) ?? .null,
            "commit": commit.map(JSONValue.string) ?? .null,
            "model": model.map(JSONValue.string) ?? .null,
            "tokens": tokens.map(JSONValue.integer) ?? .null,
            "summary": summary.map(JSONValue.string) ?? .null,
        ])
    }
}

extension JournalEvent {
    fileprivate var document: JSONValue {
        var members = data.objectValue ?? [:]
        members["schema"] = "baton.event/1"
        members["event"] = .string(kind)
        members["time"] = .string(time)
        return .object(members)
    }

    /// One line for people.
    fileprivate var line: String {
        let text =
            switch kind {
            case "log": "\(data["source"]?.stringValue ?? ""): \(data["line"]?.stringValue ?? "")"
            case "message": data["text"]?.stringValue ?? ""
            case "denied-attempt": data["message"]?.stringValue ?? ""
            case "check":
                "\(data["passed"]?.boolValue == true ? "passed" : "not passed"): \(data["what"]?.stringValue ?? "")"
            default: JSONText.line(data)
            }
        return "\(time)  \(kind)  \(sanitizedLine(text))"
    }
}
