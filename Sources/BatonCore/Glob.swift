// Patterns for relative paths: which files a step may read and write.

/// A pattern over relative paths, compared byte by byte.
///
/// - `*` stands for any characters except `/`, none included; `?` for exactly one.
/// - `**` as a whole component stands for any number of components, none included; at the end for at least one, so
///   `notes/**` means everything inside `notes`, not `notes` itself. A final `/` means the same as a final `/**`.
/// - `[a-z]` stands for one ASCII character in the set, `[!a-z]` for one character outside of it; an unclosed `[`
///   stands for itself.
/// - `\` takes the meaning from the character after it.
///
/// A leading dot is nothing special. Matching takes at most the product of the two lengths.
package struct Glob: Hashable, Sendable {
    /// As it was written.
    package let pattern: String
    private let components: [Component]

    private enum Component: Hashable, Sendable {
        case anyNumber
        case one([Token])
    }

    /// The bytes of one character in UTF-8.
    private typealias Character = [UInt8]

    fileprivate enum Token: Hashable, Sendable {
        case character([UInt8])
        case anyCharacter
        case anyRun
        case set([ClosedRange<UInt8>], negated: Bool)
    }

    package init(_ pattern: String) {
        self.pattern = pattern
        var parts = Glob.components(of: pattern.utf8)
        let run = [Glob.star, Glob.star]
        if parts.count > 1, parts.last?.isEmpty == true { parts[parts.count - 1] = run }
        components = parts.map { $0 == run ? .anyNumber : .one(Glob.tokens(of: $0)) }
    }

    /// The pattern that matches `path` and nothing else.
    package static func escaping(_ path: String) -> String {
        var escaped = ""
        for scalar in path.unicodeScalars {
            if Glob.special.contains(scalar) { escaped.unicodeScalars.append("\\") }
            escaped.unicodeScalars.append(scalar)
        }
        return escaped
    }

    /// The characters that have a meaning in a pattern.
    package static let special: [Unicode.Scalar] = ["*", "?", "[", "\\"]

    /// The only path that the pattern covers; nil if it can cover several.
    package var literal: String? {
        var parts: [String] = []
        for component in components {
            guard case .one(let tokens) = component else { return nil }
            var bytes: [UInt8] = []
            for token in tokens {
                guard case .character(let character) = token else { return nil }
                bytes += character
            }
            parts.append(String(decoding: bytes, as: UTF8.self))
        }
        return parts.joined(separator: "/")
    }

    package func matches(_ path: String) -> Bool { matches(path.utf8) }

    /// Whether the pattern covers `path`, the bytes of a path relative to the root of the working directory.
    package func matches(_ path: some Collection<UInt8>) -> Bool {
        let parts = Glob.components(of: path)
        return Glob.match(
            components.count,
            parts.count,
            isRun: { components[$0] == .anyNumber },
            // A final '**' stands for at least one component.
            runNeeds: { $0 == components.count - 1 && $0 > 0 ? 1 : 0 },
            matchesOne: { index, part in
                guard case .one(let tokens) = components[index] else { return false }
                return Glob.matches(tokens, parts[part])
            }
        )
    }

    private static func components(of path: some Collection<UInt8>) -> [[Character]] {
        path.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map { characters(of: $0) }
    }
}

extension Glob {
    private static func tokens(of characters: [Character]) -> [Token] {
        var tokens: [Token] = []
        var index = 0
        while index < characters.count {
            let character = characters[index]
            index += 1
            switch character {
            case Glob.star:
                if tokens.last != .anyRun { tokens.append(.anyRun) }
            case Glob.questionMark:
                tokens.append(.anyCharacter)
            case Glob.backslash where index < characters.count:
                tokens.append(.character(characters[index]))
                index += 1
            case Glob.openBracket:
                if let (set, end) = set(in: characters, from: index) {
                    tokens.append(set)
                    index = end
                } else {
                    tokens.append(.character(character))
                }
            default:
                tokens.append(.character(character))
            }
        }
        return tokens
    }

    /// Reads a set whose `[` was just read; returns it and the index after its `]`, or nil if it is not closed.
    private static func set(in characters: [Character], from start: Int) -> (Token, Int)? {
        var index = start
        let negated =
            index < characters.count && [[UInt8(ascii: "!")], [UInt8(ascii: "^")]].contains(characters[index])
        if negated { index += 1 }
        var ranges: [ClosedRange<UInt8>] = []
        let first = index
        while index < characters.count {
            let low = characters[index]
            // As in a shell, a ']' in the first place is a member.
            if low == closeBracket, index > first { return (.set(ranges, negated: negated), index + 1) }
            index += 1
            if index + 1 < characters.count, characters[index] == hyphen, characters[index + 1] != closeBracket {
                let high = characters[index + 1]
                if low.count == 1, high.count == 1, low[0] <= high[0] { ranges.append(low[0]...high[0]) }
                index += 2
            } else if low.count == 1 {
                ranges.append(low[0]...low[0])
            }
        }
        return nil
    }

    private static let star = [UInt8(ascii: "*")]
    private static let questionMark = [UInt8(ascii: "?")]
    private static let backslash = [UInt8(ascii: "\\")]
    private static let openBracket = [UInt8(ascii: "[")]
    private static let closeBracket = [UInt8(ascii: "]")]
    private static let hyphen = [UInt8(ascii: "-")]

    private static func matches(_ tokens: [Token], _ characters: [Character]) -> Bool {
        match(
            tokens.count,
            characters.count,
            isRun: { tokens[$0] == .anyRun },
            runNeeds: { _ in 0 },
            matchesOne: { tokens[$0].matches(characters[$1]) }
        )
    }

    /// Cuts UTF-8 into characters; bytes that are not UTF-8 are characters of their own.
    private static func characters(of bytes: some Sequence<UInt8>) -> [Character] {
        bytes.reduce(into: []) { characters, byte in
            if byte & 0xC0 == 0x80, !characters.isEmpty {
                characters[characters.count - 1].append(byte)
            } else {
                characters.append([byte])
            }
        }
    }

    /// Matches a list of `patternCount` items, some of which stand for a run, against `textCount` items.
    ///
    /// The usual greedy walk: on a mismatch the latest run takes one more item. Going back further never helps.
    private static func match(
        _ patternCount: Int,
        _ textCount: Int,
        isRun: (Int) -> Bool,
        runNeeds: (Int) -> Int,
        matchesOne: (Int, Int) -> Bool
    ) -> Bool {
        var (pattern, text) = (0, 0)
        var latestRun: (pattern: Int, text: Int)?
        while true {
            if pattern < patternCount, isRun(pattern) {
                text += runNeeds(pattern)
                guard text <= textCount else { return false }
                pattern += 1
                latestRun = (pattern, text)
            } else if text == textCount {
                return pattern == patternCount
            } else if pattern < patternCount, matchesOne(pattern, text) {
                pattern += 1
                text += 1
            } else if let run = latestRun {
                latestRun = (run.pattern, run.text + 1)
                (pattern, text) = (run.pattern, run.text + 1)
            } else {
                return false
            }
        }
    }
}

extension Glob.Token {
    fileprivate func matches(_ character: [UInt8]) -> Bool {
        switch self {
        case .anyRun: false
        case .anyCharacter: true
        case .character(let expected): character == expected
        case .set(let ranges, let negated):
            negated != (character.count == 1 && ranges.contains { $0.contains(character[0]) })
        }
    }
}
