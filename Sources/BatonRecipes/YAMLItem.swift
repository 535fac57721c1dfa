// A YAML document as plain values with places.

/// One item of a YAML document: a scalar, list or mapping, and where it stands.
struct YAMLItem: Sendable {
    var content: Content
    /// Where libYAML says it begins: at its anchor or tag if it has one, else at its first character.
    var position: SourceText.Position

    enum Content: Sendable {
        case scalar(String, Style)
        case list([YAMLItem])
        case mapping([YAMLEntry])
    }

    enum Style: Sendable {
        case plain, singleQuoted, doubleQuoted, literal, folded
        /// A plain scalar that the tag `!!str` makes text whatever it looks like.
        case plainText
    }
}

/// A key of a mapping with its value.
struct YAMLEntry: Sendable {
    var key: YAMLItem
    var value: YAMLItem
}

extension YAMLItem {
    /// The text of a scalar, whatever it looks like; nil for anything else and for a scalar that means "nothing".
    var text: String? {
        guard case .scalar(let text, _) = content, !isNull else { return nil }
        return text
    }

    /// Whether this is the scalar that means "nothing": empty, `~` or `null`, without quotes.
    var isNull: Bool {
        guard case .scalar(let text, .plain) = content else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(text)
    }

    /// The value of an unquoted `true` or `false`.
    ///
    /// As in YAML 1.2; `yes`, `no`, `on` and `off` are text.
    var bool: Bool? {
        guard case .scalar(let text, .plain) = content else { return nil }
        return switch text {
        case "true", "True", "TRUE": true
        case "false", "False", "FALSE": false
        default: nil
        }
    }

    /// The value of an unquoted whole number in decimal.
    var integer: Int? {
        guard case .scalar(let text, .plain) = content else { return nil }
        return Int(text)
    }

    /// The value of an unquoted number.
    var number: Double? {
        guard case .scalar(let text, .plain) = content, text.unicodeScalars.allSatisfy(Self.isNumeric),
            let value = Double(text), value.isFinite
        else { return nil }
        return value
    }

    /// Keeps `Double` from reading `nan`, `infinity` and hexadecimal, which would be words in a recipe.
    private static func isNumeric(_ scalar: Unicode.Scalar) -> Bool {
        ("0"..."9").contains(scalar) || "+-.eE".unicodeScalars.contains(scalar)
    }

    /// What kind of thing the item is, for messages: "a list", "text".
    var kindName: String {
        switch content {
        case .list: "a list"
        case .mapping: "a mapping"
        case .scalar where isNull: "nothing"
        case .scalar where bool != nil: "true or false"
        case .scalar where integer != nil: "a whole number"
        case .scalar where number != nil: "a number"
        case .scalar: "text"
        }
    }
}
