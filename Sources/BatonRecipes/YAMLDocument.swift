// Reads YAML text into items, or says what is wrong with it.

import BatonCore
import Yams

/// Reads YAML; the only user of Yams.
enum YAMLDocument {
    /// Bytes; a recipe that people write has a few thousand.
    static let sizeMax = 1 << 20
    /// Items, each counted as often as aliases repeat it: a few lines can stand for billions.
    static let itemsMax = 100_000
    /// Lists and mappings in one another.
    static let depthMax = 40

    /// The one document in `source`; nil if there is none or something is wrong with it.
    static func read(_ source: SourceText, _ problems: Problems) -> YAMLItem? {
        guard source.file.text.utf8.count <= sizeMax else {
            problems.add(.tooLarge, "a recipe can have at most 1 MiB", at: SourceSpan(line: 1, column: 1, length: 0))
            return nil
        }
        guard reportControlCharacters(in: source, problems), reportAliasesInKeys(in: source, problems) else {
            return nil
        }
        do {
            let text =
                source.file.text.unicodeScalars.first == "\u{FEFF}"
                ? String(source.file.text.unicodeScalars.dropFirst()) : source.file.text
            guard let node = try Yams.Parser(yaml: text, resolver: .basic, encoding: .utf8).singleRoot() else {
                return nil
            }
            var converter = NodeConverter(problems: problems, source: source)
            return converter.item(node, depth: 0)
        } catch let error as YamlError {
            problems.add(YAMLProblem.diagnostic(for: error, in: source))
        } catch {
            problems.add(.yamlSyntax, "the file cannot be read as YAML", at: SourceSpan(line: 1, column: 1, length: 0))
        }
        return nil
    }

    /// Reports the first character that YAML does not allow; libYAML refuses it too, but without saying where.
    ///
    /// Source: YAML 1.1, 5.1, character set.
    private static func reportControlCharacters(in source: SourceText, _ problems: Problems) -> Bool {
        for (index, line) in source.lines.enumerated() {
            guard let column = line.firstIndex(where: isForbidden) else { continue }
            let code = String(line[column].value, radix: 16, uppercase: true)
            problems.add(
                .yamlSyntax,
                "character U+\(String(repeating: "0", count: max(0, 4 - code.count)))\(code) is not allowed in YAML",
                at: SourceSpan(line: index + 1, column: column + 1, length: 1),
                hints: ["Remove it; in text in double quotes it can be written as an escape such as '\\x1B'."]
            )
            return false
        }
        return true
    }

    private static func isForbidden(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09: false
        case 0..<0x20, 0x7F..<0xA0, 0xFEFF, 0xFFFE, 0xFFFF: true
        default: false
        }
    }
}

/// Turns Yams' nodes into items, within limits.
private struct NodeConverter {
    let problems: Problems
    let source: SourceText
    private var itemsLeft = YAMLDocument.itemsMax

    init(problems: Problems, source: SourceText) {
        self.problems = problems
        self.source = source
    }

    /// Nil if a limit is reached; that was reported then.
    mutating func item(_ node: Node, depth: Int) -> YAMLItem? {
        let position = SourceText.Position(line: node.mark?.line ?? 1, column: node.mark?.column ?? 1)
        guard itemsLeft > 0, depth <= YAMLDocument.depthMax else {
            if itemsLeft >= 0 { reportLimit(depth: depth, at: position) }
            itemsLeft = -1
            return nil
        }
        itemsLeft -= 1
        guard let content = content(of: node, depth: depth, at: position) else { return nil }
        return YAMLItem(content: content, position: position)
    }

    private static let yamlTags = "tag:yaml.org,2002:"

    private mutating func content(of node: Node, depth: Int, at position: SourceText.Position) -> YAMLItem.Content? {
        switch node {
        case .scalar(let scalar):
            return .scalar(scalar.string, style(of: scalar, at: position))
        case .sequence(let sequence):
            var items: [YAMLItem] = []
            for child in sequence {
                guard let item = item(child, depth: depth + 1) else { return nil }
                items.append(item)
            }
            return .list(items)
        case .mapping(let mapping):
            var entries: [YAMLEntry] = []
            for (key, value) in mapping {
                guard let key = item(key, depth: depth + 1), let value = item(value, depth: depth + 1) else {
                    return nil
                }
                entries.append(YAMLEntry(key: key, value: value))
            }
            return .mapping(entries)
        case .alias:
            return nil  // Yams makes these only when it writes.
        }
    }

    private func style(of scalar: Node.Scalar, at position: SourceText.Position) -> YAMLItem.Style {
        let tag = scalar.tag.description
        if !tag.isEmpty, tag != "!", tag != Tag.Name.str.rawValue {
            let shown = tag.hasPrefix(Self.yamlTags) ? "!!" + tag.dropFirst(Self.yamlTags.count) : tag
            problems.add(
                .wrongType,
                "tag '\(shown)' is not known in recipes",
                at: source.restOfLine(from: position),
                hints: ["Leave the tag out."]
            )
        }
        return switch scalar.style {
        case .singleQuoted: .singleQuoted
        case .doubleQuoted: .doubleQuoted
        case .literal: .literal
        case .folded: .folded
        case .any, .plain: tag.isEmpty ? .plain : .plainText
        }
    }

    private func reportLimit(depth: Int, at position: SourceText.Position) {
        let span = source.restOfLine(from: position)
        if depth > YAMLDocument.depthMax {
            problems.add(.tooLarge, "lists and mappings can be at most \(YAMLDocument.depthMax) deep", at: span)
        } else {
            problems.add(
                .tooLarge,
                "a recipe can have at most 100 000 items, aliases counted as what they stand for",
                at: span
            )
        }
    }
}
