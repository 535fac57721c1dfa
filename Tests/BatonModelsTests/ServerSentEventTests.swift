// The event stream parser.

import Testing

@testable import BatonModels

@Suite("Server-sent events")
struct ServerSentEventTests {
    private static let document = """
        \u{FEFF}: hello\r\n\
        data: Grüße 🎼\r\n\r\n\
        event: note\ndata:two\ndata:  lines\nid: 4\nretry: 10\n\n\
        : keep-alive\n\n\
        data\r\r\
        ignored: yes\ndatax: no\n\n\
        event: lost\n\n\
        data: [DONE]\n\n
        """

    private static let events = [
        ServerSentEvent(type: "", data: "Grüße 🎼"),
        ServerSentEvent(type: "note", data: "two\n lines"),
        ServerSentEvent(type: "", data: ""),
        ServerSentEvent(type: "", data: "[DONE]"),
    ]

    @Test("gives the same events wherever the stream is cut in two")
    func cutAtEveryByte() {
        let bytes = Array(Self.document.utf8)
        for cut in 0...bytes.count {
            var parser = ServerSentEventParser()
            let events = parser.consume(bytes[..<cut]) + parser.consume(bytes[cut...])
            #expect(events == Self.events, "cut at byte \(cut)")
            #expect(parser.finish() == nil)
        }
    }

    @Test("gives the same events when each byte comes alone")
    func singleBytes() {
        var parser = ServerSentEventParser()

        let events = Self.document.utf8.flatMap { parser.consume([$0]) }

        #expect(events == Self.events)
    }

    @Test("takes every kind of line end", arguments: ["\n", "\r\n", "\r"])
    func lineEnds(end: String) {
        var parser = ServerSentEventParser()

        let events = parser.consume("data: a\(end)data: b\(end)\(end)data: c\(end)\(end)".utf8)

        #expect(events.map(\.data) + [parser.finish()].compactMap { $0?.data } == ["a\nb", "c"])
    }

    @Test(
        "hands out what the end of the stream leaves unfinished",
        arguments: [
            ("data: [DONE]", "[DONE]"), ("data: x\n", "x"), ("data: a\ndata: b", "a\nb"), ("event: e\n", nil),
            ("", nil),
        ]
    )
    func unfinished(text: String, data: String?) {
        var parser = ServerSentEventParser()

        #expect(parser.consume(text.utf8).isEmpty)
        #expect(parser.finish()?.data == data)
        #expect(parser.finish() == nil)
    }

    @Test("a broken character becomes a replacement character, not a crash")
    func brokenText() {
        var parser = ServerSentEventParser()

        let events = parser.consume(Array("data: a".utf8) + [0xFF, 0xC3, 0x0A, 0x0A])

        #expect(events == [ServerSentEvent(type: "", data: "a\u{FFFD}\u{FFFD}")])
    }
}
