// How diagnostics and errors look.

import BatonCore
import BatonTerminal
import Testing

@Suite("Rendered diagnostics")
struct DiagnosticRenderingTests {
    private func rendered(_ line: String, column: Int, length: Int, width: Int? = nil, label: String? = nil) -> String {
        let diagnostic = Diagnostic(
            id: "x",
            message: "m",
            span: SourceSpan(line: 1, column: column, length: length),
            label: label
        )
        return diagnostic.rendered(in: SourceFile(name: "a", text: line), width: width).plain
    }

    @Test("show place, line, carets, label and hints")
    func whole() {
        let source = SourceFile(name: "recipes/brief.yaml", text: "1\n2\n3\n4\n    needs: [reserch]\n")
        let diagnostic = Diagnostic(
            id: "unknown-step",
            message: "step 'draft' needs unknown step 'reserch'",
            span: SourceSpan(line: 5, column: 13, length: 7),
            label: "not defined in this recipe",
            hints: ["Did you mean 'research'?"]
        )

        #expect(
            diagnostic.rendered(in: source).plain == """
                error[unknown-step]: step 'draft' needs unknown step 'reserch'
                 --> recipes/brief.yaml:5:13
                  |
                5 |     needs: [reserch]
                  |             ^^^^^^^ not defined in this recipe
                  = hint: Did you mean 'research'?
                """
        )
    }

    @Test("widen the margin with the line number")
    func margin() {
        let source = SourceFile(name: "a", text: String(repeating: "\n", count: 122) + "x: y")
        let diagnostic = Diagnostic(
            id: "i",
            severity: .warning,
            message: "m",
            span: SourceSpan(line: 123, column: 1, length: 1),
            hints: ["H."]
        )

        #expect(
            diagnostic.rendered(in: source).plain == """
                warning[i]: m
                   --> a:123:1
                    |
                123 | x: y
                    | ^
                    = hint: H.
                """
        )
    }

    @Test("align carets under wide, combining and invisible characters")
    func wide() {
        #expect(
            rendered("日本: x", column: 5, length: 1) == """
                error[x]: m
                 --> a:1:5
                  |
                1 | 日本: x
                  |       ^
                """
        )
        #expect(
            rendered("a日本b", column: 2, length: 2) == """
                error[x]: m
                 --> a:1:2
                  |
                1 | a日本b
                  |  ^^^^
                """
        )
        #expect(
            rendered("e\u{301}e\u{301} x 👩‍👩‍👧 y", column: 14, length: 1) == """
                error[x]: m
                 --> a:1:14
                  |
                1 | e\u{301}e\u{301} x 👩‍👩‍👧 y
                  |         ^
                """
        )
    }

    @Test("copy tabs, so that they move as far as above")
    func tabs() {
        #expect(
            rendered("\ta:\tb", column: 5, length: 1) == """
                error[x]: m
                 --> a:1:5
                  |
                1 | \ta:\tb
                  | \t  \t^
                """
        )
    }

    @Test("point past the end of a line, and at an empty one")
    func pastTheEnd() {
        #expect(rendered("goal:", column: 6, length: 0).hasSuffix("1 | goal:\n  |      ^"))
        #expect(rendered("", column: 1, length: 0).hasSuffix("1 |\n  | ^"))
        #expect(rendered("ab", column: 2, length: 99).hasSuffix("1 | ab\n  |  ^"))
        #expect(rendered("ab", column: 99, length: 1).hasSuffix("1 | ab\n  |   ^"))
    }

    @Test("cut a long line around the place")
    func long() {
        let line = String(repeating: "0123456789", count: 20)

        #expect(
            rendered(line, column: 101, length: 5, width: 44) == """
                error[x]: m
                 --> a:1:101
                  |
                1 | …01234567890123456789012345678901234567…
                  |            ^^^^^
                """
        )
        #expect(
            rendered(line, column: 3, length: 2, width: 44).hasSuffix(
                """
                1 | 012345678901234567890123456789012345678…
                  |   ^^
                """))
        #expect(
            rendered(line, column: 200, length: 1, width: 44).hasSuffix(
                """
                1 | …9012345678 9
                  |            ^
                """.replacing(" 9", with: "9")))
        for width in [0, 1, 5, 44, 80, 300] {
            for column in [1, 2, 50, 199, 200, 201] {
                let lines = rendered(line, column: column, length: 30, width: width).split(separator: "\n")
                #expect(lines[3].count <= max(width, 24), "\(width) \(column)")
                #expect(lines[4].contains("^"))
            }
        }
    }

    @Test("show control characters of the file as pictures")
    func controls() {
        #expect(
            rendered("a\u{1B}[31m\u{7}\u{9B}\u{202E}b", column: 10, length: 1) == """
                error[x]: m
                 --> a:1:10
                  |
                1 | a␛[31m␇\u{FFFD}\u{FFFD}b
                  |          ^
                """
        )
    }

    @Test("cannot be made to steer the terminal by what they quote")
    func hostile() {
        let evil = "\u{1B}]0;title\u{7}\u{1B}[2J\nx"
        let diagnostic = Diagnostic(
            id: "i",
            message: evil,
            span: SourceSpan(line: 1, column: 1, length: 1),
            label: evil,
            hints: [evil]
        )
        let text = diagnostic.rendered(in: SourceFile(name: evil, text: evil)).plain

        #expect(!text.unicodeScalars.contains("\u{1B}"))
        #expect(!text.unicodeScalars.contains("\u{7}"))
        #expect(text.split(separator: "\n").count == 6)
    }

    @Test("have no excerpt without a place")
    func withoutPlace() {
        let diagnostic = Diagnostic(id: "i", message: "m", span: nil, hints: ["A.", "B."])
        let beyond = Diagnostic(id: "i", message: "m", span: SourceSpan(line: 9, column: 1, length: 1))
        let source = SourceFile(name: "a", text: "x")

        #expect(diagnostic.rendered(in: source).plain == "error[i]: m\nhint: A.\nhint: B.")
        #expect(beyond.rendered(in: source).plain == "error[i]: m\n --> a:9:1")
    }

    @Test("are colour by meaning")
    func colour() {
        let diagnostic = Diagnostic(
            id: "i", message: "m", span: SourceSpan(line: 1, column: 1, length: 1), hints: ["H."])
        let text = diagnostic.rendered(in: SourceFile(name: "a", text: "x")).rendered(color: true)

        #expect(
            text.replacing("\u{1B}", with: "␛") == """
                ␛[1;31merror␛[0m[i]: m
                 ␛[34m-->␛[0m a:1:1
                  ␛[34m|␛[0m
                ␛[34m1␛[0m ␛[34m|␛[0m x
                  ␛[34m|␛[0m ␛[1;31m^␛[0m
                  ␛[34m=␛[0m ␛[36mhint␛[0m: H.
                """
        )
    }

    @Test(
        "end after 20",
        arguments: [(20, 20, nil), (21, 20, "… and 1 more"), (27, 20, "… and 7 more")] as [(Int, Int, String?)])
    func limit(_ count: Int, _ shown: Int, _ last: String?) {
        let diagnostics = (0..<count).map { Diagnostic(id: "i", message: "m\($0)", span: nil) }
        let text = StyledText.diagnostics(diagnostics, in: SourceFile(name: "a", text: "")).plain
        let parts = text.split(separator: "\n\n")

        #expect(parts.count == shown + (last == nil ? 0 : 1))
        if let last { #expect(parts.last.map(String.init) == last) }
    }

    @Test("lines end where libYAML ends them")
    func lines() {
        let source = SourceFile(name: "a", text: "\u{FEFF}a\r\nb\rc\u{85}d\u{2028}e\n")

        #expect((1...7).map { source.line($0).map(String.init) } == ["a", "b", "c", "d", "e", "", nil])
    }
}

@Suite("Rendered errors")
struct ErrorRenderingTests {
    @Test("show one cause without a number, several with, then hints")
    func causes() {
        let one = BatonError(
            .stepFailed, "plugin 'writer' stopped", causes: ["it was running 'draft'"], hints: ["Log: x"])
        let two = BatonError(.stepFailed, "a", causes: ["b", "c"])

        #expect(
            one.rendered.plain == """
                error: plugin 'writer' stopped
                caused by: it was running 'draft'
                hint: Log: x
                """
        )
        #expect(two.rendered.plain == "error: a\ncaused by (1): b\ncaused by (2): c")
        #expect(BatonError(.conflict, "a\u{1B}[2J\nb").rendered.plain == "error: a b")
    }
}
