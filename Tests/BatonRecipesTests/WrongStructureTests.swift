// Recipes that are wrong in their keys and values, and what is said about them.

import Testing

@Suite("Wrong recipes: keys and values")
struct WrongStructureTests {
    @Test("are explained with their place", arguments: cases)
    func explains(_ wrong: WrongRecipe) {
        #expect(rendered(wrong.recipe) == wrong.expected)
    }

    static let cases = [
        WrongRecipe(
            "an unknown key",
            #"""
            recipe: a
            sumary: x
            steps:
              - {role: writer, goal: Go.}
            """#,
            #"""
            error[unknown-key]: unknown key 'sumary' in the recipe
             --> r.yaml:2:1
              |
            2 | sumary: x
              | ^^^^^^
              = hint: Did you mean 'summary'?
              = hint: The keys here are 'limits', 'outcome', 'parameters', 'recipe', 'steps', 'summary'.
            """#
        ),
        WrongRecipe(
            "a mistyped key is not missing too",
            #"""
            reciep: a
            step:
              - {run: ls}
            """#,
            #"""
            error[unknown-key]: unknown key 'reciep' in the recipe
             --> r.yaml:1:1
              |
            1 | reciep: a
              | ^^^^^^
              = hint: Did you mean 'recipe'?
              = hint: The keys here are 'limits', 'outcome', 'parameters', 'recipe', 'steps', 'summary'.

            error[unknown-key]: unknown key 'step' in the recipe
             --> r.yaml:2:1
              |
            2 | step:
              | ^^^^
              = hint: Did you mean 'steps'?
              = hint: The keys here are 'limits', 'outcome', 'parameters', 'recipe', 'steps', 'summary'.
            """#
        ),
        WrongRecipe(
            "missing keys",
            #"""
            summary: x
            """#,
            #"""
            error[missing-key]: the recipe has no 'recipe'
             --> r.yaml:1:1
              |
            1 | summary: x
              | ^^^^^^^
              = hint: Begin with the recipe's name: 'recipe: blog-post'.

            error[missing-key]: the recipe has no 'steps'
             --> r.yaml:1:1
              |
            1 | summary: x
              | ^^^^^^^
              = hint: Add a list of steps; each has a 'role' or a 'run'.
            """#
        ),
        WrongRecipe(
            "an empty file",
            #"""

            """#,
            #"""
            error[missing-key]: the file is empty; a recipe has at least 'recipe' and 'steps'
             --> r.yaml:1:1
              |
            1 |
              | ^
            """#
        ),
        WrongRecipe(
            "nothing but a comment",
            #"""
            # nothing
            """#,
            #"""
            error[missing-key]: the file is empty; a recipe has at least 'recipe' and 'steps'
             --> r.yaml:1:1
              |
            1 | # nothing
              | ^
            """#
        ),
        WrongRecipe(
            "a list",
            #"""
            - a
            """#,
            #"""
            error[wrong-type]: the recipe must be a mapping, not a list
             --> r.yaml:1:1
              |
            1 | - a
              | ^^^
            """#
        ),
        WrongRecipe(
            "a name with a space",
            #"""
            recipe: Blog Post
            steps: [{role: writer, goal: Go.}]
            """#,
            #"""
            error[invalid-name]: 'Blog Post' cannot name a recipe
             --> r.yaml:1:9
              |
            1 | recipe: Blog Post
              |         ^^^^^^^^^
              = hint: A name has small letters, digits and '-', and begins with a letter, such as 'blog-post'.
            """#
        ),
        WrongRecipe(
            "values that are missing",
            #"""
            recipe: ~
            summary:
            steps: null
            """#,
            #"""
            error[wrong-type]: 'recipe' must be text, not nothing
             --> r.yaml:1:9
              |
            1 | recipe: ~
              |         ^

            error[wrong-type]: 'summary' must be text, not nothing
             --> r.yaml:2:9
              |
            2 | summary:
              |         ^

            error[wrong-type]: 'steps' must be a list, not nothing
             --> r.yaml:3:8
              |
            3 | steps: null
              |        ^^^^
              = hint: Begin each step with '- '.
            """#
        ),
        WrongRecipe(
            "steps not list",
            #"""
            recipe: a
            steps:
              role: writer
            """#,
            #"""
            error[wrong-type]: 'steps' must be a list, not a mapping
             --> r.yaml:3:3
              |
            3 |   role: writer
              |   ^^^^^^^^^^^^
              = hint: Begin each step with '- '.
            """#
        ),
        WrongRecipe(
            "steps empty",
            #"""
            recipe: a
            steps: []
            """#,
            #"""
            error[invalid-value]: 'steps' is empty
             --> r.yaml:2:8
              |
            2 | steps: []
              |        ^^
            """#
        ),
        WrongRecipe(
            "a key that is there twice",
            #"""
            recipe: a
            summary: x
            summary: y
            steps: [{role: writer, goal: Go.}]
            """#,
            #"""
            error[duplicate-key]: key 'summary' is there twice
             --> r.yaml:3:1
              |
            3 | summary: y
              | ^^^^^^^ first in line 2
            """#
        ),
        WrongRecipe(
            "a key that is there twice on one line",
            #"""
            recipe: a
            steps: [{role: writer, goal: Go., goal: Stay.}]
            """#,
            #"""
            error[duplicate-key]: key 'goal' is there twice
             --> r.yaml:2:35
              |
            2 | steps: [{role: writer, goal: Go., goal: Stay.}]
              |                                   ^^^^ first in line 2
            """#
        ),
        WrongRecipe(
            "limits",
            #"""
            recipe: a
            limits: {steps: 1, tokens: 0, time: 5 minutes, cost: 1.00 USD, foo: 2, calls: many}
            steps:
              - {role: writer, goal: Go., limits: {time: 0s, tokens: -1}}
              - {run: ls, limits: {time: 10000h, tokens: 5}}
            """#,
            #"""
            error[out-of-range]: 'steps' is 1, but the recipe has 2 steps
             --> r.yaml:2:17
              |
            2 | limits: {steps: 1, tokens: 0, time: 5 minutes, cost: 1.00 USD, foo: 2, calls: many}
              |                 ^

            error[out-of-range]: 'tokens' is 0; it must be at least 1
             --> r.yaml:2:28
              |
            2 | limits: {steps: 1, tokens: 0, time: 5 minutes, cost: 1.00 USD, foo: 2, calls: many}
              |                            ^

            error[invalid-value]: '5 minutes' is not a duration
             --> r.yaml:2:37
              |
            2 | limits: {steps: 1, tokens: 0, time: 5 minutes, cost: 1.00 USD, foo: 2, calls: many}
              |                                     ^^^^^^^^^
              = hint: Write a whole number and its unit: 50ms, 30s, 20m or 1h.

            error[unsupported-key]: 'cost' is not supported yet
             --> r.yaml:2:48
              |
            2 | limits: {steps: 1, tokens: 0, time: 5 minutes, cost: 1.00 USD, foo: 2, calls: many}
              |                                                ^^^^
              = hint: Limit 'tokens' or 'calls' instead.

            error[unknown-key]: unknown key 'foo' in 'limits'
             --> r.yaml:2:64
              |
            2 | limits: {steps: 1, tokens: 0, time: 5 minutes, cost: 1.00 USD, foo: 2, calls: many}
              |                                                                ^^^
              = hint: The keys here are 'calls', 'cost', 'steps', 'time', 'tokens'.

            error[wrong-type]: 'calls' must be a whole number, not text
             --> r.yaml:2:79
              |
            2 | limits: {steps: 1, tokens: 0, time: 5 minutes, cost: 1.00 USD, foo: 2, calls: many}
              |                                                                               ^^^^

            error[out-of-range]: 'time' is 0s; it must be from 1ms to 168h
             --> r.yaml:4:46
              |
            4 |   - {role: writer, goal: Go., limits: {time: 0s, tokens: -1}}
              |                                              ^^

            error[out-of-range]: 'tokens' is -1; it must be at least 1
             --> r.yaml:4:58
              |
            4 |   - {role: writer, goal: Go., limits: {time: 0s, tokens: -1}}
              |                                                          ^^

            error[out-of-range]: 'time' is 10000h; it must be from 1ms to 168h
             --> r.yaml:5:30
              |
            5 |   - {run: ls, limits: {time: 10000h, tokens: 5}}
              |                              ^^^^^^

            error[unknown-key]: unknown key 'tokens' in 'limits' of step 'run'
             --> r.yaml:5:38
              |
            5 |   - {run: ls, limits: {time: 10000h, tokens: 5}}
              |                                      ^^^^^^
              = hint: There is only 'time'.
            """#
        ),
        WrongRecipe(
            "things of the wrong kind",
            #"""
            recipe: a
            limits: [5]
            parameters: [topic]
            steps: [{run: ls, limits: 5, success: {file: x}}]
            """#,
            #"""
            error[wrong-type]: 'limits' must be a mapping, not a list
             --> r.yaml:2:9
              |
            2 | limits: [5]
              |         ^^^

            error[wrong-type]: 'parameters' must be a mapping, not a list
             --> r.yaml:3:13
              |
            3 | parameters: [topic]
              |             ^^^^^^^

            error[wrong-type]: 'limits' of step 'run' must be a mapping, not a whole number
             --> r.yaml:4:27
              |
            4 | steps: [{run: ls, limits: 5, success: {file: x}}]
              |                           ^

            error[wrong-type]: 'success' must be a list, not a mapping
             --> r.yaml:4:39
              |
            4 | steps: [{run: ls, limits: 5, success: {file: x}}]
              |                                       ^^^^^^^^^^^
              = hint: Write it as 'success: [{file: posts/owls.md}]'.
            """#
        ),
        WrongRecipe(
            "numbers of the wrong kind",
            #"""
            recipe: a
            limits: {steps: 1.5, tokens: "5", calls: [1]}
            parameters:
              n: {type: integer, minimum: 1.5, default: 2.5}
              m: {type: number, minimum: x, default: nan}
              o: {type: boolean, default: maybe}
            steps: [{run: ls}]
            """#,
            #"""
            error[wrong-type]: 'steps' must be a whole number, not a number
             --> r.yaml:2:17
              |
            2 | limits: {steps: 1.5, tokens: "5", calls: [1]}
              |                 ^^^

            error[wrong-type]: 'tokens' must be a whole number, not text
             --> r.yaml:2:30
              |
            2 | limits: {steps: 1.5, tokens: "5", calls: [1]}
              |                              ^^^
              = hint: Remove the quotes.

            error[wrong-type]: 'calls' must be a whole number, not a list
             --> r.yaml:2:42
              |
            2 | limits: {steps: 1.5, tokens: "5", calls: [1]}
              |                                          ^^^^

            error[wrong-type]: 'minimum' must be a whole number, not a number
             --> r.yaml:4:31
              |
            4 |   n: {type: integer, minimum: 1.5, default: 2.5}
              |                               ^^^

            error[invalid-value]: the default of 'n' must be a whole number, not '2.5'
             --> r.yaml:4:45
              |
            4 |   n: {type: integer, minimum: 1.5, default: 2.5}
              |                                             ^^^

            error[wrong-type]: 'minimum' must be a number, not text
             --> r.yaml:5:30
              |
            5 |   m: {type: number, minimum: x, default: nan}
              |                              ^

            error[invalid-value]: the default of 'm' must be a number, not 'nan'
             --> r.yaml:5:42
              |
            5 |   m: {type: number, minimum: x, default: nan}
              |                                          ^^^

            error[invalid-value]: the default of 'o' must be true or false, not 'maybe'
             --> r.yaml:6:31
              |
            6 |   o: {type: boolean, default: maybe}
              |                               ^^^^^
            """#
        ),
        WrongRecipe(
            "tags",
            #"""
            recipe: !foo a
            steps: [{role: writer, goal: !!int Go.}]
            """#,
            #"""
            error[wrong-type]: tag '!foo' is not known in recipes
             --> r.yaml:1:9
              |
            1 | recipe: !foo a
              |         ^^^^^^
              = hint: Leave the tag out.

            error[wrong-type]: tag '!!int' is not known in recipes
             --> r.yaml:2:30
              |
            2 | steps: [{role: writer, goal: !!int Go.}]
              |                              ^^^^^^^^^^^
              = hint: Leave the tag out.
            """#
        ),
        WrongRecipe(
            "keys that are no text",
            #"""
            recipe: a
            [x, y]: 5
            ? {a: b}
            : 3
            steps: [{role: writer, goal: Go.}]
            """#,
            #"""
            error[wrong-type]: a key must be text
             --> r.yaml:2:1
              |
            2 | [x, y]: 5
              | ^^^^^^^^^

            error[wrong-type]: a key must be text
             --> r.yaml:3:3
              |
            3 | ? {a: b}
              |   ^^^^^^
            """#
        ),
        WrongRecipe(
            "a template without quotes",
            #"""
            recipe: a
            parameters: {topic: string}
            outcome: {{ topic }}
            steps: [{role: writer, goal: Go., settings: {x: {{ topic }}}}]
            """#,
            #"""
            error[wrong-type]: 'outcome' must be text, not a mapping
             --> r.yaml:3:10
              |
            3 | outcome: {{ topic }}
              |          ^^^^^^^^^^^
              = hint: Put text that begins with '{{' in quotes.

            error[unknown-key]: role 'writer' has no setting 'x'
             --> r.yaml:4:46
              |
            4 | steps: [{role: writer, goal: Go., settings: {x: {{ topic }}}}]
              |                                              ^
              = hint: The settings of 'writer' are 'words', 'tone'.

            error[wrong-type]: a key must be text
             --> r.yaml:4:50
              |
            4 | steps: [{role: writer, goal: Go., settings: {x: {{ topic }}}}]
              |                                                  ^^^^^^^^^^^^^
              = hint: Put text that begins with '{{' in quotes.
            """#
        ),
        WrongRecipe(
            "wide characters before the place",
            #"""
            recipe: a
            parameters: {"題名": string}
            steps: [{run: "echo 日本 {{ 題 }}"}]
            """#,
            #"""
            error[invalid-name]: '題名' cannot name a parameter
             --> r.yaml:2:14
              |
            2 | parameters: {"題名": string}
              |              ^^^^^^
              = hint: A name has small letters, digits and '_', and begins with a letter.

            error[template-syntax]: '題' cannot stand here
             --> r.yaml:3:27
              |
            3 | steps: [{run: "echo 日本 {{ 題 }}"}]
              |                             ^^
              = hint: Between '{{' and '}}' stand names, texts in quotes, numbers and filters after '|'.
            """#
        ),
    ]
}
