// Recipes that are wrong in their steps, and what is said about them.

import Testing

@Suite("Wrong recipes: steps")
struct WrongStepTests {
    @Test("are explained with their place", arguments: cases)
    func explains(_ wrong: WrongRecipe) {
        #expect(rendered(wrong.recipe) == wrong.expected)
    }

    static let cases = [
        WrongRecipe(
            "unknown role",
            #"""
            recipe: a
            steps:
              - role: writr
                goal: Go.
            """#,
            #"""
            error[unknown-role]: unknown role 'writr'
             --> r.yaml:3:11
              |
            3 |   - role: writr
              |           ^^^^^
              = hint: Did you mean 'writer'?
              = hint: The installed roles are 'coder', 'researcher', 'reviewer', 'writer'.
            """#
        ),
        WrongRecipe(
            "a role that is missing, a step that is text",
            #"""
            recipe: a
            steps:
              - role:
                goal: Go.
              - text
            """#,
            #"""
            error[wrong-type]: 'role' must be text, not nothing
             --> r.yaml:3:10
              |
            3 |   - role:
              |          ^

            error[wrong-type]: step 2 must be a mapping, not text
             --> r.yaml:5:5
              |
            5 |   - text
              |     ^^^^
            """#
        ),
        WrongRecipe(
            "a step that does nothing",
            #"""
            recipe: a
            steps:
              - goal: Go.
            """#,
            #"""
            error[step-form]: step 1 does not say what it does
             --> r.yaml:3:5
              |
            3 |   - goal: Go.
              |     ^^^^
              = hint: Add 'role:' and the name of a role, or 'run:' and a shell command.
            """#
        ),
        WrongRecipe(
            "a mistyped form",
            #"""
            recipe: a
            steps:
              - rol: writer
                goal: Go.
            """#,
            #"""
            error[unknown-key]: unknown key 'rol' in step 1
             --> r.yaml:3:5
              |
            3 |   - rol: writer
              |     ^^^
              = hint: Did you mean 'role'?
            """#
        ),
        WrongRecipe(
            "two forms",
            #"""
            recipe: a
            steps:
              - role: writer
                run: ls
                goal: Go.
            """#,
            #"""
            error[step-form]: a step has one form; step 'writer' has 'role' and 'run'
             --> r.yaml:4:5
              |
            4 |     run: ls
              |     ^^^
              = hint: Make it two steps.
            """#
        ),
        WrongRecipe(
            "a form that is planned",
            #"""
            recipe: a
            steps:
              - id: x
                loop:
                  max: 3
            """#,
            #"""
            error[unsupported-form]: 'loop' steps are not supported yet
             --> r.yaml:4:5
              |
            4 |     loop:
              |     ^^^^
              = hint: This version runs steps with 'role' or 'run'.
            """#
        ),
        WrongRecipe(
            "a key that is planned",
            #"""
            recipe: a
            steps:
              - role: writer
                goal: Go.
                when: review.verdict == "accept"
            """#,
            #"""
            error[unsupported-key]: 'when' is not supported yet
             --> r.yaml:5:5
              |
            5 |     when: review.verdict == "accept"
              |     ^^^^
            """#
        ),
        WrongRecipe(
            "no goal",
            #"""
            recipe: a
            steps:
              - role: writer
            """#,
            #"""
            error[missing-key]: step 'writer' has no 'goal'
             --> r.yaml:3:5
              |
            3 |   - role: writer
              |     ^^^^
              = hint: Add 'goal:' and what the role should do.
            """#
        ),
        WrongRecipe(
            "empty goal",
            #"""
            recipe: a
            steps:
              - role: writer
                goal:
              - role: writer
                goal: ""
            """#,
            #"""
            error[wrong-type]: 'goal' must be text, not nothing
             --> r.yaml:4:10
              |
            4 |     goal:
              |          ^

            error[invalid-value]: 'goal' is empty
             --> r.yaml:6:11
              |
            6 |     goal: ""
              |           ^^
            """#
        ),
        WrongRecipe(
            "goal list",
            #"""
            recipe: a
            steps:
              - role: writer
                goal: [Go., Stay.]
                context: [1, [x]]
                model:
                settings: [1]
            """#,
            #"""
            error[wrong-type]: 'goal' must be text, not a list
             --> r.yaml:4:11
              |
            4 |     goal: [Go., Stay.]
              |           ^^^^^^^^^^^^

            error[unknown-step]: step 'writer' uses unknown step '1'
             --> r.yaml:5:15
              |
            5 |     context: [1, [x]]
              |               ^ not defined in this recipe
              = hint: This is the first step; there is nothing above it.

            error[wrong-type]: 'context' must be text, not a list
             --> r.yaml:5:18
              |
            5 |     context: [1, [x]]
              |                  ^^^^

            error[wrong-type]: 'model' must be text, not nothing
             --> r.yaml:6:11
              |
            6 |     model:
              |           ^

            error[wrong-type]: 'settings' must be a mapping, not a list
             --> r.yaml:7:15
              |
            7 |     settings: [1]
              |               ^^^
            """#
        ),
        WrongRecipe(
            "context",
            #"""
            recipe: a
            steps:
              - {id: facts, role: researcher, goal: Go., context: [facts]}
              - {id: draft, role: writer, goal: Go., context: [fcats, review, facts]}
              - {id: review, role: reviewer, goal: Go., context: facts}
            """#,
            #"""
            error[step-order]: step 'facts' cannot have itself as context
             --> r.yaml:3:56
              |
            3 |   - {id: facts, role: researcher, goal: Go., context: [facts]}
              |                                                        ^^^^^

            error[unknown-step]: step 'draft' uses unknown step 'fcats'
             --> r.yaml:4:52
              |
            4 |   - {id: draft, role: writer, goal: Go., context: [fcats, review, facts]}
              |                                                    ^^^^^ not defined in this recipe
              = hint: Did you mean 'facts'?
              = hint: There is only 'facts'.

            error[step-order]: step 'draft' can use only steps above it; 'review' comes later
             --> r.yaml:4:59
              |
            4 |   - {id: draft, role: writer, goal: Go., context: [fcats, review, facts]}
              |                                                           ^^^^^^
              = hint: Move 'review' up, or this step down.

            error[wrong-type]: 'context' must be a list, not text
             --> r.yaml:5:54
              |
            5 |   - {id: review, role: reviewer, goal: Go., context: facts}
              |                                                      ^^^^^
              = hint: Write it as 'context: [facts]'.
            """#
        ),
        WrongRecipe(
            "context of the first step",
            #"""
            recipe: a
            steps:
              - {role: writer, goal: Go., context: [x]}
            """#,
            #"""
            error[unknown-step]: step 'writer' uses unknown step 'x'
             --> r.yaml:3:41
              |
            3 |   - {role: writer, goal: Go., context: [x]}
              |                                         ^ not defined in this recipe
              = hint: This is the first step; there is nothing above it.
            """#
        ),
        WrongRecipe(
            "an id used twice",
            #"""
            recipe: a
            steps:
              - {id: x, role: writer, goal: Go.}
              - {id: x, role: writer, goal: Go.}
            """#,
            #"""
            error[duplicate-step]: two steps have the id 'x'
             --> r.yaml:4:10
              |
            4 |   - {id: x, role: writer, goal: Go.}
              |          ^ first in line 3
            """#
        ),
        WrongRecipe(
            "an id with a space",
            #"""
            recipe: a
            steps:
              - {id: First Draft, role: writer, goal: Go.}
            """#,
            #"""
            error[invalid-name]: 'First Draft' cannot be a step's id
             --> r.yaml:3:10
              |
            3 |   - {id: First Draft, role: writer, goal: Go.}
              |          ^^^^^^^^^^^
              = hint: An id has small letters, digits and '-', and begins with a letter, such as 'first-draft'.
            """#
        ),
        WrongRecipe(
            "keys of roles in a command",
            #"""
            recipe: a
            steps:
              - id: tidy
                run: ls
                goal: Go.
                context: [tidy]
                reads: [x]
            """#,
            #"""
            error[unknown-key]: unknown key 'goal' in step 'tidy'
             --> r.yaml:5:5
              |
            5 |     goal: Go.
              |     ^^^^
              = hint: The keys here are 'id', 'limits', 'run', 'success', 'writes'.

            error[unknown-key]: unknown key 'context' in step 'tidy'
             --> r.yaml:6:5
              |
            6 |     context: [tidy]
              |     ^^^^^^^
              = hint: The keys here are 'id', 'limits', 'run', 'success', 'writes'.

            error[unknown-key]: unknown key 'reads' in step 'tidy'
             --> r.yaml:7:5
              |
            7 |     reads: [x]
              |     ^^^^^
              = hint: The keys here are 'id', 'limits', 'run', 'success', 'writes'.
            """#
        ),
        WrongRecipe(
            "paths that lead out",
            #"""
            recipe: a
            steps:
              - role: writer
                goal: Go.
                reads: ["/etc/passwd", a//b, "./a"]
                writes: [../x, a/.git/config, posts/*.md, ""]
                success:
                  - file: /x
                  - file: posts/
            """#,
            #"""
            error[invalid-path]: path '/etc/passwd' must be relative to the working directory
             --> r.yaml:5:13
              |
            5 |     reads: ["/etc/passwd", a//b, "./a"]
              |             ^^^^^^^^^^^^^
              = hint: Paths are relative to the working directory and stay inside it, such as 'posts/owls.md'.

            error[invalid-path]: path 'a//b' holds '//'
             --> r.yaml:5:28
              |
            5 |     reads: ["/etc/passwd", a//b, "./a"]
              |                            ^^^^
              = hint: Paths are relative to the working directory and stay inside it, such as 'posts/owls.md'.

            error[invalid-path]: path './a' must not hold '.' as a part
             --> r.yaml:5:34
              |
            5 |     reads: ["/etc/passwd", a//b, "./a"]
              |                                  ^^^^^
              = hint: Paths are relative to the working directory and stay inside it, such as 'posts/owls.md'.

            error[invalid-path]: path '../x' must not hold '..'
             --> r.yaml:6:14
              |
            6 |     writes: [../x, a/.git/config, posts/*.md, ""]
              |              ^^^^
              = hint: Paths are relative to the working directory and stay inside it, such as 'posts/owls.md'.

            error[invalid-path]: path 'a/.git/config' must not lie in '.git'
             --> r.yaml:6:20
              |
            6 |     writes: [../x, a/.git/config, posts/*.md, ""]
              |                    ^^^^^^^^^^^^^
              = hint: Paths are relative to the working directory and stay inside it, such as 'posts/owls.md'.

            error[invalid-value]: 'writes' is empty
             --> r.yaml:6:47
              |
            6 |     writes: [../x, a/.git/config, posts/*.md, ""]
              |                                               ^^

            error[invalid-path]: path '/x' must be relative to the working directory
             --> r.yaml:8:15
              |
            8 |       - file: /x
              |               ^^
              = hint: Paths are relative to the working directory and stay inside it, such as 'posts/owls.md'.

            error[invalid-path]: path 'posts/' must name a file, not a folder
             --> r.yaml:9:15
              |
            9 |       - file: posts/
              |               ^^^^^^
              = hint: Paths are relative to the working directory and stay inside it, such as 'posts/owls.md'.
            """#
        ),
        WrongRecipe(
            "a text for a list",
            #"""
            recipe: a
            steps:
              - role: writer
                goal: Go.
                writes: posts/a.md
            """#,
            #"""
            error[wrong-type]: 'writes' must be a list, not text
             --> r.yaml:5:13
              |
            5 |     writes: posts/a.md
              |             ^^^^^^^^^^
              = hint: Write it as 'writes: ["notes/**"]'.
            """#
        ),
        WrongRecipe(
            "what a role does not do",
            #"""
            recipe: a
            steps:
              - role: reviewer
                goal: Go.
                writes: [posts/a.md]
                settings: {strict: true}
              - role: writer
                goal: Go.
                settings: {wrds: 3}
            """#,
            #"""
            error[role-permission]: role 'reviewer' never changes files; 'writes' means nothing to it
             --> r.yaml:5:5
              |
            5 |     writes: [posts/a.md]
              |     ^^^^^^
              = hint: Remove 'writes'.

            error[unknown-key]: role 'reviewer' has no setting 'strict'
             --> r.yaml:6:16
              |
            6 |     settings: {strict: true}
              |                ^^^^^^
              = hint: There are no settings of 'reviewer'.

            error[unknown-key]: role 'writer' has no setting 'wrds'
             --> r.yaml:9:16
              |
            9 |     settings: {wrds: 3}
              |                ^^^^
              = hint: Did you mean 'words'?
              = hint: The settings of 'writer' are 'words', 'tone'.
            """#
        ),
        WrongRecipe(
            "checks",
            #"""
            recipe: a
            steps:
              - role: writer
                goal: Go.
                success:
                  - {citations: 3}
                  - {file: a, command: b}
                  - {fil: a}
                  - a
                  - {}
                  - {command: x, timeout: 5}
            """#,
            #"""
            error[unsupported-key]: 'citations' is not supported yet
             --> r.yaml:6:10
              |
            6 |       - {citations: 3}
              |          ^^^^^^^^^

            error[step-form]: a check is a 'file' or a 'command', not both
             --> r.yaml:7:19
              |
            7 |       - {file: a, command: b}
              |                   ^^^^^^^
              = hint: Make it two checks.

            error[unknown-key]: unknown key 'fil' in check 3 of step 'writer'
             --> r.yaml:8:10
              |
            8 |       - {fil: a}
              |          ^^^
              = hint: Did you mean 'file'?
              = hint: The keys here are 'command', 'file'.

            error[wrong-type]: check 4 of step 'writer' must be a mapping, not text
             --> r.yaml:9:9
              |
            9 |       - a
              |         ^

            error[missing-key]: check 5 of step 'writer' checks nothing
              --> r.yaml:10:9
               |
            10 |       - {}
               |         ^^
               = hint: Write {file: PATH} or {command: "SHELL LINE"}.

            error[invalid-value]: '5' is not a duration
              --> r.yaml:11:31
               |
            11 |       - {command: x, timeout: 5}
               |                               ^
               = hint: Write a whole number and its unit: 50ms, 30s, 20m or 1h.
            """#
        ),
    ]
}
