// The words and signs inside a template's delimiters.

/// A word or sign inside `{{ }}` or `{% %}`.
struct TemplateLexeme: Equatable {
    enum Kind: Equatable {
        /// A name, or names with dots between them.
        case word
        /// The range holds the quotes, ``text`` does not.
        case string
        case number
        /// `|`, `:`, `,`, `==`, `!=`, `<`, `<=`, `>`, `>=`.
        case sign
    }

    var kind: Kind
    var text: String
    /// Offsets in Unicode scalars.
    var range: Range<Int>
}

extension TemplateLexeme {
    static func lexemes(
        of scalars: [Unicode.Scalar],
        in range: Range<Int>
    ) throws(TemplateFault) -> [TemplateLexeme] {
        var lexemes: [TemplateLexeme] = []
        var index = range.lowerBound
        while index < range.upperBound {
            if isBlank(scalars[index]) {
                index += 1
                continue
            }
            let lexeme = try lexeme(scalars, index..<range.upperBound)
            lexemes.append(lexeme)
            index = lexeme.range.upperBound
        }
        return lexemes
    }

    private static func lexeme(
        _ scalars: [Unicode.Scalar],
        _ range: Range<Int>
    ) throws(TemplateFault) -> TemplateLexeme {
        let start = range.lowerBound
        let first = scalars[start]
        if first == "\"" || first == "'" { return try string(scalars, range) }
        let next = start + 1 < range.upperBound ? scalars[start + 1] : " "
        if isDigit(first) || first == "-" && isDigit(next) { return try number(scalars, range) }
        if isLetter(first) { return word(.word, scalars[range].prefix { isLetter($0) || isDigit($0) || $0 == "." }) }
        if "=!<>".unicodeScalars.contains(first), next == "=" { return word(.sign, scalars[start...(start + 1)]) }
        if "|:,<>".unicodeScalars.contains(first) { return word(.sign, scalars[start...start]) }
        throw TemplateFault(
            message: "'\(first)' cannot stand here",
            range: start..<(start + 1),
            hints: ["Between '{{' and '}}' stand names, texts in quotes, numbers and filters after '|'."]
        )
    }

    private static func word(_ kind: Kind, _ scalars: ArraySlice<Unicode.Scalar>) -> TemplateLexeme {
        TemplateLexeme(kind: kind, text: String(String.UnicodeScalarView(scalars)), range: scalars.indices)
    }

    private static func string(
        _ scalars: [Unicode.Scalar],
        _ range: Range<Int>
    ) throws(TemplateFault) -> TemplateLexeme {
        let quote = scalars[range.lowerBound]
        guard let end = scalars[range].dropFirst().firstIndex(of: quote) else {
            throw TemplateFault(message: "this quote is never closed", range: range.lowerBound..<(range.lowerBound + 1))
        }
        let whole = range.lowerBound..<(end + 1)
        let content = scalars[(range.lowerBound + 1)..<end]
        let text = String(String.UnicodeScalarView(content))
        // Stencil would read these as something else: it looks for quotes, line breaks and ranges before texts.
        guard !content.contains(where: { $0 == "'" || $0 == "\"" || $0 == "\n" }), !text.contains("...") else {
            throw TemplateFault(
                message: "a text in a template cannot hold quotes, line breaks or '...'",
                range: whole
            )
        }
        return TemplateLexeme(kind: .string, text: text, range: whole)
    }

    private static func number(
        _ scalars: [Unicode.Scalar],
        _ range: Range<Int>
    ) throws(TemplateFault) -> TemplateLexeme {
        let digits = scalars[range].prefix { isDigit($0) || isLetter($0) || $0 == "." || $0 == "-" }
        let lexeme = word(.number, digits)
        // Six digits are more than a filter's argument or a comparison needs, and too few to fill the memory.
        let isShort = lexeme.text.utf8.count(where: { $0 != UInt8(ascii: "-") }) <= 7
        guard isShort, Double(lexeme.text) != nil, !lexeme.text.utf8.contains(UInt8(ascii: "e")) else {
            throw TemplateFault(message: "'\(lexeme.text)' is not a number that templates know", range: lexeme.range)
        }
        return lexeme
    }

    private static func isBlank(_ scalar: Unicode.Scalar) -> Bool { scalar == " " || scalar == "\t" || scalar == "\n" }

    private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }

    private static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
        ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || scalar == "_"
    }
}
