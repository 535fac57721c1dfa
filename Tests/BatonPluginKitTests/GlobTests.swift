// Patterns of paths.

import BatonPluginKit
import Testing

@Suite("Glob")
struct GlobTests {
    @Test(
        "matches",
        arguments: [
            ("notes/**", "notes/a.md"), ("notes/**", "notes/deep/er/a.md"), ("notes/**", "notes"), ("**", "a"),
            ("**", "a/b/c"), ("**/*.md", "a.md"), ("**/*.md", "x/y/a.md"), ("*.md", "a.md"), ("a?c", "abc"),
            ("a/**/z", "a/z"), ("a/**/z", "a/b/c/z"), ("**/b/**", "a/b/c"), ("./a/*", "a/b"), ("a*b*c", "aXbYbZc"),
            ("posts/x.md", "posts/x.md"), ("*", ".hidden"), ("a[1].md", "a[1].md"), ("**/a/**/b", "a/x/a/y/b"),
        ]
    )
    func matches(pattern: String, path: String) {
        #expect(Glob(pattern).matches(path))
    }

    @Test(
        "does not match",
        arguments: [
            ("*.md", "a/b.md"), ("notes/*", "notes/a/b"), ("a?c", "a/c"), ("a?c", "ac"), ("notes/**", "notesX/a"),
            ("a/**/z", "a/b"), ("", "a"), ("a", ""), ("A", "a"), ("a**b", "a/b"), ("*.md", "amd"),
        ]
    )
    func refuses(pattern: String, path: String) {
        #expect(!Glob(pattern).matches(path))
    }

    @Test("a hostile pattern takes no time")
    func hostile() {
        let pattern = String(repeating: "*a", count: 60) + "b"
        #expect(!Glob(pattern).matches(String(repeating: "a", count: 400)))
        let deep = String(repeating: "**/a/", count: 60) + "b"
        #expect(!Glob(deep).matches(String(repeating: "a/", count: 400) + "c"))
    }

    @Test("a pattern without wildcards is the path of one file")
    func literal() {
        #expect(Glob("posts/x.md").isLiteral)
        #expect(!Glob("posts/*.md").isLiteral)
        #expect(!Glob("posts/?.md").isLiteral)
    }
}
