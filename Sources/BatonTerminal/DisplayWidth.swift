// How many columns of a terminal a text takes.

extension Unicode.Scalar {
    /// Columns of this scalar alone: 0 for marks and what is invisible, 2 for East Asian wide ones and emoji, else 1.
    ///
    /// Source: Unicode 15.1 EastAsianWidth.txt (W and F, joined to blocks) and the general categories.
    var displayWidth: Int {
        if value < 0x300 { return value < 0x20 || (0x7F..<0xA0).contains(value) || value == 0xAD ? 0 : 1 }
        switch properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format, .control: return 0
        default: break
        }
        if (0x1160...0x11FF).contains(value) { return 0 }  // Hangul vowels and finals join the letter before them.
        if properties.isEmojiPresentation { return 2 }
        return Unicode.Scalar.wideRanges.contains { $0.contains(value) } ? 2 : 1
    }

    private static let wideRanges: [ClosedRange<UInt32>] = [
        0x1100...0x115F, 0x231A...0x231B, 0x2329...0x232A, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF,
        0x4E00...0xA4CF, 0xA960...0xA97C, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE10...0xFE19, 0xFE30...0xFE6B,
        0xFF01...0xFF60, 0xFFE0...0xFFE6, 0x16FE0...0x18CFF, 0x1AFF0...0x1B2FF, 0x1F200...0x1F265,
        0x1F900...0x1F9FF, 0x20000...0x2FFFD, 0x30000...0x3FFFD,
    ]
}

extension Character {
    /// Columns of the character as terminals draw it: what is combined into one picture counts once.
    var displayWidth: Int {
        let scalars = unicodeScalars
        // U+FE0F asks for the coloured picture, which is wide.
        if scalars.count > 1, scalars.contains("\u{FE0F}") { return 2 }
        return scalars.lazy.map(\.displayWidth).max() ?? 0
    }
}

extension StringProtocol {
    /// Columns that the text takes on a terminal; a tab or another control character counts nothing.
    package var displayWidth: Int { reduce(0) { $0 + $1.displayWidth } }

    /// The text if it fits into `width` columns, else its beginning and `…`.
    package func truncated(toWidth width: Int) -> String {
        guard displayWidth > width else { return String(self) }
        guard width > 0 else { return "" }
        var kept = ""
        var used = 0
        for character in self {
            used += character.displayWidth
            if used > width - 1 { break }
            kept.append(character)
        }
        while kept.last == " " { kept.removeLast() }
        return kept + "…"
    }
}
