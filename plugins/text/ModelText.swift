// Takes out of a model's answer what is not the text asked for. SPDX-License-Identifier: MIT

/// Takes out of a model's answer what is not the text that was asked for.
package enum ModelText {
    /// The answer as sentences, paragraph by paragraph.
    ///
    /// Left out are reasoning, code fences, headings, preambles ("Here is …"), sentences about the model or the task,
    /// sentences of the prompt, sentences said before, and a last sentence that was cut.
    package static func paragraphs(_ answer: String, prompt: String = "", said: Set<String> = []) -> [[String]] {
        var seen = said
        let given = Set(prompt.isEmpty ? [] : Sentences.split(prompt).map(key))
        return blocks(withoutReasoning(answer)).compactMap { block in
            let sentences = Sentences.split(block).map(withoutPreamble).filter { sentence in
                guard !sentence.isEmpty, Sentences.isFinished(sentence), !sentence.hasSuffix(":") else { return false }
                guard !isChatter(sentence), Words.count(in: sentence) >= 3 else { return false }
                let key = key(sentence)
                return !given.contains(key) && seen.insert(key).inserted
            }
            return sentences.isEmpty ? nil : sentences
        }
    }

    /// The first good sentence of an answer, in quotes or not; nil if there is none.
    package static func sentence(_ answer: String, prompt: String = "") -> String? {
        let bare = Text.trimmed(withoutReasoning(answer))
        let finished = Sentences.isFinished(bare) || bare.contains(where: \.isNewline) ? bare : bare + "."
        return paragraphs(withoutQuotes(finished), prompt: prompt).first?.first
    }

    /// Whether a sentence is about the model or the task, or stands for text that is to come.
    package static func isChatter(_ sentence: String) -> Bool {
        let text = sentence.lowercased()
        return chatter.contains { text.contains($0) }
    }

    /// What makes two sentences the same: their content words.
    package static func key(_ sentence: String) -> String {
        Words.content(in: Citations.removed(from: sentence)).joined(separator: " ")
    }

    /// Without the quotation marks around all of it.
    package static func withoutQuotes(_ text: String) -> String {
        for (open, close) in [("\"", "\""), ("“", "”"), ("'", "'"), ("`", "`"), ("**", "**")]
        where text.hasPrefix(open) && text.hasSuffix(close) && text.count > open.count + close.count {
            let inside = text.dropFirst(open.count).dropLast(close.count)
            if !inside.contains(open) { return Text.trimmed(inside) }
        }
        return text
    }

    private static func withoutReasoning(_ answer: String) -> String {
        guard let start = range(of: "<think>", in: answer) else { return answer }
        let after = String(answer[start.upperBound...])
        let rest = range(of: "</think>", in: after).map { String(after[$0.upperBound...]) } ?? ""
        return answer[..<start.lowerBound] + withoutReasoning(rest)
    }

    /// Paragraphs and list items, headings and fences left out, on one line each.
    private static func blocks(_ text: String) -> [String] {
        var blocks: [String] = []
        var block = ""
        for line in Text.lines(text) {
            let trimmed = Text.trimmed(line)
            let (mark, bare) = Markdown.withoutMark(trimmed)
            let isHeading = trimmed.hasPrefix("#") || (trimmed.hasPrefix("**") && trimmed.hasSuffix("**"))
            if trimmed.isEmpty || isHeading || trimmed.hasPrefix("```") || mark != .none {
                blocks.append(block)
                block = ""
            }
            if !isHeading, !trimmed.hasPrefix("```") { block += " " + bare }
        }
        return (blocks + [block]).map { Text.oneLine($0) }.filter { !$0.isEmpty }
    }

    /// Without "Here is the section you asked for:" and the like before the text.
    private static func withoutPreamble(_ sentence: String) -> String {
        guard let colon = sentence.firstIndex(of: ":") else { return sentence }
        let before = sentence[..<colon].lowercased()
        guard before.count < 90, preambles.contains(where: before.hasPrefix) else { return sentence }
        return Text.capitalised(withoutQuotes(Text.trimmed(sentence[sentence.index(after: colon)...])))
    }

    private static func range(of needle: String, in text: String) -> Range<String.Index>? {
        var start = text.startIndex
        while start < text.endIndex {
            if text[start...].hasPrefix(needle) {
                return start..<text.index(start, offsetBy: needle.count)
            }
            start = text.index(after: start)
        }
        return nil
    }

    private static let preambles = [
        "here is", "here's", "here are", "sure", "certainly", "of course", "answer", "output", "response", "sentence",
        "section", "paragraph", "text", "statement", "summary", "title", "heading", "the sentence is", "rewritten",
        "fact",
        "quote", "the quote", "notes", "note",
    ]

    private static let chatter = [
        "as an ai", "language model", "i cannot help", "i can't help", "i'm sorry", "i am sorry", "let me know if",
        "i hope this helps", "feel free to", "in this section", "this section will", "this paragraph",
        "the given facts",
        "the provided facts", "the above facts", "the facts given", "the facts provided", "based on the facts",
        "the quote",
        "this quote", "the passage", "this passage", "the author of", "lorem ipsum", "[insert", "[your", "word count",
        "this blog post", "this article", "this essay", "this is a post",
    ]
}
