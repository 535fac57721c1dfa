// What a recipe becomes with its user's values.

import BatonCore
import BatonRecipes
import Testing

@Suite("Binding")
struct BindingTests {
    static let text = """
        recipe: post
        outcome: "{{ slug }} is there"
        parameters:
          topic: {type: string, ask: What is it about?}
          slug: {type: string, default: "{{ topic|slug }}"}
          words: {type: integer, default: 300, minimum: 100, maximum: 2000}
          ratio: {type: number, default: 0.5, maximum: 1}
          deep: {type: boolean, default: false}
          tone: {type: choice, options: [plain, formal], default: plain}
          file: {type: path, default: "posts/{{ slug }}.md"}
          code: {type: string, default: ab, pattern: "[a-z]{2}"}
        limits: {steps: 9, tokens: 1000, calls: 5, time: 90s}
        steps:
          - id: facts
            role: researcher
            goal: |
              Collect {{ topic }}.
            reads: ["notes/{{ topic }}/**"]
            writes: ["{{ file }}"]
            model: "model-{{ tone }}"
            limits: {time: 50ms, tokens: 7, calls: 2}
            success: [{file: "{{ file }}"}, {command: "test -s {{ file|shell }}", timeout: 2m}]
          - role: writer
            goal: Write.
            context: [facts]
            settings: {words: "{{ words }}", tone: ["{{ ratio }}", " {{ deep }}", null, {x: 1.5, y: true}]}
          - run: echo {{ topic|shell }}
            writes: [out.txt]
        """

    @Test("fills in defaults and every template")
    func plan() throws {
        let (plan, messages) = bound(try sound(Self.text), ["topic": "Owls"])

        #expect(messages == [])
        let expected = Plan(
            recipe: "post",
            outcome: "owls is there",
            parameters: [
                "topic": "Owls", "slug": "owls", "words": 300, "ratio": .number(0.5), "deep": false, "tone": "plain",
                "file": "posts/owls.md", "code": "ab",
            ],
            limits: RunLimits(steps: 9, tokens: 1000, calls: 5, time: .seconds(90)),
            steps: [
                PlannedStep(
                    id: "facts", form: .role("researcher"), goal: "Collect Owls.", context: [],
                    reads: ["notes/Owls/**"], writes: ["posts/owls.md"], settings: [:], model: "model-plain",
                    success: [.file("posts/owls.md"), .command("test -s 'posts/owls.md'", timeout: .seconds(120))],
                    limits: StepLimits(time: .milliseconds(50), tokens: 7, calls: 2)
                ),
                PlannedStep(
                    id: "writer", form: .role("writer"), goal: "Write.", context: ["facts"], reads: [], writes: [],
                    settings: [
                        "words": 300, "tone": [.number(0.5), " false", .null, ["x": .number(1.5), "y": true]],
                    ],
                    model: nil, success: [], limits: StepLimits()
                ),
                PlannedStep(
                    id: "run", form: .command("echo 'Owls'"), goal: "", context: [], reads: [], writes: ["out.txt"],
                    settings: [:], model: nil, success: [], limits: StepLimits()
                ),
            ]
        )
        #expect(plan == expected)
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let value: String
        let expected: String

        init(_ name: String, _ value: String, _ expected: String) {
            self.name = name
            self.value = value
            self.expected = expected
        }

        var testDescription: String { "\(name)=\(value)" }
    }

    @Test(
        "refuses values that do not fit",
        arguments: [
            Case("words", "many", "invalid-argument: parameter 'words' must be a whole number, not 'many'"),
            Case("words", "99", "invalid-argument: parameter 'words' is 99; it must be from 100 to 2000"),
            Case("words", "2001", "invalid-argument: parameter 'words' is 2001; it must be from 100 to 2000"),
            Case(
                "words", "9999999999999999999",
                "invalid-argument: parameter 'words' must be a whole number, not '9999999999999999999'"),
            Case("ratio", "1.5", "invalid-argument: parameter 'ratio' is 1.5; it must be at most 1"),
            Case("ratio", "nan", "invalid-argument: parameter 'ratio' must be a number, not 'nan'"),
            Case("deep", "perhaps", "invalid-argument: parameter 'deep' must be true or false, not 'perhaps'"),
            Case("tone", "fromal", "invalid-argument: parameter 'tone' must be one of 'plain', 'formal', not 'fromal'"),
            Case("file", "../x", "invalid-argument: parameter 'file' is '../x', which must not hold '..'"),
            Case(
                "file", "/x",
                "invalid-argument: parameter 'file' is '/x', which must be relative to the working directory"),
            Case(
                "file", "a/.GIT/config",
                "invalid-argument: parameter 'file' is 'a/.GIT/config', which must not lie in '.git'"),
            Case(
                "file", "-rf",
                "invalid-argument: parameter 'file' is '-rf', which begins with '-',"
                    + " which commands take for an option"
            ),
            Case("code", "abc", "invalid-argument: parameter 'code' is 'abc', which does not match '[a-z]{2}'"),
            Case("topic", " ", "invalid-argument: parameter 'topic' must not be empty"),
            Case("topik", "x", "unknown-parameter: recipe 'post' has no parameter 'topik'"),
        ]
    )
    func refusal(_ test: Case) throws {
        var arguments = ["topic": "Owls"]
        arguments[test.name] = test.value
        let (plan, messages) = bound(try sound(Self.text), arguments)

        #expect(plan == nil)
        #expect(messages == [test.expected])
    }

    @Test(
        "accepts values at the limits",
        arguments: [("words", "100"), ("words", "2000"), ("ratio", "1"), ("deep", "YES")])
    func limits(_ name: String, _ value: String) throws {
        #expect(bound(try sound(Self.text), ["topic": "Owls", name: value]).plan != nil)
    }

    @Test("names all missing parameters at once, with their questions")
    func missing() throws {
        let recipe = try sound(
            """
            recipe: post
            parameters:
              topic: {type: string, ask: What is it about?}
              words: {type: integer, default: 5}
              year: integer
            steps: [{run: ls}]
            """
        )
        let diagnostic = try #require(recipe.bind([:], in: bindingContext).1.first)

        #expect(diagnostic.message == "recipe 'post' needs a value for 'topic', 'year'")
        #expect(
            diagnostic.hints == ["topic: What is it about?", "Give it in this way: baton run post topic=… year=…"]
        )
        #expect(recipe.missingParameters(in: ["topic": "x"]).map(\.name) == ["year"])
    }

    @Test(
        "refuses paths that a value leads out of the directory",
        arguments: ["../../x", "a/../b", "a//b", "/", ".git/x"])
    func smuggledPath(_ topic: String) throws {
        let recipe = try sound(
            """
            recipe: a
            parameters: {topic: string}
            steps: [{role: writer, goal: Go., writes: ["posts/{{ topic }}/x"]}]
            """
        )
        let (plan, messages) = bound(recipe, ["topic": topic])

        #expect(plan == nil)
        #expect(messages.count == 1)
        #expect(messages.first?.hasPrefix("invalid-path: path 'posts/") == true)
    }

    @Test("takes the meaning in patterns from characters of values")
    func smuggledPattern() throws {
        let recipe = try sound(
            """
            recipe: a
            parameters: {topic: string}
            steps: [{role: writer, goal: Go., writes: ["posts/{{ topic }}*.md"], success: [{file: "{{ topic }}"}]}]
            """
        )
        let step = try #require(bound(recipe, ["topic": "**[a]?\\"]).plan?.steps.first)

        #expect(step.writes == ["posts/\\*\\*\\[a]\\?\\\\*.md"])
        #expect(step.success == [.file("**[a]?\\")])
        #expect(Glob(step.writes[0]).matches("posts/**[a]?\\1.md"))
        #expect(!Glob(step.writes[0]).matches("posts/other.md"))
    }

    @Test("checks a default that is made of other values, and points at it")
    func computedDefault() throws {
        let recipe = try sound(
            """
            recipe: a
            parameters:
              name: string
              words: {type: integer, default: "{{ name }}"}
            steps: [{run: ls}]
            """
        )

        #expect(bound(recipe, ["name": "5"]).plan?.parameters["words"] == 5)
        let diagnostic = try #require(recipe.bind(["name": "x"], in: bindingContext).1.first)
        #expect(diagnostic.message == "the default of 'words' must be a whole number, not 'x'")
        #expect(diagnostic.span == SourceSpan(line: 4, column: 35, length: 12))
    }

    @Test("limits the size of values and of what they become")
    func sizes() throws {
        let recipe = try sound(
            """
            recipe: a
            parameters: {topic: string}
            steps: [{role: writer, goal: "\(String(repeating: "{{ topic }}", count: 17))"}]
            """
        )

        #expect(
            bound(recipe, ["topic": String(repeating: "x", count: 1 << 16)]).messages
                == ["template-syntax: the template cannot be filled in: it is over 1 MiB"])
        #expect(
            bound(recipe, ["topic": String(repeating: "x", count: (1 << 16) + 1)]).messages
                == ["invalid-argument: parameter 'topic' is over 64 KiB"])
        #expect(bound(recipe, ["topic": "x"]).plan?.steps[0].goal == String(repeating: "x", count: 17))
    }

    @Test("reads words of the command line")
    func words() {
        let (arguments, diagnostics) = Recipe.arguments(from: ["a=1", "b=x=y z", "c=", "d", "=e", "a=2"])

        #expect(arguments == ["a": "2", "b": "x=y z", "c": ""])
        #expect(
            diagnostics.map(\.message) == [
                "'d' is not a parameter and its value", "'=e' is not a parameter and its value",
                "parameter 'a' is given twice",
            ]
        )
    }

    @Test("tells while asking whether an answer fits")
    func asking() throws {
        let recipe = try sound(Self.text)

        #expect(
            recipe.parameter("words")?.objection(to: "5")?.message
                == "parameter 'words' is 5; it must be from 100 to 2000")
        #expect(recipe.parameter("words")?.objection(to: "500") == nil)
    }
}
