// Shows diagnostics with the line they are about.

package import BatonCore

extension Diagnostic {
    /// The diagnostic as text of several lines without a final line break.
    ///
    /// ```
    /// error[unknown-step]: step 'draft' needs unknown step 'reserch'
    ///  --> recipes/brief.yaml:5:13
    ///   |
    /// 5 |     needs: [reserch]
    ///   |             ^^^^^^^ not defined in this recipe
    ///   = hint: Did you mean 'research'?
    /// ```
    ///
    /// A source line that is longer than `width`, the columns of the terminal, is cut so that the carets stay in sight.
    package func rendered(in source: SourceFile, width: Int? = nil) -> StyledText {
        var text: StyledText = "\(heading): \(sanitizedLine(message))"
        guard let span else {
            for hint in hints { text += "\n\("hint", .hint): \(sanitizedLine(hint))" }
            return text
        }
        let number = String(span.line)
        let margin = String(repeating: " ", count: number.count)
        text += "\n\(margin)\("-->", .id) \(sanitizedLine(source.name)):\(span.line):\(span.column)"
        if let line = source.line(span.line) {
            let excerpt = Excerpt(line: line, span: span, width: width.map { $0 - number.count - 3 })
            text += "\n\(margin) \("|", .id)"
            text += "\n\(number, .id) \("|", .id)" + (excerpt.text.isEmpty ? "" : " \(excerpt.text)")
            text += "\n\(margin) \("|", .id) \(excerpt.padding)\(excerpt.carets, role)"
            if let label { text += " \(sanitizedLine(label), role)" }
        }
        for hint in hints { text += "\n\(margin) \("=", .id) \("hint", .hint): \(sanitizedLine(hint))" }
        return text
    }

    private var role: TextRole { severity == .error ? .error : .warning }

    private var heading: StyledText {
        let name: StyledText = "\(severity.rawValue, role)"
        return id.isEmpty ? name : name + "[\(id)]"
    }
}

extension StyledText {
    /// Several diagnostics, with a blank line between two, at most `limit` of them, without a final line break.
    package static func diagnostics(
        _ diagnostics: [Diagnostic],
        in source: SourceFile,
        width: Int? = nil,
        limit: Int = 20
    ) -> StyledText {
        var text = StyledText()
        for (index, diagnostic) in diagnostics.prefix(limit).enumerated() {
            text += (index > 0 ? "\n\n" : "") + diagnostic.rendered(in: source, width: width)
        }
        if diagnostics.count > limit { text += "\n\n… and \(diagnostics.count - limit) more" }
        return text
    }
}

/// One line of the source, and the run of carets under it.
private struct Excerpt {
    /// The line; tabs stay, other control characters are shown as `␛` and the like.
    let text: String
    /// Moves the carets under their place: tabs where the line has tabs, spaces elsewhere.
    let padding: String
    let carets: String

    init(line: Substring, span: SourceSpan, width: Int?) {
        let scalars = line.unicodeScalars.map(Excerpt.visible)
        let start = min(max(span.column - 1, 0), scalars.count)
        let end = min(start + max(span.length, 0), scalars.count)
        let window = Excerpt.window(of: scalars, around: start..<end, width: width)
        let prefix = window.isCutAtStart ? "…" : ""
        let suffix = window.isCutAtEnd ? "…" : ""

        text = Excerpt.trimmed(prefix + Excerpt.string(scalars[window.range]) + suffix)
        // What is before the place, character by character, so that the terminal moves as far as it did above. The
        // place can lie past the end of the line by one or more columns, where a missing value should be.
        let before = prefix + Excerpt.string(scalars[window.range.lowerBound..<start])
        padding = before.map { $0 == "\t" ? "\t" : String(repeating: " ", count: $0.displayWidth) }.joined()
        let marked = Excerpt.string(scalars[start..<min(end, window.range.upperBound)])
        carets = String(repeating: "^", count: max(1, Excerpt.width(of: marked)))
    }

    /// Shows controls by their pictures, so that neither terminal nor alignment suffers.
    private static func visible(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        guard scalar != "\t" else { return scalar }
        if scalar.value < 0x20 { return Unicode.Scalar(0x2400 + scalar.value) ?? "?" }
        return scalar.value == 0x7F ? "\u{2421}" : sanitized(String(scalar)).isEmpty ? "\u{FFFD}" : scalar
    }

    private static func string(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
        String(String.UnicodeScalarView(scalars))
    }

    private static func trimmed(_ text: String) -> String {
        String(text.reversed().drop { $0 == " " || $0 == "\t" }.reversed())
    }

    private static func width(of text: String) -> Int {
        text.reduce(0) { $0 + ($1 == "\t" ? 1 : $1.displayWidth) }
    }

    /// The part of a line to show: all of it if it fits, else a part around `place` with `…` where it is cut.
    private static func window(
        of scalars: [Unicode.Scalar],
        around place: Range<Int>,
        width: Int?
    ) -> (range: Range<Int>, isCutAtStart: Bool, isCutAtEnd: Bool) {
        let whole = 0..<scalars.count
        guard let width = width.map({ max($0, 20) }), string(scalars[...]).displayWidth > width else {
            return (whole, false, false)
        }
        // A quarter of the line before the place is enough to recognise it.
        let start =
            string(scalars[..<place.lowerBound]).displayWidth <= width / 2
            ? 0
            : lowerBound(scalars, before: place.lowerBound, width: width / 4)
        var end = start
        var used = start > 0 ? 2 : 1
        while end < scalars.count, used + scalars[end].displayWidth <= width {
            used += scalars[end].displayWidth
            end += 1
        }
        return (start..<max(end, place.lowerBound), start > 0, end < scalars.count)
    }

    private static func lowerBound(_ scalars: [Unicode.Scalar], before place: Int, width: Int) -> Int {
        var (start, left) = (place, width)
        while start > 0, scalars[start - 1].displayWidth <= left {
            start -= 1
            left -= scalars[start].displayWidth
        }
        return start
    }
}
