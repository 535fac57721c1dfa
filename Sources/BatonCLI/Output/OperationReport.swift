// What an operation did, or would do: for people, and as JSON.

import BatonCore
import BatonEngine
import BatonGit
import BatonTerminal
import SystemPackage

/// Tells what came of taking something back.
struct OperationReport {
    let landing: Landing
    let kind: RepositoryOperation.Kind
    /// Nothing was done: this is what would be.
    let isDry: Bool

    /// Files that are listed; more are counted.
    private static let listedFiles = 20

    func show(in console: Console, json: Bool) {
        if json {
            console.document(JSONText.line(document) + "\n")
            return
        }
        console.data(isDry ? "Would \(wish)\(sanitizedLine(object)) (\(files))" : done)
        for file in landing.files.prefix(Self.listedFiles) { console.data(Self.line(of: file)) }
        if landing.files.count > Self.listedFiles {
            console.data("  and \(Format.count(landing.files.count - Self.listedFiles, "more file", "more files"))")
        }
        for path in landing.left {
            console.warn(
                "'\(sanitizedLine(path.string))' was changed by somebody else in this moment; their version stays",
                hints: [])
        }
        guard !isDry else { return }
        console.note("\("hint", .hint): To take this back, run 'baton \(kind == .undo ? "redo" : "undo")'.")
    }

    // MARK: Words

    /// What was done, such as "Undid: land step 'draft' of run 7f3a21bc (2 files)", and where HEAD is now.
    private var done: StyledText {
        var text: StyledText = "\(past)\(sanitizedLine(object)) (\(files))"
        if landing.isMove {
            let place = landing.head.map { String($0.prefix(7)) }
            text += place.map { ". HEAD is again at \($0, .id)" } ?? ". The branch has no commit any more"
        } else if let first = landing.commits.first {
            text += " as \(first.prefix(7), .id)"
            for commit in landing.commits.dropFirst() { text += ", \(commit.prefix(7), .id)" }
        }
        return text
    }

    private var wish: String {
        switch kind {
        case .undo: "undo: "
        case .redo: "do again: "
        case .restore: "restore the files of "
        case .land, .revert, .squash: kind.rawValue + " "
        }
    }

    private var past: String {
        switch kind {
        case .land: "Landed "
        case .undo: "Undid: "
        case .redo: "Did again: "
        case .revert: "Reverted "
        case .restore: "Restored the files of "
        case .squash: "Squashed "
        }
    }

    /// The title without its verb.
    private var object: String { String(landing.title.drop { $0 != " " }.dropFirst()) }

    private var files: String { Format.count(landing.files.count, "file") }

    static func line(of file: FileStat) -> StyledText {
        let mark =
            switch file.kind {
            case .added: "A"
            case .modified: "M"
            case .removed: "D"
            }
        var text: StyledText = "  \(mark) \(sanitizedLine(file.path.string))"
        if file.isBinary { text += " (binary)" }
        if file.addedLines > 0 { text += " \("+\(file.addedLines)", .addition)" }
        if file.removedLines > 0 { text += " \("-\(file.removedLines)", .removal)" }
        return text
    }

    private var document: JSONValue {
        .object([
            "schema": "baton.operation/1",
            "operation": landing.operation.map(JSONValue.string) ?? .null,
            "kind": .string(kind.rawValue),
            "dry_run": .bool(isDry),
            "title": .string(landing.title),
            "steps": .array(landing.steps.map(\.document)),
            "commits": .array(landing.commits.map(JSONValue.string)),
            "head": landing.head.map(JSONValue.string) ?? .null,
            "moved": .bool(landing.isMove),
            "files": .array(landing.files.map(\.document)),
            "left": .array(landing.left.map { .string($0.string) }),
        ])
    }
}

extension StepOfRun {
    var document: JSONValue {
        ["run": .string(run.description), "step": .string(step.path), "step_number": .integer(step.number)]
    }
}

extension FileStat {
    var document: JSONValue {
        [
            "path": .string(path.string), "change": .string(kind.rawValue), "added": .integer(addedLines),
            "removed": .integer(removedLines), "binary": .bool(isBinary),
        ]
    }
}
