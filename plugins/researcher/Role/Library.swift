// The files that a researcher may read. SPDX-License-Identifier: MIT

import BatonPluginKit
import BatonRoleText

/// The texts that a step may read, split into passages.
struct Library {
    /// What a text file is called if the recipe does not say which files to read.
    static let textEndings = [
        "md", "markdown", "mdown", "txt", "text", "rst", "adoc", "asciidoc", "org", "tex", "csv", "tsv", "html", "htm",
    ]
    /// The most files that are read; the rest is said to be left out.
    static let filesMax = 2_000

    /// Text by path.
    var files: [String: String]
    var passages: [Passage]

    /// Reads what `reads` allows, else every text file, but not what the step itself writes.
    static func read(_ step: Step, except output: String, host: any RoleHost) throws -> Library {
        let patterns = step.reads.isEmpty ? ["**"] : step.reads
        let paths = step.workspace.files(matching: patterns.map(Glob.init)).filter { path in
            path != output && (!step.reads.isEmpty || isText(path))
        }
        if paths.count > filesMax {
            host.log(.warning, "reading the first \(filesMax) of \(paths.count) files")
        }
        host.progress("reading \(Text.counted(min(paths.count, filesMax), "file"))")
        var library = Library(files: [:], passages: [])
        for path in paths.prefix(filesMax) {
            try host.checkCancelled()
            do {
                guard let text = try step.workspace.text(of: path) else {
                    host.log(.debug, "left out '\(path)', which is no text")
                    continue
                }
                library.files[path] = text
                library.passages += Passage.all(in: text, path: path)
            } catch let error as PluginError {
                host.log(.info, "left out '\(path)': \(error.message)")
            }
        }
        guard !library.files.isEmpty else {
            let place = step.reads.isEmpty ? "in this folder" : "that matches \(quoted(step.reads))"
            throw PluginError(.failed, "there is no text file \(place)")
        }
        return library
    }

    /// The words that stand in no file, as sentences.
    func gaps(for words: [String]) -> [String] {
        let known = Set(files.values.flatMap { Words.all(in: $0).map(Words.stem) })
        return words.filter { !known.contains(Words.stem($0)) }.map { "No file mentions '\($0)'." }
    }

    private static func isText(_ path: String) -> Bool {
        let name = path.split(separator: "/").last ?? ""
        guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return false }
        return textEndings.contains(name[name.index(after: dot)...].lowercased())
    }

    private static func quoted(_ patterns: [String]) -> String {
        patterns.map { "'\($0)'" }.joined(separator: " or ")
    }
}
