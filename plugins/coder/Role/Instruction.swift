// Reads edits out of a goal that says them exactly. SPDX-License-Identifier: MIT

import BatonPluginKit
import BatonRoleText

/// An edit that the goal says exactly: replace `a` with `b`.
struct Instruction: Equatable {
    var old: String
    var new: String
    /// Wherever it stands, not at one place only.
    var everywhere: Bool

    private static let verbs: Set<String> = ["replace", "change", "rename", "substitute"]
    private static let joints: Set<String> = ["with", "to", "by", "into", "for"]

    /// The instructions of a goal: a verb, text in backticks, a joining word, text in backticks.
    static func all(in goal: String) -> [Instruction] {
        // Pieces at even places stand outside backticks, those at odd places inside.
        let pieces = goal.split(separator: "`", omittingEmptySubsequences: false)
        var instructions: [Instruction] = []
        var index = 1
        while index + 2 < pieces.count - 1 {
            let before = Words.all(in: pieces[index - 1]).suffix(6)
            let between = Words.all(in: pieces[index + 1])
            if !verbs.isDisjoint(with: before), between.count <= 2, let last = between.last, joints.contains(last),
                !pieces[index].isEmpty
            {
                let everywhere = !Set(["all", "every", "everywhere", "each"]).isDisjoint(with: before)
                instructions.append(
                    Instruction(old: String(pieces[index]), new: String(pieces[index + 2]), everywhere: everywhere)
                )
                index += 4
            } else {
                index += 2
            }
        }
        return instructions
    }

    /// The new texts of the files that the instructions change.
    ///
    /// - Throws: A `PluginError` if a text to replace stands nowhere, or at several places and not all are meant.
    static func edits(_ instructions: [Instruction], _ files: [String], in workspace: Workspace) throws -> [Edit] {
        var texts: [(path: String, text: String)] = try files.compactMap { path in
            try workspace.text(of: path).map { (path, $0) }
        }
        let originals = texts
        for instruction in instructions {
            let counts = texts.map { occurrences(of: instruction.old, in: $0.text) }
            let total = counts.reduce(0, +)
            guard total > 0 else {
                throw PluginError(.failed, "'\(instruction.old)' stands in none of the files")
            }
            guard total == 1 || instruction.everywhere else {
                throw PluginError(
                    .failed,
                    "'\(instruction.old)' stands at \(total) places; say 'every' or more of the line"
                )
            }
            for index in texts.indices where counts[index] > 0 {
                texts[index].text = replaced(instruction, in: texts[index].text)
            }
        }
        let edits = zip(originals, texts).filter { $0.text != $1.text }.map { Edit(path: $1.path, text: $1.text) }
        guard !edits.isEmpty else { throw PluginError(.failed, "the instructions change nothing") }
        return edits
    }

    private static func occurrences(of needle: String, in text: String) -> Int {
        split(text, by: needle).count - 1
    }

    private static func replaced(_ instruction: Instruction, in text: String) -> String {
        split(text, by: instruction.old).joined(separator: instruction.new)
    }

    private static func split(_ text: String, by needle: String) -> [String] {
        // On bytes, so that a match never depends on how letters combine.
        let (text, needle) = (Array(text.utf8), Array(needle.utf8))
        var parts: [String] = []
        var start = 0
        var index = 0
        while index + needle.count <= text.count {
            if text[index] == needle.first, text[index..<(index + needle.count)].elementsEqual(needle) {
                parts.append(String(decoding: text[start..<index], as: UTF8.self))
                index += needle.count
                start = index
            } else {
                index += 1
            }
        }
        return parts + [String(decoding: text[start...], as: UTF8.self)]
    }
}
