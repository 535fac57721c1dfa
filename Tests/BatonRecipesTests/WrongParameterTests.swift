// Recipes that are wrong in their parameters, and what is said about them.

import Testing

@Suite("Wrong recipes: parameters")
struct WrongParameterTests {
    @Test("are explained with their place", arguments: cases)
    func explains(_ wrong: WrongRecipe) {
        #expect(rendered(wrong.recipe) == wrong.expected)
    }

    @Test(
        "patterns that could take forever are refused",
        arguments: [
            ("[a-z]+-[0-9]{4}", true), ("(a|b)?c*", true), ("\\(a\\)+", true), ("[)*+]+", true), ("a*b*c*", true),
            ("(a+)+", false), ("(a|a)*", false), ("(a){50}", false), ("a*a*a*a*", false), ("[", false),
        ]
    )
    func patterns(_ pattern: String, _ isTaken: Bool) {
        let recipe = "recipe: a\nparameters:\n  x: {type: string, pattern: '\(pattern)'}\nsteps: [{run: ls}]"

        #expect(rendered(recipe).isEmpty == isTaken)
    }

    static let cases = [
        WrongRecipe(
            "every fault of a parameter",
            #"""
            recipe: a
            parameters:
              Topic: string
              run: string
              a: strng
              b: {type: integer, default: many}
              c: {type: integer, default: "5"}
              d: {type: integer, default: 5, minimum: 10, maximum: 20}
              e: {type: choice}
              f: {type: choice, options: [x, y], default: z}
              g: {type: string, minimum: 5}
              h: {type: number, minimum: 5, maximum: 1}
              i: {type: string, pattern: "("}
              j: {type: string, pattern: "[a-z]+", default: A}
              k: {type: path, default: ../x}
              l: {default: 5}
              m: choice
              n: [string]
              o: {type: boolean, default: yes}
              p: {type: choice, options: [x, x]}
              q: {type: string, defalt: 5}
            steps: [{role: writer, goal: Go.}]
            """#,
            #"""
            error[invalid-name]: 'Topic' cannot name a parameter
             --> r.yaml:3:3
              |
            3 |   Topic: string
              |   ^^^^^
              = hint: A name has small letters, digits and '_', and begins with a letter.

            error[invalid-name]: 'run' has a meaning of its own in templates
             --> r.yaml:4:3
              |
            4 |   run: string
              |   ^^^

            error[invalid-value]: unknown type 'strng'
             --> r.yaml:5:6
              |
            5 |   a: strng
              |      ^^^^^
              = hint: Did you mean 'string'?
              = hint: The types are 'string', 'integer', 'number', 'boolean', 'choice', 'path'.

            error[invalid-value]: the default of 'b' must be a whole number, not 'many'
             --> r.yaml:6:31
              |
            6 |   b: {type: integer, default: many}
              |                               ^^^^

            error[wrong-type]: 'default' must be a whole number, not text
             --> r.yaml:7:31
              |
            7 |   c: {type: integer, default: "5"}
              |                               ^^^
              = hint: Remove the quotes.

            error[out-of-range]: the default of 'd' is 5; it must be from 10 to 20
             --> r.yaml:8:31
              |
            8 |   d: {type: integer, default: 5, minimum: 10, maximum: 20}
              |                               ^

            error[missing-key]: parameter 'e' has no 'options'
             --> r.yaml:9:7
              |
            9 |   e: {type: choice}
              |       ^^^^
              = hint: List the values: 'options: [short, long]'.

            error[invalid-value]: the default of 'f' must be one of 'x', 'y', not 'z'
              --> r.yaml:10:47
               |
            10 |   f: {type: choice, options: [x, y], default: z}
               |                                               ^
               = hint: Did you mean 'x'?

            error[unknown-key]: 'minimum' belongs to type 'integer' or 'number', not 'string'
              --> r.yaml:11:21
               |
            11 |   g: {type: string, minimum: 5}
               |                     ^^^^^^^

            error[out-of-range]: 'maximum' is less than 'minimum'
              --> r.yaml:12:42
               |
            12 |   h: {type: number, minimum: 5, maximum: 1}
               |                                          ^

            error[invalid-value]: 'pattern' is not a regular expression that Baton takes
              --> r.yaml:13:30
               |
            13 |   i: {type: string, pattern: "("}
               |                              ^^^
               = hint: It can have at most 200 characters and 3 repetitions ('*', '+', '{2,5}'), none of a group.

            error[invalid-value]: the default of 'j' is 'A', which does not match '[a-z]+'
              --> r.yaml:14:49
               |
            14 |   j: {type: string, pattern: "[a-z]+", default: A}
               |                                                 ^

            error[invalid-value]: the default of 'k' is '../x', which must not hold '..'
              --> r.yaml:15:28
               |
            15 |   k: {type: path, default: ../x}
               |                            ^^^^
               = hint: Paths are relative to the working directory and stay inside it, such as 'posts/owls.md'.

            error[missing-key]: parameter 'l' has no 'type'
              --> r.yaml:16:7
               |
            16 |   l: {default: 5}
               |       ^^^^^^^
               = hint: The types are string, integer, number, boolean, choice, path.

            error[missing-key]: parameter 'm' has no 'options'
              --> r.yaml:17:6
               |
            17 |   m: choice
               |      ^^^^^^
               = hint: Write it as 'm: {type: choice, options: [short, long]}'.

            error[wrong-type]: parameter 'n' must be a mapping, not a list
              --> r.yaml:18:6
               |
            18 |   n: [string]
               |      ^^^^^^^^

            error[invalid-value]: option 'x' is there twice
              --> r.yaml:20:34
               |
            20 |   p: {type: choice, options: [x, x]}
               |                                  ^

            error[unknown-key]: unknown key 'defalt' in parameter 'q'
              --> r.yaml:21:21
               |
            21 |   q: {type: string, defalt: 5}
               |                     ^^^^^^
               = hint: Did you mean 'default'?
               = hint: The keys here are 'ask', 'default', 'maximum', 'minimum', 'options', 'pattern', 'type'.
            """#
        ),
        WrongRecipe(
            "defaults that look ahead",
            #"""
            recipe: a
            parameters:
              slug: {type: string, default: "{{ topic|slug }}"}
              topic: string
              self: {type: string, default: "{{ self }}"}
            steps: [{role: writer, goal: Go.}]
            """#,
            #"""
            error[unknown-variable]: a default can use only parameters above it; 'topic' is not above
             --> r.yaml:3:37
              |
            3 |   slug: {type: string, default: "{{ topic|slug }}"}
              |                                     ^^^^^
              = hint: Move 'topic' up.

            error[unknown-variable]: a default can use only parameters above it; 'self' is not above
             --> r.yaml:5:37
              |
            5 |   self: {type: string, default: "{{ self }}"}
              |                                     ^^^^
              = hint: Move 'self' up.
            """#
        ),
    ]
}
