// Refuses aliases in keys, which would cost time without end.

import BatonCore

extension YAMLDocument {
    /// Reports an alias inside a key; returns whether there was none.
    ///
    /// To find duplicate keys, Yams hashes every key as a whole. A key that is an alias of a list of aliases of lists
    /// has billions of parts, so it must be found before Yams sees it, in the text. A key without `?` ends on
    /// the line where it begins (YAML 1.1, 7.4.2), which is what makes this possible.
    static func reportAliasesInKeys(in source: SourceText, _ problems: Problems) -> Bool {
        let anchors = source.lines.reduce(into: Set<String>()) { $0.formUnion(names(after: "&", in: $1).map(\.name)) }
        guard !anchors.isEmpty else { return true }
        let aliases = source.lines.map { line in names(after: "*", in: line).filter { anchors.contains($0.name) } }
        guard aliases.contains(where: { !$0.isEmpty }) else { return true }

        for (index, line) in source.lines.enumerated() {
            guard let column = questionMark(in: line) ?? aliasInKey(aliases[index], line) else { continue }
            problems.add(
                .yamlSyntax,
                "a key of a recipe cannot hold an alias, nor begin with '?' where there are aliases",
                at: SourceSpan(line: index + 1, column: column + 1, length: 1),
                hints: ["Write the key out."]
            )
            return false
        }
        return true
    }

    /// The names that follow `sign` in `line`, and the index after each.
    private static func names(after sign: Unicode.Scalar, in line: [Unicode.Scalar]) -> [(name: String, end: Int)] {
        var names: [(String, Int)] = []
        for start in line.indices where line[start] == sign {
            let name = line[(start + 1)...].prefix(while: isNameScalar)
            if !name.isEmpty { names.append((String(String.UnicodeScalarView(name)), name.endIndex)) }
        }
        return names
    }

    private static func isNameScalar(_ scalar: Unicode.Scalar) -> Bool {
        scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar))
            || "-_".unicodeScalars.contains(scalar)
    }

    /// The index of a `?` that can begin a key.
    private static func questionMark(in line: [Unicode.Scalar]) -> Int? {
        line.indices.first { index in
            guard line[index] == "?" else { return false }
            let before = line[..<index].last { $0 != " " && $0 != "\t" }
            guard let before else { return true }
            return "-?:,[{".unicodeScalars.contains(before)
        }
    }

    /// The index of an alias that is followed by a colon, at once or after the end of a list or mapping.
    private static func aliasInKey(_ aliases: [(name: String, end: Int)], _ line: [Unicode.Scalar]) -> Int? {
        for alias in aliases {
            var previous: Unicode.Scalar = "*"
            for scalar in line[alias.end...] where scalar != " " && scalar != "\t" {
                if scalar == ":", "*]}".unicodeScalars.contains(previous) { return alias.end - 1 }
                previous = scalar
            }
        }
        return nil
    }
}
