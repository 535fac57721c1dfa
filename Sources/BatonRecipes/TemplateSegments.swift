// Cuts template text into what is copied and what is computed.

/// A stretch of template text.
struct TemplateSegment {
    enum Kind { case text, output, tag, comment }

    var kind: Kind
    /// All of it, delimiters included, as offsets in Unicode scalars.
    var range: Range<Int>
    /// What is between the delimiters, and between the signs `-` and `+` of a tag.
    var inner: Range<Int>
    /// Whether a tag begins or ends with `-` or `+`, which decides about white space next to it.
    var leadingSign = ""
    var trailingSign = ""
}

/// Something that is wrong in a template, with its place as offsets in Unicode scalars.
struct TemplateFault: Error {
    var problem = RecipeProblem.templateSyntax
    var message: String
    var range: Range<Int>
    var hints: [String] = []
}

extension TemplateSegment {
    /// Cuts `scalars` exactly as Stencil's lexer does, but reports what that one swallows: a delimiter without its
    /// counterpart.
    static func segments(of scalars: [Unicode.Scalar]) throws(TemplateFault) -> [TemplateSegment] {
        var segments: [TemplateSegment] = []
        var textStart = 0
        var index = 0
        while index + 1 < scalars.count {
            guard scalars[index] == "{", let kind = kinds[scalars[index + 1]] else {
                index += 1
                continue
            }
            let segment = try self.segment(kind, scalars, from: index)
            if textStart < index { segments.append(text(textStart..<index)) }
            segments.append(segment)
            index = segment.range.upperBound
            textStart = index
        }
        if textStart < scalars.count { segments.append(text(textStart..<scalars.count)) }
        return segments
    }

    private static let kinds: [Unicode.Scalar: Kind] = ["{": .output, "%": .tag, "#": .comment]

    private static func text(_ range: Range<Int>) -> TemplateSegment {
        TemplateSegment(kind: .text, range: range, inner: range)
    }

    private static func segment(
        _ kind: Kind,
        _ scalars: [Unicode.Scalar],
        from start: Int
    ) throws(TemplateFault) -> TemplateSegment {
        let opening = String(String.UnicodeScalarView(scalars[start...(start + 1)]))
        let closingSign: Unicode.Scalar = scalars[start + 1] == "{" ? "}" : scalars[start + 1]
        var end = start + 2
        while end < scalars.count, !(scalars[end] == "}" && scalars[end - 1] == closingSign) { end += 1 }
        guard end < scalars.count, end - start >= 3 else {
            throw TemplateFault(
                message: "'\(opening)' is not closed",
                range: start..<(start + 2),
                hints: [
                    "It ends with '\(closingSign)}'"
                        + (closingSign == "#" ? "; YAML takes ' #' for a comment unless the text is in quotes." : "."),
                    "To write '\(opening)' itself: {{ \"\(opening)\" }}",
                ]
            )
        }
        let whole = start..<(end + 1)
        var segment = TemplateSegment(kind: kind, range: whole, inner: (start + 2)..<(end - 1))
        if kind == .tag { segment.readSigns(scalars) }
        return segment
    }

    private mutating func readSigns(_ scalars: [Unicode.Scalar]) {
        if let first = inner.first, scalars[first] == "-" || scalars[first] == "+" {
            leadingSign = String(scalars[first])
            inner.removeFirst()
        }
        if let last = inner.last, scalars[last] == "-" || scalars[last] == "+" {
            trailingSign = String(scalars[last])
            inner.removeLast()
        }
    }
}
