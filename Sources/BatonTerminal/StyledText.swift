// Text with colours by meaning, safe to write to a terminal.

/// Text whose parts have meanings, which become colours where there are any.
///
/// Written as a string literal; what is interpolated is made harmless with ``sanitized(_:)``, so that nothing from a
/// model, file or tool can steer the terminal: `"Landed step '\(step)' as \(commit, .id)"`.
package struct StyledText: Hashable, Sendable {
    package private(set) var parts: [Part] = []

    package struct Part: Hashable, Sendable {
        package var text: String
        package var role: TextRole?
    }

    package init() {}

    /// `text` made harmless.
    package init(_ text: some StringProtocol, _ role: TextRole? = nil) {
        append(sanitized(text), role)
    }

    /// The text alone.
    package var plain: String { parts.map(\.text).joined() }

    package var displayWidth: Int { plain.displayWidth }

    package var isEmpty: Bool { parts.isEmpty }

    /// The text with escape sequences for colour if `color` is true.
    package func rendered(color: Bool) -> String {
        guard color else { return plain }
        return parts.map { part in part.role.map { "\u{1B}[\($0.code)m\(part.text)\u{1B}[0m" } ?? part.text }.joined()
    }

    /// The text if it fits into `width` columns, else its beginning and `…`.
    package func truncated(toWidth width: Int) -> StyledText {
        guard displayWidth > width else { return self }
        var result = StyledText()
        var left = width
        for part in parts {
            let isTooWide = part.text.displayWidth >= left
            // A part that fills the line exactly gives up its last column to the sign that something is missing.
            result.append(isTooWide ? (part.text + "……").truncated(toWidth: left) : part.text, part.role)
            if isTooWide { break }
            left -= part.text.displayWidth
        }
        return result
    }

    package static func + (left: StyledText, right: StyledText) -> StyledText {
        var result = left
        result.parts += right.parts
        return result
    }

    package static func += (left: inout StyledText, right: StyledText) { left = left + right }

    private mutating func append(_ text: String, _ role: TextRole?) {
        if !text.isEmpty { parts.append(Part(text: text, role: role)) }
    }
}

/// What a piece of text means, never how it looks.
package enum TextRole: Hashable, Sendable {
    case error, warning, hint, id, addition, removal, heading, quiet

    /// Parameters of SGR (ECMA-48, 8.3.117), out of the eight colours that every terminal lets its user choose.
    var code: String {
        switch self {
        case .error: "1;31"
        case .warning: "33"
        case .hint: "36"
        case .id: "34"
        case .addition: "32"
        case .removal: "31"
        case .heading: "1"
        case .quiet: "2"
        }
    }
}

extension StyledText: ExpressibleByStringInterpolation {
    package init(stringLiteral value: String) { append(value, nil) }

    package init(stringInterpolation: StringInterpolation) { self = stringInterpolation.text }

    package struct StringInterpolation: StringInterpolationProtocol {
        var text = StyledText()

        package init(literalCapacity: Int, interpolationCount: Int) {}

        package mutating func appendLiteral(_ literal: String) { text.append(literal, nil) }

        package mutating func appendInterpolation(_ value: some CustomStringConvertible, _ role: TextRole? = nil) {
            text.append(sanitized(value.description), role)
        }

        package mutating func appendInterpolation(_ value: StyledText) { text += value }
    }
}
