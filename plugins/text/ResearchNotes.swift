// The file that the researcher writes and the writer reads. SPDX-License-Identifier: MIT

/// Findings with their quotes: what the researcher writes and the writer reads.
package struct ResearchNotes: Hashable, Sendable {
    /// A quote, what it says, and where it stands.
    package struct Finding: Hashable, Sendable {
        /// What the quote says, in one sentence; nil if nobody said it well.
        package var statement: String?
        /// Verbatim, on one line.
        package var quote: String
        package var source: SourceReference
        /// What the source is about there: its nearest heading; empty if it has none.
        package var heading: String

        package init(statement: String?, quote: String, source: SourceReference, heading: String) {
            self.statement = statement
            self.quote = quote
            self.source = source
            self.heading = heading
        }
    }

    package var title: String
    /// What was asked for.
    package var goal: String
    package var findings: [Finding]
    /// What was asked for and not found, a sentence each.
    package var gaps: [String]

    package init(title: String, goal: String, findings: [Finding], gaps: [String]) {
        self.title = title
        self.goal = goal
        self.findings = findings
        self.gaps = gaps
    }

    /// The Markdown form.
    package func markdown() -> String {
        var text = "# Notes: \(title)\n\n\(goal)\n\n## Findings\n"
        for (index, finding) in findings.enumerated() {
            text += "\n### \(index + 1). \(finding.heading.isEmpty ? finding.source.path : finding.heading)\n\n"
            if let statement = finding.statement { text += "\(statement)\n\n" }
            text += "> \(finding.quote)\n\nSource: `\(finding.source)`\n"
        }
        if !gaps.isEmpty {
            text += "\n## Gaps\n\n" + gaps.map { "- \($0)\n" }.joined()
        }
        return text
    }

    /// Reads the Markdown form; nil if the text is no such file.
    package init?(parsing text: String) {
        let lines = Text.lines(text).map(Text.trimmed)
        guard let first = lines.first, first.hasPrefix("# Notes: "), let start = lines.firstIndex(of: "## Findings")
        else {
            return nil
        }
        let end = lines.firstIndex(of: "## Gaps") ?? lines.count
        guard start < end else { return nil }
        title = String(first.dropFirst("# Notes: ".count))
        goal = Text.oneLine(lines[1..<start].joined(separator: " "))
        gaps = lines[end...].filter { $0.hasPrefix("- ") }.map { String($0.dropFirst(2)) }
        findings = []
        var heading = ""
        var statement = ""
        var quote = ""
        for line in lines[(start + 1)..<end] {
            if line.hasPrefix("### ") {
                (heading, statement, quote) = (Markdown.withoutMark(line.dropFirst(4)).text, "", "")
            } else if line.hasPrefix("> ") {
                quote = Text.oneLine("\(quote) \(line.dropFirst(2))")
            } else if line.hasPrefix("Source: `"), line.hasSuffix("`"), !quote.isEmpty,
                let source = SourceReference(line.dropFirst("Source: `".count).dropLast())
            {
                findings.append(
                    Finding(
                        statement: statement.isEmpty ? nil : statement,
                        quote: quote,
                        source: source,
                        heading: heading == source.path ? "" : heading
                    )
                )
                (statement, quote) = ("", "")
            } else if !line.isEmpty {
                statement = Text.oneLine("\(statement) \(line)")
            }
        }
    }
}
