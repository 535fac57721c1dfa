// Words, sentences, passages and citations.

import BatonRoleText
import Testing

@Suite("Text of the roles")
struct TextTests {
    @Test(
        "splits sentences and leaves abbreviations, numbers and citations whole",
        arguments: [
            ("One. Two! Three?", ["One.", "Two!", "Three?"]),
            ("It costs 4.50 euros. Fine.", ["It costs 4.50 euros.", "Fine."]),
            ("Mr. Smith came, e.g. Today.", ["Mr. Smith came, e.g. Today."]),
            ("A claim. [1] Another [2].", ["A claim. [1]", "Another [2]."]),
            ("He said “no.” Then he left.", ["He said “no.”", "Then he left."]),
            ("no end", ["no end"]), ("", []),
            ("Wait... what? Yes.", ["Wait... what?", "Yes."]), ("J. R. Smith.", ["J. R. Smith."]),
        ]
    )
    func sentences(text: String, expected: [String]) {
        #expect(Sentences.split(text) == expected)
    }

    @Test("words of one family have one stem")
    func stems() {
        for family in [
            ["sync", "syncs", "synced", "syncing"], ["plan", "plans", "planned"], ["copy", "copies"],
            ["move", "moves", "moved", "moving"],
        ] {
            #expect(Set(family.map(Words.stem)).count == 1, "\(family)")
        }
        #expect(Words.stem("2023s") == "2023s")
        #expect(Words.numbers(in: "In 2023 we paid 4,310.5 euros, Q4.") == ["2023", "4310.5", "q4"])
        #expect(Words.all(in: "Don't stop: it's 1.5!") == ["don't", "stop", "it's", "1.5"])
    }

    @Test("a passage knows the line of each sentence")
    func passages() {
        let text = """
            ---
            title: x
            ---
            # Title

            First line of a paragraph. A second
            sentence over two lines.

            > A quote
            - item one
              goes on
            - item two

            ```
            code is no passage
            ```
            """
        let passages = Passage.all(in: text, path: "a.md")

        #expect(
            passages.map(\.text) == [
                "First line of a paragraph. A second sentence over two lines.", "A quote", "item one goes on",
                "item two",
            ]
        )
        #expect(passages.map(\.line) == [6, 9, 10, 12])
        #expect(passages[0].sentences.map(\.line) == [6, 6])
        #expect(passages.allSatisfy { $0.title == "Title" && $0.heading == "Title" })
        #expect(Passage.lineOf("A second sentence over two lines.", in: text, from: 6) == 6)
        #expect(Passage.lineOf("item one goes on", in: text, from: 10) == 10)
        #expect(Passage.lineOf("never said", in: text, from: 6) == nil)
        #expect(Passage.lineOf("item two", in: text, from: 99) == nil)
    }

    @Test("research notes survive writing and reading")
    func notes() {
        let notes = ResearchNotes(
            title: "t: x",
            goal: "A goal.",
            findings: [
                .init(statement: "S.", quote: "Q one.", source: SourceReference(path: "a b.md", line: 3), heading: "H"),
                .init(
                    statement: nil,
                    quote: "Q `two`.",
                    source: SourceReference(path: "b:c.md", line: 12),
                    heading: ""
                ),
            ],
            gaps: ["No file mentions 'x'."]
        )

        #expect(ResearchNotes(parsing: notes.markdown()) == notes)
        #expect(ResearchNotes(parsing: "# Notes\n\n## Findings\n") == nil)
        #expect(ResearchNotes(parsing: "") == nil)
        #expect(ResearchNotes(parsing: "# Notes: x\n## Gaps\n## Findings\n") == nil)
    }

    @Test("citations are numbers in brackets that are no links")
    func citations() {
        #expect(Citations.numbers(in: "a [1], [2](x) [3]: [x] [12] []") == [1, 12])
        #expect(Citations.removed(from: "a [1]. b [2] [x] c[3]") == "a. b [x] c")
        #expect(Citations.wordCount(of: "# A title\n\nOne two [1].\n\n## Sources\n\n1. `a.md:1`\n") == 4)
    }

    @Test("takes the chatter out of an answer")
    func cleaning() {
        let answer = """
            <think>Let me see.</think>Sure! Here is the text:

            ## A heading

            **Bold heading**

            - First point stands here.
            - First point stands here.

            Let me know if you need more. A last one that is cut
            """
        #expect(ModelText.paragraphs(answer) == [["First point stands here."]])
        #expect(ModelText.sentence("\"The sky is blue today.\"") == "The sky is blue today.")
        #expect(ModelText.sentence("The sky is blue today") == "The sky is blue today.")
        #expect(ModelText.sentence("Summary: the sky is blue.") == "The sky is blue.")
        #expect(ModelText.sentence("<think>never ends") == nil)
    }
}
