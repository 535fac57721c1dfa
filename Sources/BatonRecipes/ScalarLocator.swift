// Finds where the characters of a YAML scalar stand in the file.

import BatonCore

/// Where a scalar stands in the file, character by character.
struct ScalarLocation {
    /// The first character, an opening quote or block indicator included.
    var start: SourceText.Position
    /// The place after the last character, a closing quote included.
    var end: SourceText.Position
    /// The place of each Unicode scalar of the value; white space has the place of what comes before it.
    var scalars: [SourceText.Position]
}

extension SourceText {
    /// Where the scalar `item` stands; nil if it is none, or is written in a way that cannot be followed.
    ///
    /// Value and file differ by quotes, escapes, indentation and folded lines only. What is not white space therefore
    /// comes in the same order in both, so both are walked together and white space is skipped in each.
    func locate(_ item: YAMLItem) -> ScalarLocation? {
        guard case .scalar(let value, let style) = item.content else { return nil }
        var position = skipProperties(at: item.position)
        let start = position
        switch style {
        case .singleQuoted, .doubleQuoted: position = self.position(after: position)
        case .literal, .folded: position = Position(line: position.line + 1, column: 1)
        case .plain, .plainText: break
        }
        var places: [Position] = []
        for scalar in value.unicodeScalars {
            guard !Self.isBlank(scalar) else {
                places.append(position)
                continue
            }
            guard let found = next(at: &position, style), found.scalar == scalar else { return nil }
            places.append(found.position)
        }
        let quote: Unicode.Scalar? = style == .singleQuoted ? "'" : style == .doubleQuoted ? "\"" : nil
        if let quote {
            while let scalar = self[position], scalar != quote { position = self.position(after: position) }
            position = self.position(after: position)
        }
        return ScalarLocation(start: start, end: position, scalars: places)
    }

    /// The stretch of the first line on which `item` stands, for carets.
    func span(of item: YAMLItem) -> SourceSpan {
        guard case .scalar(_, let style) = item.content, style != .literal, style != .folded,
            let location = locate(item)
        else { return restOfLine(from: item.position) }
        let (start, end) = (location.start, location.end)
        if start.line != end.line { return restOfLine(from: start) }
        return SourceSpan(line: start.line, column: start.column, length: end.column - start.column)
    }

    /// The next character of a scalar that is not white space, as the value has it; `position` moves behind it.
    private func next(
        at position: inout Position,
        _ style: YAMLItem.Style
    ) -> (scalar: Unicode.Scalar, position: Position)? {
        while let scalar = self[position] {
            let place = position
            position = self.position(after: position)
            if Self.isBlank(scalar) { continue }
            if style == .singleQuoted, scalar == "'" {
                position = self.position(after: position)
            } else if style == .doubleQuoted, scalar == "\\" {
                guard let escaped = readEscape(at: &position) else { return nil }
                if Self.isBlank(escaped) { continue }
                return (escaped, place)
            }
            return (scalar, place)
        }
        return nil
    }

    /// What an escape stands for; `position` is behind the backslash and moves behind the escape.
    ///
    /// Source: YAML 1.1, 5.6, escape sequences.
    private func readEscape(at position: inout Position) -> Unicode.Scalar? {
        guard let letter = self[position] else { return nil }
        position = self.position(after: position)
        if let digits: Int = ["x": 2, "u": 4, "U": 8][letter] {
            var code: UInt32 = 0
            for _ in 0..<digits {
                guard let digit = self[position].flatMap({ Character($0).hexDigitValue }) else { return nil }
                code = code << 4 | UInt32(digit)
                position = self.position(after: position)
            }
            return Unicode.Scalar(code)
        }
        let escapes: [Unicode.Scalar: Unicode.Scalar] = [
            "0": "\0", "a": "\u{7}", "b": "\u{8}", "t": "\t", "\t": "\t", "n": "\n", "v": "\u{B}", "f": "\u{C}",
            "r": "\r", "e": "\u{1B}", " ": " ", "\"": "\"", "/": "/", "\\": "\\", "N": "\u{85}", "_": "\u{A0}",
            "L": "\u{2028}", "P": "\u{2029}", "\n": "\n",
        ]
        return escapes[letter]
    }

    /// Skips anchors and tags, and the space after them.
    private func skipProperties(at start: Position) -> Position {
        var position = start
        while let scalar = self[position], scalar == "&" || scalar == "!" {
            while let scalar = self[position], !Self.isBlank(scalar) { position = self.position(after: position) }
            while let scalar = self[position], Self.isBlank(scalar) { position = self.position(after: position) }
        }
        return position
    }

    private static func isBlank(_ scalar: Unicode.Scalar) -> Bool {
        scalar == " " || scalar == "\t" || SourceFile.isLineBreak(scalar)
    }
}
