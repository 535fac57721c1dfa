// Reads the keys of one mapping and notices those that nobody asked for.

import BatonCore

/// What reading a recipe needs everywhere.
struct ReadingContext {
    let source: SourceText
    let problems: Problems
    let roles: RoleDirectory?

    func span(of item: YAMLItem) -> SourceSpan { source.span(of: item) }

    /// Reports that `item` is not what `key` needs, and how to write it if the reason can be guessed.
    func reportType(of item: YAMLItem, key: String, expected: String, hints: [String] = []) {
        reportType(of: item, subject: "'\(key)'", expected: expected, hints: hints)
    }

    func reportType(of item: YAMLItem, subject: String, expected: String, hints: [String] = []) {
        var hints = hints
        if case .mapping = item.content, source.hasPrefix("{{", at: item.position) {
            hints = ["Put text that begins with '{{' in quotes."]
        } else if case .scalar(let text, let style) = item.content, style == .singleQuoted || style == .doubleQuoted,
            YAMLItem(content: .scalar(text, .plain), position: item.position).kindName == expected
        {
            hints = ["Remove the quotes."]
        }
        let message = "\(subject) must be \(expected), not \(item.kindName)"
        problems.add(.wrongType, message, at: span(of: item), hints: hints)
    }
}

/// Reads one mapping: each key is taken once, and ``finish()`` reports the rest.
struct ObjectReader {
    let context: ReadingContext
    let item: YAMLItem
    /// What the mapping is, in quotes where it has a name: "recipe", "step 'draft'".
    let name: String
    private let entries: [(key: String, entry: YAMLEntry)]
    private var taken: [String] = []

    /// Nil, with a diagnostic, if `item` is not a mapping.
    init?(_ item: YAMLItem, name: String, _ context: ReadingContext) {
        guard case .mapping(let entries) = item.content else {
            context.reportType(of: item, subject: name, expected: "a mapping")
            return nil
        }
        self.context = context
        self.item = item
        self.name = name
        self.entries = entries.compactMap { entry in
            if case .scalar(let key, _) = entry.key.content { return (key, entry) }
            let hints =
                context.source.hasPrefix("{{", at: item.position) ? ["Put text that begins with '{{' in quotes."] : []
            context.problems.add(.wrongType, "a key must be text", at: context.span(of: entry.key), hints: hints)
            return nil
        }
    }

    var keys: [String] { entries.map(\.key) }

    /// The value of `key`, or nil if it is not there; the key counts as known from now on.
    mutating func take(_ key: String) -> YAMLItem? {
        taken.append(key)
        return entry(key)?.value
    }

    /// The value of `key`; if it is missing, that is reported with `hint`, an example to copy.
    mutating func require(_ key: String, hint: String) -> YAMLItem? {
        if let value = take(key) { return value }
        // A key that is only mistyped is reported as unknown, which is enough.
        if keys.contains(where: { nearestName(to: $0, among: [key]) != nil }) { return nil }
        context.problems.add(.missingKey, "\(name) has no '\(key)'", at: startOfItem, hints: [hint])
        return nil
    }

    func entry(_ key: String) -> YAMLEntry? { entries.first { $0.key == key }?.entry }

    /// Where to point when something is missing: at the first key.
    var startOfItem: SourceSpan {
        if case .mapping(let entries) = item.content, let first = entries.first,
            first.key.position.line == item.position.line
        {
            return context.span(of: first.key)
        }
        return context.source.restOfLine(from: item.position)
    }

    /// Reports the keys in `names` that are there: they are planned, but not there yet.
    mutating func refuse(_ names: [String], hints: [String] = []) {
        for name in names {
            guard let entry = entry(name) else { continue }
            taken.append(name)
            context.problems.add(
                .unsupportedKey,
                "'\(name)' is not supported yet",
                at: context.span(of: entry.key),
                hints: hints
            )
        }
    }

    /// Reports the keys that were not taken, with the nearest that were asked for.
    func finish() {
        let known = Array(Set(taken)).sorted()
        for (key, entry) in entries where !taken.contains(key) {
            context.problems.add(
                .unknownKey,
                "unknown key '\(key)' in \(name)",
                at: context.span(of: entry.key),
                hints: nameHints(key, among: known, calling: "keys here")
            )
        }
    }
}
