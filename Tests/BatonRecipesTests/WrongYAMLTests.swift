// Recipes that are wrong in their YAML, and what is said about them.

import Testing

@Suite("Wrong recipes: YAML")
struct WrongYAMLTests {
    @Test("are explained with their place", arguments: cases)
    func explains(_ wrong: WrongRecipe) {
        #expect(rendered(wrong.recipe) == wrong.expected)
    }

    static let cases = [
        WrongRecipe(
            "a tab",
            #"""
            recipe: a
            steps:
            	- role: writer
            """#,
            #"""
            error[yaml-syntax]: a tab cannot indent
             --> r.yaml:3:1
              |
            3 | 	- role: writer
              | ^
              = hint: Use spaces.
            """#
        ),
        WrongRecipe(
            "an open quote",
            #"""
            recipe: a
            summary: "open
            steps: []
            """#,
            #"""
            error[yaml-syntax]: this quote is never closed
             --> r.yaml:2:10
              |
            2 | summary: "open
              |          ^
            """#
        ),
        WrongRecipe(
            "an apostrophe in single quotes",
            #"""
            recipe: a
            summary: 'it's
            steps: []
            """#,
            #"""
            error[yaml-syntax]: expected a key with a ':' after it
             --> r.yaml:2:14
              |
            2 | summary: 'it's
              |              ^
              = hint: A text in single quotes ends at the next one; write '' for an apostrophe.
            """#
        ),
        WrongRecipe(
            "a colon in a text",
            #"""
            recipe: a
            summary: Notes: a post
            """#,
            #"""
            error[yaml-syntax]: a ':' cannot stand here
             --> r.yaml:2:15
              |
            2 | summary: Notes: a post
              |               ^
              = hint: Put text that contains ': ' in quotes.
              = hint: Check that the line is indented as its neighbours.
            """#
        ),
        WrongRecipe(
            "missing space",
            #"""
            recipe: a
            steps:
              - role: writer
                goal:Go.
            """#,
            #"""
            error[yaml-syntax]: expected a key with a ':' after it
             --> r.yaml:4:5
              |
            4 |     goal:Go.
              |     ^^^^^^^^
              = hint: Write ': ', with the space, between a key and its value.
            """#
        ),
        WrongRecipe(
            "key without colon",
            #"""
            recipe: a
            summary
            steps: []
            """#,
            #"""
            error[yaml-syntax]: expected a key with a ':' after it
             --> r.yaml:2:1
              |
            2 | summary
              | ^^^^^^^
              = hint: Write ': ', with the space, between a key and its value.
            """#
        ),
        WrongRecipe(
            "an open bracket",
            #"""
            recipe: a
            steps: [{role: writer, goal: Go.}
            """#,
            #"""
            error[yaml-syntax]: '[' is not closed, or a ',' is missing after it
             --> r.yaml:2:8
              |
            2 | steps: [{role: writer, goal: Go.}
              |        ^
              = hint: Expected ',' or ']' before line 3, column 1.
            """#
        ),
        WrongRecipe(
            "two documents",
            #"""
            recipe: a
            steps: [{role: writer, goal: Go.}]
            ---
            recipe: b
            """#,
            #"""
            error[yaml-syntax]: a file holds one recipe; here begins another
             --> r.yaml:3:1
              |
            3 | ---
              | ^^^
              = hint: Write each recipe into a file of its own.
            """#
        ),
        WrongRecipe(
            "text after the end",
            #"""
            recipe: a
            steps: [{run: ls}]
            ...
            garbage
            """#,
            #"""
            error[yaml-syntax]: a recipe is one mapping; this does not belong to it
             --> r.yaml:4:1
              |
            4 | garbage
              | ^
            """#
        ),
        WrongRecipe(
            "another version of YAML",
            #"""
            %YAML 3.0
            ---
            recipe: a
            steps: [{run: ls}]
            """#,
            #"""
            error[yaml-syntax]: not valid YAML: found incompatible YAML document
             --> r.yaml:1:1
              |
            1 | %YAML 3.0
              | ^
            """#
        ),
        WrongRecipe(
            "an alias without an anchor",
            #"""
            recipe: a
            summary: *nope
            """#,
            #"""
            error[yaml-syntax]: this alias has no anchor before it
             --> r.yaml:2:10
              |
            2 | summary: *nope
              |          ^^^^^
            """#
        ),
        WrongRecipe(
            "an alias inside its own anchor",
            #"""
            recipe: a
            steps: &x
              - *x
            """#,
            #"""
            error[yaml-syntax]: this alias has no anchor before it
             --> r.yaml:3:5
              |
            3 |   - *x
              |     ^^
            """#
        ),
        WrongRecipe(
            "a text that begins with @",
            #"""
            recipe: a
            summary: @home
            """#,
            #"""
            error[yaml-syntax]: text cannot begin with '@'
             --> r.yaml:2:10
              |
            2 | summary: @home
              |          ^
              = hint: Put the text in quotes.
            """#
        ),
        WrongRecipe(
            "a text that begins with %",
            #"""
            recipe: a
            summary: %x
            """#,
            #"""
            error[yaml-syntax]: text cannot begin with '%'
             --> r.yaml:2:10
              |
            2 | summary: %x
              |          ^
              = hint: Put the text in quotes.
            """#
        ),
        WrongRecipe(
            "a line too far left",
            #"""
            recipe: a
            steps:
              - role: writer
               goal: Go.
            """#,
            #"""
            error[yaml-syntax]: expected an item that begins with '- '
             --> r.yaml:4:4
              |
            4 |    goal: Go.
              |    ^
              = hint: Check that the line is indented as its neighbours.
              = hint: It belongs to what begins in line 3.
            """#
        ),
        WrongRecipe(
            "a line too far right",
            #"""
            recipe: a
             summary: x
            steps: []
            """#,
            #"""
            error[yaml-syntax]: a ':' cannot stand here
             --> r.yaml:2:9
              |
            2 |  summary: x
              |         ^
              = hint: Put text that contains ': ' in quotes.
              = hint: Check that the line is indented as its neighbours.
            """#
        ),
        WrongRecipe(
            "an unknown escape",
            #"""
            recipe: a
            summary: "C:\dir"
            """#,
            #"""
            error[yaml-syntax]: this escape is not known in YAML
             --> r.yaml:2:13
              |
            2 | summary: "C:\dir"
              |             ^^
              = hint: Write '\\' for a backslash, or use single quotes, in which it is nothing special.
            """#
        ),
        WrongRecipe(
            "aliases that stand for a million items",
            #"""
            a: &a [x,x,x,x,x,x,x,x,x,x]
            b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]
            c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]
            d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]
            e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]
            f: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e,*e]
            """#,
            #"""
            error[too-large]: a recipe can have at most 100 000 items, aliases counted as what they stand for
             --> r.yaml:1:16
              |
            1 | a: &a [x,x,x,x,x,x,x,x,x,x]
              |                ^^^^^^^^^^^^
            """#
        ),
        WrongRecipe(
            "an alias as a key",
            #"""
            a: &a [x,x]
            *a : 5
            """#,
            #"""
            error[yaml-syntax]: a key of a recipe cannot hold an alias, nor begin with '?' where there are aliases
             --> r.yaml:2:2
              |
            2 | *a : 5
              |  ^
              = hint: Write the key out.
            """#
        ),
    ]
}
