// What can be checked without a model. SPDX-License-Identifier: MIT

import BatonPluginKit
import BatonRoleText

/// Checks of one text that need no model.
struct Checks {
    /// A text may be shorter or longer than asked by this share before it is said.
    static let lengthTolerance = 0.15
    /// From here on it is grave.
    static let lengthToleranceMajor = 0.5
    /// The most findings of one kind; more would hide the others.
    private static let findingsMax = 10

    let text: TextUnderReview
    let workspace: Workspace
    let words: Int?

    func findings() -> [Finding] {
        guard Words.count(in: text.text) > 0 else {
            return [finding(nil, .major, "", "the file is empty")]
        }
        let document = Markdown(text.text)
        let kinds = [
            headings(document), links(document), citations(document), numbers(document), leftOvers(document), length(),
        ]
        return kinds.flatMap { $0.prefix(Self.findingsMax) }
    }

    private var isMarkdown: Bool {
        [".md", ".markdown"].contains { text.path.lowercased().hasSuffix($0) }
    }

    // MARK: Structure

    private func headings(_ document: Markdown) -> [Finding] {
        guard isMarkdown else { return [] }
        let headings = document.headings
        let titles = headings.filter { $0.level == 1 }
        var findings: [Finding] = []
        if titles.isEmpty { findings.append(finding(1, .major, "", "there is no title")) }
        for title in titles.dropFirst() {
            findings.append(finding(title.line, .major, title.text, "there is a second title"))
        }
        for (above, heading) in zip(headings, headings.dropFirst()) where heading.level > above.level + 1 {
            let message = "the heading skips from level \(above.level) to \(heading.level)"
            findings.append(finding(heading.line, .minor, heading.text, message))
        }
        for (index, heading) in headings.enumerated() {
            let end = index + 1 < headings.count ? headings[index + 1].line - 1 : document.lines.count
            let isLast = index + 1 == headings.count || headings[index + 1].level <= heading.level
            let lines = document.lines[heading.line..<max(heading.line, end)]
            if isLast, heading.level > 1 || headings.count > 1, !lines.contains(where: { $0.kind != .blank }) {
                findings.append(finding(heading.line, .major, heading.text, "the section is empty"))
            }
        }
        return findings
    }

    private func links(_ document: Markdown) -> [Finding] {
        guard isMarkdown else { return [] }
        let checker = Links(path: text.path, text: text.text, workspace: workspace)
        return document.lines.filter { $0.kind != .code && $0.kind != .frontMatter }.flatMap { line in
            Links.targets(in: line.text).compactMap { target in
                checker.problem(with: target).map { finding(line.number, .major, target, $0) }
            }
        }
    }

    // MARK: Sources

    private func citations(_ document: Markdown) -> [Finding] {
        let listed = Citations.sources(in: text.text)
        let known = Set(listed.map(\.number))
        var used: Set<Int> = []
        var findings: [Finding] = []
        for line in bodyLines(document) {
            for number in Citations.numbers(in: line.text) where used.insert(number).inserted && !known.contains(number)
            {
                findings.append(finding(line.number, .major, "[\(number)]", "source \(number) is not listed"))
            }
        }
        for (number, source, line) in listed {
            if !used.contains(number) {
                findings.append(finding(line, .minor, "\(source)", "source \(number) is not cited"))
            }
            guard workspace.exists(source.path), let lines = Self.lines(of: source.path, workspace) else {
                findings.append(finding(line, .major, "\(source)", "source '\(source.path)' does not exist"))
                continue
            }
            if source.line > lines.count {
                let message = "'\(source.path)' has only \(Text.counted(lines.count, "line"))"
                findings.append(finding(line, .major, "\(source)", message))
            }
        }
        return findings
    }

    /// Numbers that none of the listed sources has.
    private func numbers(_ document: Markdown) -> [Finding] {
        let paths = Set(Citations.sources(in: text.text).map(\.source.path))
        let sources = paths.compactMap { Self.lines(of: $0, workspace)?.joined(separator: "\n") }
        guard !sources.isEmpty else { return [] }
        let known = sources.reduce(into: Set<String>()) { $0.formUnion(Words.numbers(in: $1)) }
        return bodyLines(document).flatMap { line in
            let bare = Citations.removed(from: Markdown.withoutMark(line.text).text)
            return Words.numbers(in: bare).subtracting(known).sorted().map { number in
                finding(line.number, .minor, number, "'\(number)' stands in none of the sources")
            }
        }
    }

    // MARK: Words

    private func leftOvers(_ document: Markdown) -> [Finding] {
        bodyLines(document).flatMap { line -> [Finding] in
            let placeholders = ["TODO", "FIXME", "TBD", "XXX"].filter { word in
                line.text.split { !$0.isLetter }.contains { $0 == word }
            }
            var findings = placeholders.map { finding(line.number, .major, $0, "'\($0)' is left in the text") }
            for sentence in Sentences.split(Markdown.withoutMark(line.text).text) where Self.isLeftOver(sentence) {
                findings.append(finding(line.number, .major, sentence, "this is not part of the text"))
            }
            return findings
        }
    }

    /// Unlike a writer's own cleaning, only what no author would write.
    private static func isLeftOver(_ sentence: String) -> Bool {
        let text = sentence.lowercased()
        return [
            "as an ai", "language model", "lorem ipsum", "[insert", "[your ", "let me know if you", "i hope this helps",
            "here is the rewritten", "here's the rewritten", "here is a revised", "here's a revised",
        ].contains { text.contains($0) }
    }

    private func length() -> [Finding] {
        guard let words else { return [] }
        let count = Citations.wordCount(of: text.text)
        let off = Double(abs(count - words)) / Double(words)
        guard off > Self.lengthTolerance else { return [] }
        let severity: Finding.Severity = off > Self.lengthToleranceMajor ? .major : .minor
        return [finding(nil, severity, "", "the text has \(count) words; \(words) were asked for")]
    }

    // MARK: Helpers

    /// The lines that a reader reads: no front matter, no code, no list of sources.
    private func bodyLines(_ document: Markdown) -> [Markdown.Line] {
        let count = Text.lines(Citations.body(of: text.text)).count
        return document.lines.prefix(count).filter { $0.kind != .code && $0.kind != .frontMatter }
    }

    private func finding(_ line: Int?, _ severity: Finding.Severity, _ quote: String, _ message: String) -> Finding {
        Finding(file: text.path, line: line, severity: severity, quote: quote, message: message)
    }

    private static func lines(of path: String, _ workspace: Workspace) -> [Substring]? {
        // A source that cannot be read is a source that is not there.
        (try? workspace.text(of: path)).flatMap { $0.map(Text.lines) }
    }
}
