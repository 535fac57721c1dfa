// Runs the command that tells whether the goal is reached. SPDX-License-Identifier: MIT

import BatonPluginKit
import BatonRoleText

/// The command that tells whether the goal is reached.
struct Check {
    /// What a run of the check said.
    struct Result {
        var passed: Bool
        /// Standard output, then standard error.
        var output: String

        /// The last lines that say something, at most three.
        var lastLines: [String] {
            Text.lines(output).map(Text.trimmed).filter { !$0.isEmpty }.suffix(3).map { Text.shortened($0, to: 160) }
        }

        /// The lines that tell what is wrong; the last ones if none does.
        var relevantOutput: String {
            let lines = Text.lines(output).map(Text.trimmed).filter { !$0.isEmpty }
            let telling = lines.filter { line in
                let text = line.lowercased()
                return Self.tellingWords.contains { text.contains($0) }
            }
            let chosen = telling.isEmpty ? lines.suffix(Self.linesMax) : telling.prefix(Self.linesMax)
            return chosen.map { Text.shortened($0, to: 200) }.joined(separator: "\n")
        }

        private static let linesMax = 12
        private static let tellingWords = ["error", "fail", "expect", "missing", "assert", "not found", "undefined"]
    }

    private static let timeoutSeconds = 300.0
    private static let outputBytesMax = 65_536

    let command: String
    let host: any RoleHost

    func run() throws -> Result {
        try host.checkCancelled()
        host.progress("running \(Text.shortened(command, to: 40))")
        let result = try host.run(
            Command(shell: command, timeoutSeconds: Self.timeoutSeconds, outputBytesMax: Self.outputBytesMax)
        )
        var output = result.stdout
        if !output.isEmpty, !output.hasSuffix("\n") { output += "\n" }
        output += result.stderr
        if result.timedOut { output += "\nthe check took longer than \(Int(Self.timeoutSeconds)) seconds" }
        return Result(passed: result.succeeded, output: output)
    }
}
