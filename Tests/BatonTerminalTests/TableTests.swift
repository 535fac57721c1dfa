// Columns that line up.

import BatonTerminal
import Testing

@Suite("Table")
struct TableTests {
    private func table() -> Table {
        var table = Table([.init("STEP"), .init("FILES", .right), .init("SUMMARY", isFlexible: true), .init("WHO")])
        table.add(["\("draft", .id)", "2", "Wrote the post about owls", "writer"])
        table.add(["日本", "12", "", "reviewer"])
        return table
    }

    @Test("lines up by display width and ends no line with spaces")
    func wide() {
        #expect(
            table().lines().map(\.plain) == [
                "STEP   FILES  SUMMARY                    WHO",
                "draft      2  Wrote the post about owls  writer",
                "日本      12                             reviewer",
            ]
        )
    }

    @Test("shrinks the flexible column to fit, but not to nothing")
    func narrow() {
        #expect(
            table().lines(width: 40).map(\.plain) == [
                "STEP   FILES  SUMMARY           WHO",
                "draft      2  Wrote the post…   writer",
                "日本      12                    reviewer",
            ]
        )
        #expect(table().lines(width: 5)[1].plain == "draft      2  Wrote t…  writer")
        #expect(table().lines(width: 49).map(\.plain) == table().lines().map(\.plain))
    }

    @Test("has no headings without titles, and no lines without rows")
    func headings() {
        var plain = Table([.init(""), .init("")])
        plain.add(["a"])
        plain.add(["bb", "c", "too many"])

        #expect(plain.lines().map(\.plain) == ["a", "bb  c"])
        #expect(Table([.init("A")]).lines().isEmpty)
    }

    @Test("keeps each row on one line, and colours by meaning")
    func cells() {
        var table = Table([.init(""), .init("")])
        table.add(["\("a\nb", .id)", "c\u{1B}[2J"])

        #expect(table.lines().map { $0.rendered(color: true) } == ["\u{1B}[34ma b\u{1B}[0m  c"])
    }
}
