// The role that edits files until a check passes. SPDX-License-Identifier: MIT

package import BatonPluginKit
import BatonRoleText

/// Edits files until a check passes.
///
/// What the goal says exactly is done exactly, without a model. Else the model proposes edits of lines that exist, and
/// the first one that passes the check stays; then lines that the check's output asks for are tried. Nothing that does
/// not pass stays in a file.
package struct Coder: Role {
    package struct Settings: Decodable, Sendable {
        /// The files to edit, as patterns; what the step may write if nil.
        package var files: [String]?
        /// A shell line that exits with 0 when the goal is reached; nil if there is none.
        package var check: String?
        /// How often the model may try; 3 if nil.
        package var attempts: Int?
    }

    /// Where the edit that stayed came from.
    package enum Origin: String, Encodable, Sendable {
        case model, instruction
        case checkOutput = "check output"
    }

    package struct CheckState: Encodable, Equatable {
        package var command: String
        package var passed: Bool
    }

    package struct Outputs: Encodable, Equatable {
        /// The files that were changed.
        package var edited: [String]
        /// Null if the step has no check.
        package var check: CheckState?
        /// How often a model was asked.
        package var attempts: Int
        /// Null if nothing was changed.
        package var by: Origin?

        package func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Keys.self)
            try container.encode(edited, forKey: .edited)
            try container.encode(check, forKey: .check)
            try container.encode(attempts, forKey: .attempts)
            try container.encode(by, forKey: .by)
        }

        private enum Keys: CodingKey {
            case edited, check, attempts, by
        }
    }

    package static let descriptor = RoleDescriptor(
        id: "org.baton.coder",
        name: "coder",
        kind: .coder,
        version: "0.1.0",
        description: "Edits files by exact search and replace until a given check passes.",
        permissions: [.readFiles, .writeFiles, .runCommands, .callModel],
        settingsSchema: .object(
            [
                "files": .array(of: .string(), count: 1...100, "what to edit; what the step may write if left out"),
                "check": .string("a shell line that exits with 0 when the goal is reached"),
                "attempts": .integer(0...20, "how often the model may try; 3 if left out"),
            ],
            optional: ["files", "check", "attempts"]
        ),
        outputSchema: .object([
            "edited": .array(of: .string(), "the files that were changed"),
            "check": JSONSchema.object(["command": .string(), "passed": .boolean()]).orNull(),
            "attempts": .integer(nil, "how often a model was asked"),
            "by": JSONSchema.string(oneOf: ["model", "instruction", "check output"]).orNull(),
        ]),
        vendor: "The Baton authors",
        license: "MIT"
    )

    let settings: Settings

    package init(settings: Settings) throws {
        self.settings = settings
        guard (0...20).contains(settings.attempts ?? 3) else {
            throw PluginError(.invalid, "'attempts' must be from 0 to 20")
        }
    }

    package func run(_ step: Step, host: any RoleHost) throws -> Report<Outputs> {
        let files = try files(of: step)
        let instructions = Instruction.all(in: step.goal)
        if step.isDryRun {
            host.message("would edit \(files.map { "'\($0)'" }.joined(separator: ", "))")
            return report([], passed: nil, attempts: 0, by: nil)
        }
        let check = settings.check.map { Check(command: $0, host: host) }
        let before = try check?.run()
        if before?.passed == true, instructions.isEmpty {
            host.message("'\(settings.check ?? "")' passes already; nothing was changed")
            return report([], passed: true, attempts: 0, by: nil)
        }
        let trial = Trial(workspace: step.workspace, check: check, host: host)
        if !instructions.isEmpty {
            let edits = try Instruction.edits(instructions, files, in: step.workspace)
            guard try trial.passes(edits) else { throw failure(trial.last ?? before, attempts: 0) }
            return report(edits.map(\.path), passed: check.map { _ in true }, attempts: 0, by: .instruction)
        }
        return try searched(files, step, trial, before, host)
    }

    private func searched(
        _ files: [String],
        _ step: Step,
        _ trial: Trial,
        _ before: Check.Result?,
        _ host: any RoleHost
    ) throws -> Report<Outputs> {
        let attempts = settings.attempts ?? 3
        let path = Self.target(of: files, goal: step.goal, output: before?.output ?? "")
        guard let text = try step.workspace.text(of: path) else {
            throw PluginError(.failed, "'\(path)' is no text file")
        }
        let proposer = Proposer(path: path, text: text, output: before?.relevantOutput ?? "", step: step, host: host)
        for attempt in 0..<attempts {
            try host.checkCancelled()
            host.progress(
                "editing \(path) (try \(attempt + 1) of \(attempts))",
                permille: attempt * 1000 / (attempts + 1)
            )
            guard let edited = try proposer.propose(attempt) else { continue }
            if try trial.passes([Edit(path: path, text: edited)]) {
                return report([path], passed: before.map { _ in true }, attempts: attempt + 1, by: .model)
            }
        }
        for edited in ExpectedLines.candidates(for: text, output: before?.output ?? "") {
            try host.checkCancelled()
            host.progress("editing \(path) as the check asks", permille: 900)
            if try trial.passes([Edit(path: path, text: edited)]) {
                return report([path], passed: true, attempts: attempts, by: .checkOutput)
            }
        }
        throw failure(trial.last ?? before, attempts: attempts)
    }

    /// The files to edit, which the step has to be allowed to write.
    private func files(of step: Step) throws -> [String] {
        let patterns = settings.files ?? step.writes
        guard !patterns.isEmpty else {
            throw PluginError(.invalid, "the coder needs the setting 'files' or 'writes' with the files to edit")
        }
        let found = step.workspace.files(matching: patterns.map(Glob.init))
        // In the order in which the patterns name them.
        let files = patterns.flatMap { pattern in found.filter(Glob(pattern).matches) }.reduce(into: [String]()) {
            if !$0.contains($1) { $0.append($1) }
        }
        guard !files.isEmpty else {
            throw PluginError(.failed, "there is no file \(patterns.map { "'\($0)'" }.joined(separator: " or "))")
        }
        let allowed = step.writes.map(Glob.init)
        if !allowed.isEmpty, let file = files.first(where: { file in !allowed.contains { $0.matches(file) } }) {
            throw PluginError(.denied, "'\(file)' is not among the files that the step may write")
        }
        return files
    }

    /// The file that the check's output or the goal names; the first one if they name none.
    static func target(of files: [String], goal: String, output: String) -> String {
        files.first { output.contains($0) } ?? files.first { goal.contains($0) } ?? files[0]
    }

    private func report(_ edited: [String], passed: Bool?, attempts: Int, by: Origin?) -> Report<Outputs> {
        let names = edited.count == 1 ? edited[0] : Text.counted(edited.count, "file")
        let checked = passed == true ? "the check passes" : "there is no check"
        let summary = edited.isEmpty ? "change nothing; \(checked)" : "edit \(names); \(checked)"
        return Report(
            summary: Text.shortened(summary, to: 60),
            outputs: Outputs(
                edited: edited,
                check: settings.check.map { CheckState(command: $0, passed: passed ?? false) },
                attempts: attempts,
                by: by
            )
        )
    }

    private func failure(_ result: Check.Result?, attempts: Int) -> PluginError {
        let tries = attempts == 0 ? "" : " after \(Text.counted(attempts, "try").replacingSuffix("trys", "tries"))"
        guard let command = settings.check, let result else {
            return PluginError(.failed, "no edit was found\(tries); nothing was changed")
        }
        let last = result.lastLines.isEmpty ? "" : ": \(result.lastLines.joined(separator: " | "))"
        return PluginError(
            .failed,
            "'\(command)' still fails\(tries); nothing was changed\(last)",
            detail: ["check": .string(command), "output": .string(String(result.output.suffix(4_000)))]
        )
    }
}

extension String {
    fileprivate func replacingSuffix(_ suffix: String, _ replacement: String) -> String {
        hasSuffix(suffix) ? dropLast(suffix.count) + replacement : self
    }
}
