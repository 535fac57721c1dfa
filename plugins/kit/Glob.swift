// Patterns of paths. SPDX-License-Identifier: MIT

/// A pattern of paths, as `reads:` and `writes:` of a recipe have them.
///
/// `?` is any one character and `*` any number of characters within one component of the path; a component that is `**`
/// is any number of components, none too. Everything else stands for itself. Hidden files are matched like others.
/// `notes/**` matches everything below `notes`, and `notes` itself.
public struct Glob: Hashable, Sendable {
    /// The pattern as it was written.
    public let pattern: String
    private let components: [[Character]]

    /// A pattern.
    public init(_ pattern: String) {
        self.pattern = pattern
        components = pattern.split(separator: "/").filter { $0 != "." }.map(Array.init)
    }

    /// The pattern has no wildcard: it is the path of one file.
    public var isLiteral: Bool {
        !pattern.contains { $0 == "*" || $0 == "?" }
    }

    /// Whether a path, relative to the workspace, fits the pattern.
    public func matches(_ path: String) -> Bool {
        let path = path.split(separator: "/").filter { $0 != "." }.map(Array.init)
        return Self.matches(components, path, isAny: { $0 == ["*", "*"] }, fits: Self.componentMatches)
    }

    private static func componentMatches(_ pattern: [Character], _ name: [Character]) -> Bool {
        matches(pattern, name, isAny: { $0 == "*" }, fits: { $0 == "?" || $0 == $1 })
    }

    /// Matches by going back to the last "any number": time is at worst the product of the lengths, never exponential.
    private static func matches<Element>(
        _ pattern: [Element],
        _ text: [Element],
        isAny: (Element) -> Bool,
        fits: (Element, Element) -> Bool
    ) -> Bool {
        var (p, t) = (0, 0)
        var retry: (pattern: Int, text: Int)?
        while t < text.count {
            if p < pattern.count, isAny(pattern[p]) {
                retry = (p, t)
                p += 1
            } else if p < pattern.count, fits(pattern[p], text[t]) {
                p += 1
                t += 1
            } else if let last = retry {
                retry = (last.pattern, last.text + 1)
                (p, t) = (last.pattern + 1, last.text + 1)
            } else {
                return false
            }
        }
        return pattern[p...].allSatisfy(isAny)
    }
}
