// Which text goes where.

import BatonCore
import BatonTerminal
import Glibc
import Testing

@Suite("Console")
struct ConsoleTests {
    let output = MemorySink()
    let errors = MemorySink()

    private func console(_ capabilities: TerminalCapabilities = .plain) -> Console {
        Console(capabilities: capabilities, output: output, errors: errors)
    }

    @Test("data go to standard output, everything else to standard error")
    func streams() {
        let console = console()

        console.data("row")
        console.document("{\"a\": 1}\n")
        console.note("Landed step '\("draft")'")
        console.warn("hooks were not run", hints: ["Run them now."])
        console.report(BatonError(.notFound, "no recipe 'x'", hints: ["Look."]))
        console.report([Diagnostic(id: "i", message: "m", span: nil)], in: SourceFile(name: "a", text: ""))
        console.report([], in: SourceFile(name: "a", text: ""))

        #expect(output.text == "row\n{\"a\": 1}\n")
        #expect(
            errors.text == """
                Landed step 'draft'
                warning: hooks were not run
                hint: Run them now.
                error: no recipe 'x'
                hint: Look.
                error[i]: m

                """
        )
    }

    @Test("foreign text is sanitised on a terminal and left alone in a file")
    func documents() {
        let evil = "a\u{1B}[2Jb\r\n"
        console().document(evil)
        #expect(output.text == evil)

        let other = MemorySink()
        let terminal = TerminalCapabilities(.init(outputIsTerminal: true))
        Console(capabilities: terminal, output: other, errors: errors).document(evil)
        #expect(other.text == "ab\n")
    }

    @Test("colour is decided for each stream")
    func colour() {
        let console = console(TerminalCapabilities(.init(errorsAreTerminal: true)))
        console.data("\("x", .id)")
        console.note("\("x", .id)")

        #expect(output.text == "x\n")
        #expect(errors.text == "\u{1B}[34mx\u{1B}[0m\n")
    }

    @Test("a progress line is gone before anything else is written, and can come back")
    func progress() {
        let console = console(ProgressTests.terminal)
        let erase = ProgressTests.erase

        console.progress("a", at: .seconds(1))
        console.note("news")
        console.progress("a", at: .seconds(2))
        console.data("row")
        console.progress("b", at: .seconds(3))
        console.endProgress("done")
        console.endProgress()

        #expect(errors.text == "\(erase)a\(erase)news\n\(erase)a\(erase)\(erase)b\(erase)done\n")
        #expect(output.text == "row\n")
    }

    @Test("a reader that went away is remembered, and nothing else happens")
    func brokenPipe() throws {
        signal(SIGPIPE, SIG_IGN)
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        let console = Console(capabilities: .plain, output: DescriptorSink(ends[1]), errors: errors)
        defer { close(ends[1]) }

        console.data("one")
        #expect(console.isOutputOpen)
        var buffer = [UInt8](repeating: 0, count: 4)
        #expect(read(ends[0], &buffer, 4) == 4)
        #expect(buffer == Array("one\n".utf8))

        close(ends[0])
        console.data("two")
        console.data("three")
        #expect(!console.isOutputOpen)
        console.note("still here")
        #expect(errors.text == "still here\n")
    }

    @Test("a full pipe that does not block is waited for")
    func nonBlocking() async throws {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        _ = fcntl(ends[1], F_SETFL, O_NONBLOCK)
        let (reader, writer) = (ends[0], ends[1])
        let text = String(repeating: "x", count: 300_000)
        let sink = DescriptorSink(writer)

        async let written = Task.detached { sink.write(Array(text.utf8)) }.value  // ends when the pipe was read
        var count = 0
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while count < text.utf8.count { count += max(0, read(reader, &buffer, buffer.count)) }

        #expect(await written)
        close(reader)
        close(writer)
    }
}
