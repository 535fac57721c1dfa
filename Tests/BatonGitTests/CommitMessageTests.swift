// Rendering messages and reading trailers.

import BatonGit
import SystemPackage
import Testing

@Suite("Commit messages")
struct CommitMessageTests {
    @Test("subject, body and trailers are paragraphs")
    func rendered() {
        let message = CommitMessage(
            subject: "draft: write the post", body: "Because.\n", trailers: [Trailer("Baton-Run", "0123abcd")]
        )
        #expect(message.rendered == "draft: write the post\n\nBecause.\n\nBaton-Run: 0123abcd\n")
        #expect(CommitMessage(subject: "s").rendered == "s\n")
        #expect(CommitMessage(subject: "s", trailers: [Trailer("K", "v")]).rendered == "s\n\nK: v\n")
        #expect(CommitMessage(subject: "s", body: " \n\n").rendered == "s\n")
    }

    @Test(
        "a subject is one clean line",
        arguments: [
            ("two\nlines\r\n and\ttabs", "two lines and tabs"),
            ("  blanks  ", "blanks"),
            ("\u{1B}[31mred\u{7}", "[31mred"),
            ("right\u{202E}to\u{2066}left", "righttoleft"),
            ("", "(no subject)"),
            ("\n\u{0}", "(no subject)"),
            ("line\u{2028}separator\u{85}next", "line separator next"),
            ("👩‍🔬 stays whole", "👩‍🔬 stays whole"),
        ]
    )
    func subject(text: String, expected: String) {
        #expect(CommitMessage(subject: text).subject == expected)
    }

    @Test("a subject has at most 72 characters and ends at a word")
    func capped() {
        let exact = String(repeating: "a", count: 72)
        #expect(CommitMessage(subject: exact).subject == exact)
        #expect(CommitMessage(subject: exact + "b").subject == String(repeating: "a", count: 71) + "…")
        let words = Array(repeating: "word", count: 20).joined(separator: " ")
        #expect(
            CommitMessage(subject: words).subject == Array(repeating: "word", count: 14).joined(separator: " ") + "…")
        let whole = String(repeating: "a", count: 71) + " b"
        #expect(CommitMessage(subject: whole).subject == String(repeating: "a", count: 71) + "…")
        #expect(CommitMessage(subject: String(repeating: "é", count: 80)).subject.count == 72)
    }

    @Test("a body keeps its lines and loses control characters")
    func body() {
        let message = CommitMessage(subject: "s", body: "\n\n one  \r\n\n\n\ttwo\u{1B}[0m\u{0}\n\n")
        #expect(message.body == " one\n\n\ttwo[0m")
    }

    @Test("a trailer's value is one line, and one without a value is left out")
    func trailerValues() {
        let message = CommitMessage(
            subject: "s", trailers: [Trailer("A", "x\ny: z"), Trailer("B", " \n"), Trailer("C", "3")])
        #expect(message.rendered == "s\n\nA: x y: z\nC: 3\n")
    }

    @Test(
        "trailers are read as git reads them",
        arguments: [
            "s\n\nA: 1\nB: 2\n",
            "s\n\nbody\n\nA: 1\n continued\nB:2\n\n\n",
            "s\n\nbody\nA: 1\n",
            "A: 1\nB: 2\n",
            "s\n\nA: 1\n\nbody\n",
            "s\n\nA : 1\n",
            "s\n\nno trailer here\n",
            "s\n\nBaton-Step: 2 draft: the end\nSigned-off-by: Ada <ada@example.com>\n",
            "s\n\nBaton-Run: 1\n(cherry picked from commit 1234567890123456789012345678901234567890)\n",
            "s\r\n\r\nA: 1\r\n",
            "",
        ]
    )
    func parsed(message: String) throws {
        let repo = try TestRepository()
        try repo.write("message", message)
        let byGit = try repo.git("interpret-trailers", "--parse", "message")
            .split(separator: "\n").filter { !$0.hasPrefix("(cherry picked") }

        let trailers = Trailers(message: message)

        #expect(trailers.all.map { "\($0.key): \($0.value)" } == byGit.map { String($0.filter { $0 != "\r" }) })
    }

    @Test("what is rendered is read back")
    func roundTrip() {
        let trailers = [Trailer("Baton-Run", "0123abcd"), Trailer("Baton-Step", "12 a/b: c")]
        let message = CommitMessage(subject: "s: t", body: "Key: value", trailers: trailers)

        #expect(Trailers(message: message.rendered).all == trailers)
        #expect(Trailers(message: message.rendered)["baton-run"] == "0123abcd")
        #expect(Trailers(message: message.rendered)["Key"] == nil)
    }
}
