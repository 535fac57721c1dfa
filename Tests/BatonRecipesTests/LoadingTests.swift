// Sound recipes, limits of size, and places in texts.

import BatonCore
import BatonRecipes
import Testing

@Suite("Loading recipes")
struct LoadingTests {
    @Test("gives steps without an id a name of their own")
    func defaultIDs() throws {
        let recipe = try sound(
            """
            recipe: a
            steps:
              - {role: writer, goal: Go.}
              - {id: writer-2, role: reviewer, goal: Go.}
              - {role: writer, goal: Go., context: [writer, writer-2]}
              - {run: ls}
              - {run: ls}
            """
        )

        #expect(recipe.steps.map(\.id) == ["writer", "writer-2", "writer-3", "run", "run-2"])
        #expect(recipe.steps[2].span == SourceSpan(line: 5, column: 6, length: 4))
    }

    @Test("knows nothing about roles if there is no directory")
    func withoutRoles() {
        let file = SourceFile(name: "a.yaml", text: "recipe: a\nsteps: [{role: anything, goal: Go., writes: [x]}]")

        #expect(Recipe.load(file, roles: nil).0 != nil)
        #expect(Recipe.load(file, roles: roles).1.map(\.id) == ["unknown-role"])
    }

    @Test("reads aliases, a byte order mark and line breaks of Windows")
    func yaml() throws {
        let recipe = try sound(
            "\u{FEFF}recipe: a\r\nparameters:\r\n  x: &p {type: string, default: a}\r\n"
                + "  y: *p\r\nsteps:\r\n  - run: ls\r\n"
        )

        #expect(recipe.parameters.map(\.name) == ["x", "y"])
        #expect(recipe.steps[0].span == SourceSpan(line: 6, column: 5, length: 3))
    }

    @Test("takes whole numbers of any size where no text can be meant", arguments: ["yes", "5", "1.50", "0x1F", "no"])
    func textStaysText(_ text: String) throws {
        let recipe = try sound("recipe: a\nsummary: \(text)\nsteps: [{run: ls}]")

        #expect(recipe.summary == text)
    }

    /// The places are marked in the recipe with 1️⃣ and taken out before it is read.
    @Test(
        "points at a fault in any style of text",
        arguments: [
            "goal: a {{ 1️⃣nope }}",
            "goal: 'it''s {{ 1️⃣nope }}'",
            "goal: \"\\\"a\\\" \\u00e9 \\\\ {{ 1️⃣nope }}\"",
            "goal: \"a\\n\\\n\n      b\\tc {{ 1️⃣nope }}\"",
            "goal: &anchor a {{ 1️⃣nope }}",
            "goal: !!str 'a {{ 1️⃣nope }}'",
            "goal: &b !!str\n      a {{ 1️⃣nope }}",
            "goal:\n\n      a\n\n\n      b {{ 1️⃣nope }}",
            "goal: |\n\n      a\n       b {{ 1️⃣nope }}",
            "goal: |2-  # comment\n       a\n      b {{ 1️⃣nope }}",
            "goal: >+\n      a\n        b\n\n      c {{ 1️⃣nope }}\n\n",
            "goal: 日本 🦉 {{ 1️⃣nope }}",
            "goal: {% if 1️⃣nope %}{% endif %}".replacing("{%", with: "'{%", maxReplacements: 1) + "'",
            "goal: a {{ today\n      |default:1️⃣nope }}",
        ]
    )
    func places(_ goal: String) throws {
        let marked = "recipe: a\nsteps:\n  - role: writer\n    \(goal)\n"
        let lines = marked.components(separatedBy: "\n")
        let line = try #require(lines.firstIndex { $0.contains("1️⃣") })
        let before = try #require(lines[line].firstRange(of: "1️⃣"))
        let column = lines[line][..<before.lowerBound].unicodeScalars.count
        let file = SourceFile(name: "a.yaml", text: marked.replacing("1️⃣", with: ""))

        let diagnostics = Recipe.load(file, roles: roles).1

        #expect(diagnostics.map(\.message) == ["unknown variable 'nope'"])
        #expect(diagnostics.first?.span == SourceSpan(line: line + 1, column: column + 1, length: 4))
    }

    @Test("takes 1 000 steps and no more")
    func steps() {
        func count(_ count: Int) -> [String] {
            let steps = String(repeating: "  - run: ls\n", count: count)
            return Recipe.load(SourceFile(name: "a", text: "recipe: a\nsteps:\n" + steps), roles: nil).1.map(\.message)
        }

        #expect(count(1000) == [])
        #expect(count(1001) == ["a recipe can have at most 1 000 steps, this one has 1001"])
    }

    @Test("takes 1 MiB and no more")
    func size() {
        func load(_ bytes: Int) -> [String] {
            let start = "recipe: a\nsteps: [{run: ls}]\n#"
            let text = start + String(repeating: "x", count: bytes - start.utf8.count)
            return Recipe.load(SourceFile(name: "a", text: text), roles: nil).1.map(\.message)
        }

        #expect(load(1 << 20) == [])
        #expect(load((1 << 20) + 1) == ["a recipe can have at most 1 MiB"])
    }

    @Test("stops at lists that are too deep", arguments: [41, 999, 200_000])
    func depth(_ depth: Int) {
        let text = "recipe: a\nx: " + String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        let diagnostics = Recipe.load(SourceFile(name: "a", text: text), roles: nil).1

        #expect(diagnostics.map(\.message) == ["lists and mappings can be at most 40 deep"])
    }

    @Test(
        "does not hang on aliases that stand for billions of items",
        arguments: [
            "last: *z", "*z : x", "? *z\n: x", "[*z]: x", "- {*z : x}", "- [? *z : x]", "- [?*z : x]", "{a: *z}: x",
        ]
    )
    func aliases(_ last: String) {
        var text = "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
        for (previous, name) in zip("abcdefghijklmnopqrstuvwxy", "bcdefghijklmnopqrstuvwxyz") {
            text += "\(name): &\(name) [\(Array(repeating: "*\(previous)", count: 10).joined(separator: ", "))]\n"
        }
        let file = SourceFile(name: "a", text: text + (last.hasPrefix("-") ? "last:\n" : "") + last)

        var ids: [String] = []
        let elapsed = ContinuousClock().measure { ids = Recipe.load(file, roles: nil).1.map(\.id) }

        #expect(ids.count == 1)
        #expect(["too-large", "yaml-syntax"].contains(ids.first))
        #expect(elapsed < .seconds(10))
    }

    @Test(
        "shows control characters by their place",
        arguments: [("\u{1B}", "001B"), ("\u{0}", "0000"), ("\u{9B}", "009B"), ("\u{FFFE}", "FFFE")]
    )
    func controls(_ character: String, _ code: String) {
        let file = SourceFile(name: "a", text: "recipe: a\nsummary: x\(character)y\n")
        let diagnostics = Recipe.load(file, roles: nil).1

        #expect(diagnostics.map(\.message) == ["character U+\(code) is not allowed in YAML"])
        #expect(diagnostics.first?.span == SourceSpan(line: 2, column: 11, length: 1))
    }
}

extension String {
    fileprivate func components(separatedBy separator: Character) -> [String] {
        split(separator: separator, omittingEmptySubsequences: false).map(String.init)
    }
}
