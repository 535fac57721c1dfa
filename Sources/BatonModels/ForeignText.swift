// Makes text of servers and programs fit for one line of an error.

/// `text` on one line, without control characters and escape sequences, at most `limit` characters long.
///
/// A longer text ends with `…`. Text from outside can hold sequences that a terminal obeys, so it is never shown raw;
/// and it can quote the key it was sent, so `secret` is taken out of it, after the clean-up and before the cut.
func foreignLine(_ text: String, limit: Int = 200, hiding secret: Secret? = nil) -> String {
    var line = ""
    var gap = false
    for character in text.prefix(65_536).replacing(escapeSequence, with: "") {
        if character.isWhitespace {
            gap = !line.isEmpty
        } else if !character.unicodeScalars.contains(where: \.isUnprintable) {
            if gap { line.append(" ") }
            line.append(character)
            gap = false
        }
    }
    if let secret { line = secret.redacted(from: line) }
    return line.count > limit ? String(line.prefix(limit - 1)) + "…" : line
}

/// CSI and OSC sequences.
///
/// Source: ECMA-48, sections 5.4 and 8.3.89. Computed, because a `Regex` cannot be shared.
private var escapeSequence: Regex<Substring> {
    /\u{1B}(?:\[[0-?]*[ -\/]*[@-~]|\][^\u{7}\u{1B}]*(?:\u{7}|\u{1B}\\)?)/
}

extension Unicode.Scalar {
    /// Control characters, and the marks that change the direction of text.
    fileprivate var isUnprintable: Bool {
        switch properties.generalCategory {
        case .control, .surrogate: true
        case .format: value != 0x200D  // joins the parts of one picture
        default: false
        }
    }
}
