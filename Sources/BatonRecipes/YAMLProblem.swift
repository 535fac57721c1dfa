// Says what is wrong with YAML text in words that help.

import BatonCore
import Yams

/// Turns the errors of Yams and libYAML into diagnostics.
enum YAMLProblem {
    static func diagnostic(for error: YamlError, in source: SourceText) -> Diagnostic {
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _):
            syntax(problem, at: position(mark), context: context, in: source)
        case .composer(_, let problem, let mark, _):
            composer(problem, at: position(mark), in: source)
        case .duplicatedKeysInMapping(let names, let context):
            duplicateKey(names.first ?? "", first: position(context.mark), in: source)
        default:
            problem("the file cannot be read as YAML", SourceText.Position(line: 1, column: 1), in: source)
        }
    }

    private static func position(_ mark: Mark) -> SourceText.Position {
        SourceText.Position(line: mark.line, column: mark.column)
    }

    private static func problem(
        _ message: String,
        _ position: SourceText.Position,
        length: Int = 1,
        label: String? = nil,
        hints: [String] = [],
        in source: SourceText
    ) -> Diagnostic {
        let span = source.clamped(SourceSpan(line: position.line, column: position.column, length: length))
        let id = RecipeProblem.yamlSyntax.rawValue
        return Diagnostic(id: id, message: message, span: span, label: label, hints: hints)
    }

    /// The errors of libYAML's scanner.c and parser.c that people meet; others keep libYAML's words.
    private static func syntax(
        _ text: String,
        at position: SourceText.Position,
        context: YamlError.Context?,
        in source: SourceText
    ) -> Diagnostic {
        let found = source[position]
        if found == "\t" {
            return problem("a tab cannot indent", position, hints: ["Use spaces."], in: source)
        }
        if let context, text.contains("unexpected end of stream") || text.contains("unexpected document indicator") {
            return problem("this quote is never closed", self.position(context.mark), in: source)
        }
        switch text {
        case "found character that cannot start any token":
            let shown = found.map { "'\($0)'" } ?? "this character"
            return problem("text cannot begin with \(shown)", position, hints: ["Put the text in quotes."], in: source)
        case "mapping values are not allowed in this context":
            let hints = [
                "Put text that contains ': ' in quotes.", "Check that the line is indented as its neighbours.",
            ]
            return problem("a ':' cannot stand here", position, hints: hints, in: source)
        case "could not find expected ':'":
            let place = context.map { self.position($0.mark) } ?? position
            let length = source.restOfLine(from: place).length
            let hints = ["Write ': ', with the space, between a key and its value."]
            return problem("expected a key with a ':' after it", place, length: length, hints: hints, in: source)
        case "did not find expected key", "did not find expected '-' indicator":
            return missingPart(text, at: position, context: context, in: source)
        case "did not find expected ',' or ']'", "did not find expected ',' or '}'":
            return unclosed(text.hasSuffix("']'") ? "[" : "{", at: position, context: context, in: source)
        case "found unknown escape character":
            let hints = ["Write '\\\\' for a backslash, or use single quotes, in which it is nothing special."]
            return problem("this escape is not known in YAML", position, length: 2, hints: hints, in: source)
        case "did not find expected <document start>":
            return problem("a recipe is one mapping; this does not belong to it", position, in: source)
        case _ where text.hasPrefix("Maximum nesting level reached"):
            return problem("lists and mappings can be at most \(YAMLDocument.depthMax) deep", position, in: source)
        default:
            return problem("not valid YAML: \(text)", position, in: source)
        }
    }

    private static func missingPart(
        _ text: String,
        at position: SourceText.Position,
        context: YamlError.Context?,
        in source: SourceText
    ) -> Diagnostic {
        let what = text.contains("'-'") ? "an item that begins with '- '" : "a key with a ':' after it"
        var hints = ["Check that the line is indented as its neighbours."]
        if let context { hints.append("It belongs to what begins in line \(context.mark.line).") }
        let before = SourceText.Position(line: position.line, column: position.column - 1)
        if source[before] == "'" {
            hints = ["A text in single quotes ends at the next one; write '' for an apostrophe."]
        }
        return problem("expected \(what)", position, hints: hints, in: source)
    }

    private static func unclosed(
        _ bracket: String,
        at position: SourceText.Position,
        context: YamlError.Context?,
        in source: SourceText
    ) -> Diagnostic {
        let close = bracket == "[" ? "]" : "}"
        let place = context.map { self.position($0.mark) } ?? position
        return problem(
            "'\(bracket)' is not closed, or a ',' is missing after it",
            place,
            hints: ["Expected ',' or '\(close)' before line \(position.line), column \(position.column)."],
            in: source
        )
    }

    private static func composer(_ text: String, at position: SourceText.Position, in source: SourceText) -> Diagnostic
    {
        switch text {
        case "but found another document":
            let hints = ["Write each recipe into a file of its own."]
            return problem(
                "a file holds one recipe; here begins another", position, length: 3, hints: hints, in: source)
        case "found undefined alias":
            let length = source.restOfLine(from: position).length
            return problem("this alias has no anchor before it", position, length: length, in: source)
        default:
            return problem("not valid YAML: \(text)", position, in: source)
        }
    }

    /// Yams knows the place of the first use only; people need the second.
    private static func duplicateKey(
        _ name: String,
        first: SourceText.Position,
        in source: SourceText
    ) -> Diagnostic {
        let second = secondUse(of: name, after: first, in: source)
        let position = second ?? first
        return Diagnostic(
            id: RecipeProblem.duplicateKey.rawValue,
            message: "key '\(name)' is there twice",
            span: SourceSpan(line: position.line, column: position.column, length: name.unicodeScalars.count),
            label: second == nil ? nil : "first in line \(first.line)"
        )
    }

    /// The next line that begins with the key in the same column; or, on the same line, the next place.
    private static func secondUse(
        of name: String,
        after first: SourceText.Position,
        in source: SourceText
    ) -> SourceText.Position? {
        let key = Array(name.unicodeScalars)
        let line = source.lines.indices.contains(first.line - 1) ? source.lines[first.line - 1] : []
        for start in line.indices where start >= first.column + key.count - 1 && line[start...].starts(with: key) {
            let before = line[..<start].last { $0 != " " }
            if before == "," { return SourceText.Position(line: first.line, column: start + 1) }
        }
        for number in source.lines.indices.dropFirst(first.line) {
            let line = source.lines[number]
            guard line.count >= first.column, line[..<(first.column - 1)].allSatisfy({ $0 == " " }) else { continue }
            let rest = line[(first.column - 1)...]
            if rest.starts(with: key), rest.dropFirst(key.count).first(where: { $0 != " " }) == ":" {
                return SourceText.Position(line: number + 1, column: first.column)
            }
        }
        return nil
    }
}
