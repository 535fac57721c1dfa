// Turns the bytes of a successful response into pieces of an answer.

import NIOCore

/// Reads the body of one response, streamed or not, whatever its header calls it; no I/O.
struct AnswerReader: Sendable {
    /// The most bytes that one response may have.
    static let bytesMax = 64 << 20

    private(set) var assembler: CompletionAssembler
    private let contentType: String
    private var form = Form.unknown
    private var parser = ServerSentEventParser()
    /// The whole body, unless it is a stream: then empty.
    private var body: [UInt8] = []
    private var bytesCount = 0

    private enum Form {
        /// Nothing but white space came so far.
        case unknown
        case stream, document
    }

    init(contentType: String?, secret: Secret?) {
        self.contentType = contentType.map { foreignLine($0, limit: 80, hiding: secret) } ?? "no content type"
        self.assembler = CompletionAssembler(secret: secret)
    }

    /// Takes the next bytes and appends the pieces in them to `deltas`, those before an error too.
    mutating func consume(_ bytes: ByteBufferView, into deltas: inout [ChatDelta]) throws(ModelError) {
        bytesCount += bytes.count
        guard bytesCount <= Self.bytesMax else { throw .tooLarge }
        if form == .unknown { form = recognise(bytes) }
        switch form {
        case .unknown: break
        case .document: body += bytes
        case .stream:
            for event in parser.consume(bytes) {
                deltas += try assembler.consume(event.data, contentType: contentType)
            }
        }
    }

    /// Ends the answer: the pieces that were held back until now.
    ///
    /// - Throws: ``ModelError/cutStream`` if the answer is not complete.
    mutating func finish() throws(ModelError) -> [ChatDelta] {
        switch form {
        case .unknown: throw .notJSON(contentType: contentType, start: "")
        case .document: return try finishDocument()
        case .stream:
            var deltas: [ChatDelta] = []
            if let event = parser.finish() {
                // An event without its empty line may be half a one: then it is the cut that matters.
                do { deltas = try assembler.consume(event.data, contentType: contentType) } catch .notJSON {}
            }
            guard assembler.isComplete else { throw .cutStream }
            return deltas
        }
    }

    private func recognise(_ bytes: ByteBufferView) -> Form {
        guard let first = bytes.first(where: { !Self.whiteSpace.contains($0) }) else { return .unknown }
        if first == UInt8(ascii: "{") { return .document }
        // An event stream may begin with a byte order mark, a comment or a field name.
        let begins = [
            0xEF, UInt8(ascii: ":"), UInt8(ascii: "d"), UInt8(ascii: "e"), UInt8(ascii: "i"), UInt8(ascii: "r"),
        ]
        return contentType.hasPrefix("text/event-stream") && begins.contains(first) ? .stream : .document
    }

    private mutating func finishDocument() throws(ModelError) -> [ChatDelta] {
        let start = foreignLine(String(decoding: body.prefix(4096), as: UTF8.self), limit: 80, hiding: assembler.secret)
        guard let chunk = CompletionChunk(json: body) else { throw .notJSON(contentType: contentType, start: start) }
        guard chunk.failure != nil || chunk.choice != nil else { throw .notACompletion(start: start) }
        return try assembler.consume(chunk)
    }

    private static let whiteSpace: [UInt8] = [0x20, 0x09, 0x0A, 0x0D]
}
