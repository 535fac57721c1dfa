// What templates become.

import BatonCore
import BatonRecipes
import Testing

@Suite("Templates")
struct TemplateTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let template: String
        let expected: String

        init(_ template: String, _ expected: String) {
            self.template = template
            self.expected = expected
        }

        var testDescription: String { template }
    }

    @Test(
        "are filled in",
        arguments: [
            Case("plain text", "plain text"),
            Case("a { b } % # c", "a { b } % # c"),
            Case("{{ topic }}", "Owls & 'mice'"),
            Case("{{topic|slug}}!", "owls-mice!"),
            Case("{{ topic | uppercase | slug }}", "owls-mice"),
            Case("{{ topic |lowercase }}", "owls & 'mice'"),
            Case("{{ topic|shell }}", "'Owls & '\\''mice'\\'''"),
            Case("{{ words }} {{ ratio }} {{ deep }}", "300 2 true"),
            Case("{{ run.id }} {{ recipe.name }} {{ today }}", "0123abcd a 2026-01-31"),
            Case("{{ list|split:\",\"|join:\" and \" }}", "a and b"),
            Case("{{ list | split:\":\" | join : \"|\" }}", "a,b"),
            Case("{% for x in list|split:\",\" %}{{ forloop.counter }}{{ x|uppercase }} {% endfor %}", "1A 2B "),
            Case("{% for x in empty|split:\",\" %}{{ x }}{% empty %}none{% endfor %}", ""),
            Case("{% if deep and words > 200 %}yes{% else %}no{% endif %}", "yes"),
            Case("{% if not deep %}a{% elif list == \"a,b\" %}b{% else %}c{% endif %}", "b"),
            Case("{% if words==300 %}tight{% endif %}", "tight"),
            Case("{%if ratio<=2%}x{%endif%}", "x"),
            Case("{{ \"{{\" }} {{ \"{%\" }}", "{{ {%"),
            Case("a {# not shown #}b", "a b"),
            Case("a \n {%- if deep -%} \n b \n {%- endif -%} \n c", "abc"),
            Case("{{ empty|default:\"x\" }}.", "."),
            Case("日本 {{ topic|slug }} é", "日本 owls-mice é"),
        ]
    )
    func fill(_ test: Case) throws {
        #expect(try filled(test.template) == test.expected)
    }

    @Test("do not read templates in values")
    func valuesAreNotTemplates() throws {
        #expect(try filled("{{ topic }}", topic: "{{ words }}{% if x %}{#") == "{{ words }}{% if x %}{#")
    }

    @Test(
        "keep a value in one word of the shell",
        arguments: ["a; rm -r b", "$(id)", "`id`", "'", "'; id '", "a\nb", "\\"])
    func shellWord(_ topic: String) throws {
        let line = try filled("{{ topic|shell }}", topic: topic)

        #expect(line.hasPrefix("'"))
        #expect(line.hasSuffix("'"))
        // Undoing what POSIX says about single quotes gives the value back, so nothing of it was left outside.
        #expect(line.dropFirst().dropLast().replacing("'\\''", with: "\u{0}").contains("'") == false)
        #expect(line.dropFirst().dropLast().replacing("'\\''", with: "'") == topic)
    }

    private func filled(_ template: String, topic: String = "Owls & 'mice'") throws -> String {
        // A double-quoted YAML text can hold every template.
        let escaped = template.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
        let recipe = try sound(
            """
            recipe: a
            parameters:
              topic: string
              list: {type: string, default: "a,b"}
              empty: {type: string, default: ""}
              words: {type: integer, default: 300}
              ratio: {type: number, default: 2.0}
              deep: {type: boolean, default: true}
            steps:
              - {role: writer, goal: Go., settings: {tone: "\(escaped)"}}
            """
        )
        let (plan, messages) = bound(recipe, ["topic": topic])
        #expect(messages == [])
        return try #require(plan?.steps.first?.settings["tone"]?.stringValue)
    }
}

@Suite("Slugs")
struct SlugTests {
    @Test(
        "are names for files",
        arguments: [
            ("Owls at Night!", "owls-at-night"), ("Größe & Maß", "grosse-mass"), ("Łódź œuvre Ærø", "lodz-oeuvre-aero"),
            ("Don't", "dont"), ("Война и мир", "voina-i-mir"), ("Σωκράτης", "sokratis"), ("日本", "65e5-672c"),
            ("한국", "d55c-ad6d"), ("../../etc/passwd", "etc-passwd"), ("", "untitled"), ("---", "untitled"),
            ("🦉", "untitled"), ("ﬁnd ²", "find-2"), ("v1.2", "v1-2"),
        ]
    )
    func slugs(_ text: String, _ expected: String) {
        #expect(slug(text) == expected)
    }

    @Test("are at most 60 characters, cut between words")
    func length() {
        #expect(slug(String(repeating: "a", count: 61)) == String(repeating: "a", count: 60))
        #expect(slug("a " + String(repeating: "b", count: 58)).count == 60)
        #expect(slug("a " + String(repeating: "b", count: 59)) == "a")
    }
}
