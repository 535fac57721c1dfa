// Edits that a check's output asks for in so many words. SPDX-License-Identifier: MIT

import BatonRoleText

/// Finds lines that a check's output says are missing, and puts them where they belong.
enum ExpectedLines {
    private static let labels = [
        "missing line:", "missing entry:", "missing:", "expected line:", "expected to find:", "expected:", "add line:",
        "please add:",
    ]
    /// More lines than these are no small edit.
    private static let linesMax = 50

    /// New texts of a file, the likeliest first; none if the output names no lines.
    static func candidates(for text: String, output: String) -> [String] {
        let present = Set(Text.lines(text).map(Text.trimmed))
        let missing = lines(in: output).filter { !present.contains($0) }
        guard !missing.isEmpty, missing.count <= linesMax else { return [] }
        let whole = missing.reduce(text) { inserting($1, into: $0) }
        guard missing.count > 1 else { return [whole] }
        return [whole] + missing.map { inserting($0, into: text) }
    }

    /// The lines that the output names, each once.
    static func lines(in output: String) -> [String] {
        var found: [String] = []
        for line in Text.lines(output).map(Text.trimmed) {
            let lower = line.lowercased()
            guard let label = labels.first(where: lower.hasPrefix) else { continue }
            let rest = ModelText.withoutQuotes(Text.trimmed(line.dropFirst(label.count)))
            if !rest.isEmpty, !found.contains(rest) { found.append(rest) }
        }
        return found
    }

    /// Puts a list item at the end of the last list of its kind, anything else at the end of the file.
    static func inserting(_ line: String, into text: String) -> String {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let mark = line.prefix(2)
        if ["- ", "* ", "+ "].contains(mark), let last = lines.lastIndex(where: { Text.trimmed($0).hasPrefix(mark) }) {
            // What is indented below the last item belongs to it.
            let indent = lines[last].prefix { $0 == " " }
            var end = last + 1
            while end < lines.count, lines[end].hasPrefix(indent + " "), !Text.trimmed(lines[end]).isEmpty { end += 1 }
            lines.insert(indent + line, at: end)
            return lines.joined(separator: "\n")
        }
        if lines.last?.isEmpty == true {
            lines.insert(line, at: lines.count - 1)
            return lines.joined(separator: "\n")
        }
        return text + "\n" + line + "\n"
    }
}
