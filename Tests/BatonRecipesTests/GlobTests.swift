// Which paths a pattern covers.

import BatonCore
import Testing

@Suite("Glob")
struct GlobTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let pattern: String
        let matching: [String]
        let other: [String]

        init(_ pattern: String, _ matching: [String], not other: [String]) {
            self.pattern = pattern
            self.matching = matching
            self.other = other
        }

        var testDescription: String { pattern }
    }

    @Test(
        "covers what it says and nothing else",
        arguments: [
            Case("a.md", ["a.md"], not: ["b.md", "a.mdx", "x/a.md", "a.md/x", ""]),
            Case("*.md", ["a.md", ".md", "ä.md", "a.b.md"], not: ["x/a.md", "a.txt", "a.md.txt"]),
            Case("posts/*", ["posts/a", "posts/.hidden"], not: ["posts", "posts/a/b", "post/a"]),
            Case("notes/**", ["notes/a", "notes/a/b/c"], not: ["notes", "note/a", "x/notes/a"]),
            Case("notes/", ["notes/a", "notes/a/b"], not: ["notes"]),
            Case("**", ["a", "a/b"], not: []),
            Case("**/*.md", ["a.md", "x/a.md", "x/y/a.md"], not: ["a.txt", "x/a.md/y"]),
            Case("a/**/b", ["a/b", "a/x/b", "a/x/y/b"], not: ["a", "b", "a/bb", "xa/b"]),
            Case("a/**/b/**", ["a/b/c", "a/x/b/c/d", "a/b/b/b"], not: ["a/b", "a/x/b"]),
            Case("**/x/**/y", ["x/y", "a/x/b/y", "x/x/y/y"], not: ["x", "y", "x/a"]),
            Case("a**b", ["ab", "axxb"], not: ["a/b"]),
            Case("?.md", ["a.md", "ä.md", "日.md", "🦉.md"], not: [".md", "ab.md", "/.md"]),
            Case("[a-c]x", ["ax", "cx"], not: ["dx", "x", "äx", "-x"]),
            Case("[!a-c]x", ["dx", "äx"], not: ["ax", "x"]),
            Case("[]x]", ["]", "x"], not: ["[", "[]x]"]),
            Case("[a-]", ["a", "-"], not: ["b"]),
            Case("[z-a]", [], not: ["z", "a", "m"]),
            Case("a[b", ["a[b"], not: ["ab"]),
            Case("\\*\\?\\[", ["*?["], not: ["ab["]),
            Case("a\\", ["a\\"], not: ["a"]),
            Case("ä", ["ä"], not: ["a\u{308}"]),
            Case("", [""], not: ["a"]),
            Case("a//b", ["a//b"], not: ["a/b"]),
        ]
    )
    func covers(_ test: Case) {
        let glob = Glob(test.pattern)

        for path in test.matching { #expect(glob.matches(path), "\(path)") }
        for path in test.other { #expect(!glob.matches(path), "\(path)") }
    }

    @Test("compares bytes that are not UTF-8")
    func bytes() {
        #expect(Glob("a?").matches([0x61, 0xFF]))
        #expect(Glob("a*").matches([0x61, 0xFF, 0x80, 0xC3]))
        #expect(!Glob("a").matches([0x61, 0xFF]))
    }

    @Test("escaped, covers the one path", arguments: ["a.md", "*", "a[b]?.md", "x\\y", "**/ä"])
    func escaping(_ path: String) {
        #expect(Glob(Glob.escaping(path)).matches(path))
        #expect(!Glob(Glob.escaping(path)).matches(path + "x"))
    }

    @Test("takes no exponential time")
    func time() {
        let many = String(repeating: "*a", count: 200) + "b"
        let deep = String(repeating: "**/a/", count: 100) + "b"
        let text = String(repeating: "a", count: 2000)
        let path = String(repeating: "a/", count: 1000) + "a"

        let elapsed = ContinuousClock().measure {
            #expect(!Glob(many).matches(text))
            #expect(!Glob(deep).matches(path))
        }
        #expect(elapsed < .seconds(5))
    }
}
