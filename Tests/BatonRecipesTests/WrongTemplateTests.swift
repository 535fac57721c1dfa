// Recipes that are wrong in their templates, and what is said about them.

import BatonCore
import BatonRecipes
import Testing

@Suite("Wrong recipes: templates")
struct WrongTemplateTests {
    @Test("are explained with their place", arguments: cases)
    func explains(_ wrong: WrongRecipe) {
        #expect(rendered(wrong.recipe) == wrong.expected)
    }

    @Test(
        "texts and lists are told apart",
        arguments: [
            ("{{ topic|split }}", "this is a list; make it a text with 'join'"),
            ("{{ topic|split|slug }}", "filter 'slug' needs a text, not a list; make one with 'join'"),
            ("{{ topic|join }}", "filter 'join' needs a list; make one with 'split'"),
            ("{% for x in topic %}{% endfor %}", "'for' needs a list; make one with 'split'"),
            ("{% for x in topic|split|uppercase %}{% endfor %}", nil),
        ] as [(String, String?)]
    )
    func lists(_ template: String, _ message: String?) {
        let text = "recipe: a\nparameters: {topic: string}\nsteps: [{role: writer, goal: '\(template)'}]"
        let diagnostics = Recipe.load(SourceFile(name: "a", text: text), roles: nil).1

        #expect(diagnostics.map(\.message) == (message.map { [$0] } ?? []))
    }

    static let cases = [
        WrongRecipe(
            "unknown variables in every style of text",
            #"""
            recipe: a
            parameters:
              topic: string
            steps:
              - role: writer
                goal: Write about {{ topik }} and {{ topic|slugg }}.
              - role: writer
                goal: "Write \"about\" {{ topik }}."
              - role: writer
                goal: 'Don''t {{ topik }}.'
              - role: writer
                goal: |
                  Write about
                  a thing, {{ topik }}.
              - role: writer
                goal: >-
                  Write about
                  a thing,

                  {{ topik }}.
              - role: writer
                goal: Write about
                  many {{ topik }}.
              - role: writer
                goal: "日本語 {{ topik }} \u00e9 {{ nope }}"
            """#,
            #"""
            error[unknown-variable]: unknown variable 'topik'
             --> r.yaml:6:26
              |
            6 |     goal: Write about {{ topik }} and {{ topic|slugg }}.
              |                          ^^^^^
              = hint: Did you mean 'topic'?
              = hint: The variables here are 'topic', 'recipe.name', 'run.id', 'today'.

            error[unknown-filter]: unknown filter 'slugg'
             --> r.yaml:6:48
              |
            6 |     goal: Write about {{ topik }} and {{ topic|slugg }}.
              |                                                ^^^^^
              = hint: Did you mean 'slug'?
              = hint: The filters are 'slug', 'shell', 'capitalize', 'uppercase', 'lowercase', 'default', 'join', 'split', 'indent'.

            error[unknown-variable]: unknown variable 'topik'
             --> r.yaml:8:31
              |
            8 |     goal: "Write \"about\" {{ topik }}."
              |                               ^^^^^
              = hint: Did you mean 'topic'?
              = hint: The variables here are 'topic', 'recipe.name', 'run.id', 'today'.

            error[unknown-variable]: unknown variable 'topik'
              --> r.yaml:10:22
               |
            10 |     goal: 'Don''t {{ topik }}.'
               |                      ^^^^^
               = hint: Did you mean 'topic'?
               = hint: The variables here are 'topic', 'recipe.name', 'run.id', 'today'.

            error[unknown-variable]: unknown variable 'topik'
              --> r.yaml:14:19
               |
            14 |       a thing, {{ topik }}.
               |                   ^^^^^
               = hint: Did you mean 'topic'?
               = hint: The variables here are 'topic', 'recipe.name', 'run.id', 'today'.

            error[unknown-variable]: unknown variable 'topik'
              --> r.yaml:20:10
               |
            20 |       {{ topik }}.
               |          ^^^^^
               = hint: Did you mean 'topic'?
               = hint: The variables here are 'topic', 'recipe.name', 'run.id', 'today'.

            error[unknown-variable]: unknown variable 'topik'
              --> r.yaml:23:15
               |
            23 |       many {{ topik }}.
               |               ^^^^^
               = hint: Did you mean 'topic'?
               = hint: The variables here are 'topic', 'recipe.name', 'run.id', 'today'.

            error[unknown-variable]: unknown variable 'topik'
              --> r.yaml:25:19
               |
            25 |     goal: "日本語 {{ topik }} \u00e9 {{ nope }}"
               |                      ^^^^^
               = hint: Did you mean 'topic'?
               = hint: The variables here are 'topic', 'recipe.name', 'run.id', 'today'.

            error[unknown-variable]: unknown variable 'nope'
              --> r.yaml:25:38
               |
            25 |     goal: "日本語 {{ topik }} \u00e9 {{ nope }}"
               |                                         ^^^^
               = hint: The variables here are 'topic', 'recipe.name', 'run.id', 'today'.
            """#
        ),
        WrongRecipe(
            "templates that cannot be read",
            #"""
            recipe: a
            parameters:
              topic: string
            steps:
              - role: writer
                goal: Write about {{ topic }.
              - role: writer
                goal: Write {% if topic %}about.
              - role: writer
                goal: Write {% endif %}about.
              - role: writer
                goal: Write {% include "x" %}.
              - role: writer
                goal: Write {{ topic.first }}.
              - role: writer
                goal: Write {{ topic|default }}.
              - role: writer
                goal: Write {{ topic|:3 }}.
              - role: writer
                goal: Write {{ }}.
              - role: writer
                goal: "Write {{ 'a }}."
              - role: writer
                goal: Write {% for x in topic|split:" " %}{% for y in topic %}{% endfor %}{% endfor %}.
              - role: writer
                goal: Write {{ topic topic }}.
              - role: writer
                goal: Write {% if topic = "x" %}a{% endif %}.
              - role: writer
                goal: Write {% if topic == %}a{% endif %}.
              - role: writer
                goal: Write {{{ topic }}}.
            """#,
            #"""
            error[template-syntax]: '{{' is not closed
             --> r.yaml:6:23
              |
            6 |     goal: Write about {{ topic }.
              |                       ^^
              = hint: It ends with '}}'.
              = hint: To write '{{' itself: {{ "{{" }}

            error[template-syntax]: 'if' is not closed
             --> r.yaml:8:20
              |
            8 |     goal: Write {% if topic %}about.
              |                    ^^
              = hint: It ends with '{% endif %}'.

            error[template-syntax]: 'endif' has no 'if' that it belongs to
              --> r.yaml:10:20
               |
            10 |     goal: Write {% endif %}about.
               |                    ^^^^^

            error[template-syntax]: unknown tag 'include'
              --> r.yaml:12:20
               |
            12 |     goal: Write {% include "x" %}.
               |                    ^^^^^^^
               = hint: The tags are 'if', 'ifnot', 'elif', 'else', 'endif', 'for', 'empty', 'endfor'.

            error[unknown-variable]: 'topic' has no parts; 'topic.first' means nothing
              --> r.yaml:14:20
               |
            14 |     goal: Write {{ topic.first }}.
               |                    ^^^^^^^^^^^

            error[template-syntax]: filter 'default' takes one argument, found 0
              --> r.yaml:16:26
               |
            16 |     goal: Write {{ topic|default }}.
               |                          ^^^^^^^

            error[template-syntax]: expected the name of a filter, found ':'
              --> r.yaml:18:26
               |
            18 |     goal: Write {{ topic|:3 }}.
               |                          ^

            error[template-syntax]: expected a name or a text in quotes before the end
              --> r.yaml:20:17
               |
            20 |     goal: Write {{ }}.
               |                 ^^^^^

            error[template-syntax]: this quote is never closed
              --> r.yaml:22:21
               |
            22 |     goal: "Write {{ 'a }}."
               |                     ^

            error[template-syntax]: 'for' cannot stand inside another 'for'
              --> r.yaml:24:50
               |
            24 |     goal: Write {% for x in topic|split:" " %}{% for y in topic %}{% endfor %}{% endfor %}.
               |                                                  ^^^

            error[template-syntax]: 'topic' was not expected here
              --> r.yaml:26:26
               |
            26 |     goal: Write {{ topic topic }}.
               |                          ^^^^^

            error[template-syntax]: '=' cannot stand here
              --> r.yaml:28:29
               |
            28 |     goal: Write {% if topic = "x" %}a{% endif %}.
               |                             ^
               = hint: Between '{{' and '}}' stand names, texts in quotes, numbers and filters after '|'.

            error[template-syntax]: expected a name or a text in quotes before the end
              --> r.yaml:30:17
               |
            30 |     goal: Write {% if topic == %}a{% endif %}.
               |                 ^^^^^^^^^^^^^^^^^

            error[template-syntax]: '{' cannot stand here
              --> r.yaml:32:19
               |
            32 |     goal: Write {{{ topic }}}.
               |                   ^
               = hint: Between '{{' and '}}' stand names, texts in quotes, numbers and filters after '|'.
            """#
        ),
        WrongRecipe(
            "a YAML comment inside a template comment",
            #"""
            recipe: a
            steps:
              - role: writer
                goal: Do {# nothing #} {{ runid }}
            """#,
            #"""
            error[template-syntax]: '{#' is not closed
             --> r.yaml:4:14
              |
            4 |     goal: Do {# nothing #} {{ runid }}
              |              ^^
              = hint: It ends with '#}'; YAML takes ' #' for a comment unless the text is in quotes.
              = hint: To write '{#' itself: {{ "{#" }}
            """#
        ),
        WrongRecipe(
            "values in shell lines",
            #"""
            recipe: a
            parameters:
              topic: string
              n: integer
            steps:
              - run: echo {{ topic }} {{ n }} {{ topic|slug }} {{ topic|shell }} "{{ topic|shell }}" '{{ topic }}'
              - run: echo ${#x}
              - run: echo {% for w in topic|split:"," %}{{ w }}{% endfor %}
            """#,
            #"""
            warning[shell-quoting]: the value of 'topic' could be read as a command
             --> r.yaml:6:15
              |
            6 |   - run: echo {{ topic }} {{ n }} {{ topic|slug }} {{ topic|shell }} "{{ topic|shell }}" '{{ topic }}'
              |               ^^^^^^^^^^^
              = hint: Write {{ topic|shell }}; it puts the value in quotes.

            warning[shell-quoting]: the filter 'shell' puts quotes around 'topic', and there are others around it
             --> r.yaml:6:71
              |
            6 |   - run: echo {{ topic }} {{ n }} {{ topic|slug }} {{ topic|shell }} "{{ topic|shell }}" '{{ topic }}'
              |                                                                       ^^^^^^^^^^^^^^^^^
              = hint: Remove the double quotes around it.

            warning[shell-quoting]: the value of 'topic' could be read as a command
             --> r.yaml:6:91
              |
            6 |   - run: echo {{ topic }} {{ n }} {{ topic|slug }} {{ topic|shell }} "{{ topic|shell }}" '{{ topic }}'
              |                                                                                           ^^^^^^^^^^^
              = hint: Write {{ topic|shell }}, without the single quotes around it; it puts the value in quotes.

            error[template-syntax]: '{#' is not closed
             --> r.yaml:7:16
              |
            7 |   - run: echo ${#x}
              |                ^^
              = hint: It ends with '#}'; YAML takes ' #' for a comment unless the text is in quotes.
              = hint: To write '{#' itself: {{ "{#" }}

            warning[shell-quoting]: the value of 'topic' could be read as a command
             --> r.yaml:8:45
              |
            8 |   - run: echo {% for w in topic|split:"," %}{{ w }}{% endfor %}
              |                                             ^^^^^^^
              = hint: Write {{ w|shell }}; it puts the value in quotes.
            """#
        ),
    ]
}
