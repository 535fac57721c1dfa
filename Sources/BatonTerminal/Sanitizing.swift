// Takes out of foreign text what would steer the terminal.

/// `text` without escape sequences and control characters; line breaks and tabs stay.
///
/// For everything that comes from models, files, tools and plugins. Whole sequences go (colours, cursor movements,
/// window titles, clipboard writes), in their seven-bit and eight-bit forms; so do marks that change the direction of
/// text, which can make a line read otherwise than it is. CR LF and a lone CR become one line break.
/// Source of the forms: ECMA-48, 5.4 and 5.6.
package func sanitized(_ text: some StringProtocol) -> String {
    var clean = String.UnicodeScalarView()
    var rest = Substring(text).unicodeScalars
    while let scalar = rest.popFirst() {
        switch scalar {
        case "\u{1B}": skipSequence(in: &rest)
        case "\u{9B}": skipControlSequence(in: &rest)
        case "\u{90}", "\u{98}", "\u{9D}", "\u{9E}", "\u{9F}": skipString(in: &rest)
        case "\r":
            if rest.first != "\n" { clean.append("\n") }
        case "\n", "\t": clean.append(scalar)
        case _ where isInvisibleControl(scalar): break
        default: clean.append(scalar)
        }
    }
    return String(clean)
}

/// ``sanitized(_:)`` as one line: line breaks and tabs become spaces.
package func sanitizedLine(_ text: some StringProtocol) -> String {
    String(sanitized(text).map { $0 == "\t" || $0.isNewline ? " " : $0 })
}

private func isInvisibleControl(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7F..<0xA0: true
    case 0x061C, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069: true  // direction of text
    case 0x2028, 0x2029, 0xFEFF: true
    default: false
    }
}

/// Skips what follows an escape character.
private func skipSequence(in rest: inout Substring.UnicodeScalarView) {
    switch rest.first {
    case "[":
        rest.removeFirst()
        skipControlSequence(in: &rest)
    case "P", "X", "]", "^", "_":
        rest.removeFirst()
        skipString(in: &rest)
    default:
        // Intermediate bytes and a final one; anything else is text after a lone escape character.
        while let scalar = rest.first, (0x20...0x2F).contains(scalar.value) { rest.removeFirst() }
        if let scalar = rest.first, (0x30...0x7E).contains(scalar.value) { rest.removeFirst() }
    }
}

/// Skips parameters and the final byte of a control sequence.
private func skipControlSequence(in rest: inout Substring.UnicodeScalarView) {
    while let scalar = rest.first, (0x20...0x3F).contains(scalar.value) { rest.removeFirst() }
    if let scalar = rest.first, (0x40...0x7E).contains(scalar.value) { rest.removeFirst() }
}

/// Skips a control string up to its terminator, or to the end of the line if there is none.
private func skipString(in rest: inout Substring.UnicodeScalarView) {
    while let scalar = rest.first, scalar != "\n" {
        rest.removeFirst()
        if scalar == "\u{07}" || scalar == "\u{9C}" { return }
        if scalar == "\u{1B}" {
            if rest.first == "\\" { rest.removeFirst() }
            return
        }
    }
}
