// What is written while something goes on.

import BatonTerminal
import Testing

@Suite("Progress line")
struct ProgressTests {
    static let terminal = TerminalCapabilities(.init(outputIsTerminal: true, errorsAreTerminal: true, width: 20))
    static let erase = "\r\u{1B}[2K"

    @Test("on a terminal: nothing before 250 ms, then at most every 100 ms, and only what is new")
    func terminal() {
        var line = ProgressLine(capabilities: Self.terminal)

        #expect(line.update("a", at: .milliseconds(0)) == nil)
        #expect(line.update("a", at: .milliseconds(249)) == nil)
        #expect(line.update("a", at: .milliseconds(250)) == Self.erase + "a")
        #expect(line.update("b", at: .milliseconds(349)) == nil)
        #expect(line.update("b", at: .milliseconds(350)) == Self.erase + "b")
        #expect(line.update("b", at: .milliseconds(900)) == nil)
        #expect(line.clear() == Self.erase)
        #expect(line.clear() == nil)
        #expect(line.update("b", at: .milliseconds(1000)) == Self.erase + "b")
        #expect(line.finish("done") == Self.erase + "done\n")
    }

    @Test("on a terminal: fits into one column less than there are")
    func width() {
        var line = ProgressLine(capabilities: Self.terminal)

        #expect(line.update(String(repeating: "日", count: 20), at: .seconds(1)) == Self.erase + "日日日日日日日日日…")
        #expect(line.update("a\nb\u{1B}[2J", at: .seconds(2)) == Self.erase + "a b")
    }

    @Test("work that is over at once still leaves its last state")
    func short() {
        var line = ProgressLine(capabilities: Self.terminal)

        #expect(line.update("a", at: .zero) == nil)
        #expect(line.finish("done") == "done\n")
    }

    @Test("elsewhere: one line for each change of state, without control characters")
    func pipe() {
        var line = ProgressLine(capabilities: .plain)

        #expect(line.update("draft · 1 s", log: "draft: started", at: .zero) == "draft: started\n")
        #expect(line.update("draft · 2 s", log: "draft: started", at: .seconds(2)) == nil)
        #expect(line.update("other", at: .seconds(2)) == "other\n")
        #expect(line.clear() == nil)
        #expect(line.finish("done") == "done\n")
        #expect(line.finish("done") == "done\n")
    }

    @Test("elsewhere: the last state is not written twice")
    func twice() {
        var line = ProgressLine(capabilities: .plain)

        #expect(line.update("done", at: .zero) == "done\n")
        #expect(line.finish("done") == nil)
    }

    @Test("drops the least important fields first")
    func fields() {
        var fields = ProgressFields()
        fields.add("[2/4] draft", importance: 9)
        fields.add("writer", importance: 5)
        fields.add(nil, importance: 9)
        fields.add("12 300 tokens", importance: 2)
        fields.add("8 s", importance: 3)

        #expect(fields.text(width: nil) == "[2/4] draft · writer · 12 300 tokens · 8 s")
        #expect(fields.text(width: 42) == "[2/4] draft · writer · 12 300 tokens · 8 s")
        #expect(fields.text(width: 41) == "[2/4] draft · writer · 8 s")
        #expect(fields.text(width: 20) == "[2/4] draft · writer")
        #expect(fields.text(width: 1) == "[2/4] draft")
        #expect(ProgressFields().text(width: 10) == "")
    }
}
