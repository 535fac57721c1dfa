// `baton op`: what Baton did to this repository.

import ArgumentParser
import BatonCore
import BatonEngine
import BatonGit
import BatonTerminal
import Foundation
import SystemPackage

struct OpCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "op",
        abstract: "Show what Baton did to this repository, and what each operation changed",
        discussion: """
              $ baton op log            the latest operations
              $ baton op show 4c1d0be   one, with its files
            """,
        subcommands: [OpLogCommand.self, OpShowCommand.self]
    )
}

struct OpLogCommand: BatonSubcommand {
    static let configuration = CommandConfiguration(
        commandName: "log",
        abstract: "List the latest operations: landed steps and everything that took them back",
        discussion: """
              $ baton op log
              $ baton op log --number 100 --json
            """
    )

    @Option(name: .shortAndLong, help: ArgumentHelp("Operations to show", valueName: "count"))
    var number = 20

    @Flag(name: .long, help: "Write one JSON object an operation to standard output")
    var json = false

    func validate() throws {
        guard (1...10_000).contains(number) else {
            throw ValidationError("'--number' is \(number); it must be from 1 to 10000")
        }
    }

    func execute(in context: CommandContext) async throws -> ExitReason {
        let operations = try await context.openProject().git.operations(limit: number)
        if json {
            for operation in operations { context.console.document(JSONText.line(operation.document) + "\n") }
            return .done
        }
        guard !operations.isEmpty else {
            context.console.note("Nothing has been landed here yet.")
            return .done
        }
        var table = Table([.init(""), .init(""), .init(""), .init("", isFlexible: true)])
        for operation in operations {
            let age = Date.now.timeIntervalSince1970 - Double(operation.time)
            table.add([
                "\(operation.id.prefix(7), .id)", "\(sanitizedLine(operation.branch))",
                "\(Format.ago(.seconds(max(0, age))))", "\(sanitizedLine(operation.title))",
            ])
        }
        for line in table.lines(width: context.console.capabilities.width) { context.console.data(line) }
        return .done
    }
}

struct OpShowCommand: BatonSubcommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show one operation and the files that it changed",
        discussion: """
              $ baton op show 4c1d0be
              $ baton op show 4c1d0be --json
            """
    )

    @Argument(help: ArgumentHelp("Operation id, or the start of one", valueName: "operation"))
    var operation: String

    @Flag(name: .long, help: "Write JSON to standard output")
    var json = false

    func execute(in context: CommandContext) async throws -> ExitReason {
        let (found, files) = try await context.openProject().git.operation(startingWith: operation)
        let console = context.console
        if json {
            var members = found.document.objectValue ?? [:]
            members["files"] = .array(files.map(\.document))
            console.document(JSONText.line(JSONValue.object(members)) + "\n")
            return .done
        }
        console.data("operation \(found.id, .id)")
        console.data("  what    \(sanitizedLine(found.title))")
        console.data("  when    \(JournalTime.text(of: Date(timeIntervalSince1970: Double(found.time))))")
        console.data("  branch  \(sanitizedLine(found.branch))")
        let (old, new) = (found.old.map { $0.prefix(7) } ?? "none", found.new.map { $0.prefix(7) } ?? "none")
        console.data("  HEAD    \(old, .id) to \(new, .id)")
        for file in files { console.data(OperationReport.line(of: file)) }
        return .done
    }
}

extension RepositoryOperation {
    fileprivate var document: JSONValue {
        .object([
            "schema": "baton.operation-record/1",
            "operation": .string(id),
            "kind": .string(kind.rawValue),
            "time": .string(JournalTime.text(of: Date(timeIntervalSince1970: Double(time)))),
            "title": .string(title),
            "steps": .array(steps.map(\.document)),
            "branch": .string(branch),
            "old": old.map(JSONValue.string) ?? .null,
            "new": new.map(JSONValue.string) ?? .null,
            "of": of.map(JSONValue.string) ?? .null,
            "paths": .array(paths.map { .string($0.string) }),
        ])
    }
}
