// Splits running text into sentences. SPDX-License-Identifier: MIT

/// Splits running text into sentences.
package enum Sentences {
    /// The sentences of a paragraph, each trimmed and on one line.
    package static func split(_ text: some StringProtocol) -> [String] {
        let characters = Array(text)
        return ranges(in: characters).map { Text.oneLine(String(characters[$0])) }.filter { !$0.isEmpty }
    }

    /// Where the sentences stand.
    package static func ranges(in characters: [Character]) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        var start = 0
        var index = 0
        while index < characters.count {
            guard isEnd(at: index, in: characters) else {
                index += 1
                continue
            }
            // Closing quotes and citations belong to the sentence they follow.
            var end = index + 1
            while end < characters.count, ".!?\"'”’)]*_".contains(characters[end]) { end += 1 }
            end = pastCitations(from: end, in: characters)
            ranges.append(start..<end)
            start = end
            index = end
        }
        if start < characters.count { ranges.append(start..<characters.count) }
        return ranges.filter { range in characters[range].contains { !$0.isWhitespace } }
    }

    /// Whether a sentence is whole: it ends with a mark that ends sentences, citations set aside.
    package static func isFinished(_ sentence: some StringProtocol) -> Bool {
        let bare = Citations.removed(from: String(sentence))
        return bare.last { !"\"'”’)]*_ ".contains($0) }.map { ".!?…:".contains($0) } ?? false
    }

    private static func isEnd(at index: Int, in characters: [Character]) -> Bool {
        guard ".!?".contains(characters[index]) else { return false }
        var next = index + 1
        while next < characters.count, ".!?\"'”’)]*_".contains(characters[next]) { next += 1 }
        guard next < characters.count else { return true }
        guard characters[next].isWhitespace else { return false }
        while next < characters.count, characters[next].isWhitespace { next += 1 }
        guard next < characters.count else { return true }
        let first = characters[next]
        let opens = first.isUppercase || first.isNumber || "\"'“‘([*_`".contains(first)
        let isAbbreviation =
            characters[index] == "."
            && endsAbbreviation(at: index, in: characters, beforeNumber: characters[next].isNumber)
        return opens && !isAbbreviation
    }

    private static func endsAbbreviation(at index: Int, in characters: [Character], beforeNumber: Bool) -> Bool {
        let start = characters[..<index].lastIndex { !($0.isLetter || $0 == ".") }.map { $0 + 1 } ?? 0
        let word = String(characters[start..<index])
        if beforeNumber, numbered.contains(word.lowercased()) { return true }
        return abbreviations.contains(word.lowercased()) || (word.count == 1 && word.first?.isUppercase == true)
    }

    private static func pastCitations(from index: Int, in characters: [Character]) -> Int {
        var end = index
        while true {
            var next = end
            while next < characters.count, characters[next] == " " { next += 1 }
            guard next < characters.count, characters[next] == "[" else { return end }
            guard let close = characters[next...].firstIndex(of: "]"), close > next + 1,
                characters[(next + 1)..<close].allSatisfy(\.isNumber)
            else { return end }
            end = close + 1
        }
    }

    private static let abbreviations: Set<String> = [
        "e.g", "i.e", "vs", "cf", "mr", "mrs", "ms", "dr", "prof", "st", "approx", "ca", "z.b",
    ]

    /// Abbreviations before a number; elsewhere some of them are words.
    private static let numbered: Set<String> = [
        "no", "nr", "fig", "vol", "p", "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov",
        "dec",
    ]
}

/// Small changes of text.
package enum Text {
    /// The text on one line: every run of white space is one space, none at the ends.
    package static func oneLine(_ text: some StringProtocol) -> String {
        text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    /// The text without white space at the ends.
    package static func trimmed(_ text: some StringProtocol) -> String {
        let rest = text.drop(while: \.isWhitespace)
        return String(rest.prefix(upTo: rest.lastIndex { !$0.isWhitespace }.map(rest.index(after:)) ?? rest.startIndex))
    }

    /// The lines of a text; a line break at its end makes no further line.
    package static func lines(_ text: some StringProtocol) -> [Substring] {
        var lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map { Substring($0) }
        if lines.last?.isEmpty == true { lines.removeLast() }
        return lines
    }

    /// The first letter in upper case.
    package static func capitalised(_ text: String) -> String {
        text.prefix(1).uppercased() + text.dropFirst()
    }

    /// The text cut at a word to at most `length` characters, with an ellipsis if something is missing.
    package static func shortened(_ text: String, to length: Int) -> String {
        guard text.count > length else { return text }
        let cut = text.prefix(length - 1)
        let end = cut.lastIndex(of: " ") ?? cut.endIndex
        return trimmed(cut[..<end]) + "…"
    }

    /// "1 note", "2 notes".
    package static func counted(_ count: Int, _ noun: String) -> String {
        "\(count) \(noun)\(count == 1 ? "" : "s")"
    }
}
