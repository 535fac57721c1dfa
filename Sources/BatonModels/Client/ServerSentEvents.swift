// Reads a stream of server-sent events, cut at any byte.

/// One event of a stream.
struct ServerSentEvent: Hashable, Sendable {
    /// The `event` field; empty if there was none.
    var type: String
    /// The `data` lines, joined with line feeds.
    var data: String
}

/// Takes bytes as they arrive and gives the events that they complete.
///
/// Source: WHATWG HTML, section 9.2.6, "Interpreting an event stream". `id` and `retry` are for reconnecting, which
/// nobody does in the middle of an answer; they are ignored.
struct ServerSentEventParser: Sendable {
    private var line: [UInt8] = []
    private var type = ""
    private var data: [String] = []
    private var afterCarriageReturn = false
    private var isFirstLine = true

    mutating func consume(_ bytes: some Sequence<UInt8>) -> [ServerSentEvent] {
        var events: [ServerSentEvent] = []
        for byte in bytes {
            // The line feed of a CR LF, which may come with the next bytes, ends no second line.
            let endsNothing = afterCarriageReturn && byte == UInt8(ascii: "\n")
            afterCarriageReturn = byte == UInt8(ascii: "\r")
            if endsNothing { continue }
            if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") {
                if let event = endLine() { events.append(event) }
            } else {
                line.append(byte)
            }
        }
        return events
    }

    /// The event that the end of the stream leaves unfinished, or nil.
    ///
    /// The standard drops it. Some servers leave out the last empty line, so it is handed out; if it is half an event,
    /// its data says so.
    mutating func finish() -> ServerSentEvent? {
        defer { self = ServerSentEventParser() }
        if !line.isEmpty, let event = endLine() { return event }
        return endLine()
    }

    private mutating func endLine() -> ServerSentEvent? {
        var bytes = line[...]
        if isFirstLine, bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
        isFirstLine = false
        defer { line.removeAll(keepingCapacity: true) }
        guard !bytes.isEmpty else { return endEvent() }
        let colon = bytes.firstIndex(of: UInt8(ascii: ":")) ?? bytes.endIndex
        var value = bytes[colon...].dropFirst()
        if value.first == UInt8(ascii: " ") { value.removeFirst() }
        switch String(decoding: bytes[..<colon], as: UTF8.self) {
        case "data": data.append(String(decoding: value, as: UTF8.self))
        case "event": type = String(decoding: value, as: UTF8.self)
        default: break  // an empty name is a comment: servers send them to keep the connection open
        }
        return nil
    }

    private mutating func endEvent() -> ServerSentEvent? {
        defer {
            type = ""
            data = []
        }
        return data.isEmpty ? nil : ServerSentEvent(type: type, data: data.joined(separator: "\n"))
    }
}
