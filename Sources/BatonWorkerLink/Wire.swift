// Frames as bytes: numbers in little-endian order, text and bytes with a length before them.

/// What is wrong with received bytes.
package struct WireError: Error, Hashable, Sendable {
    package let reason: String

    package init(reason: String) {
        self.reason = reason
    }
}

/// The limits of the wire.
package enum WireLimit {
    /// Bytes of one frame without its length: room for a document of 64 MiB.
    package static let frameBytesMax = 64 << 20 + 4096
    /// Bytes of the length in front of each frame.
    package static let headerBytes = 4
}

/// Writes fields one after the other.
struct WireWriter {
    private(set) var bytes: [UInt8] = []

    /// Starts a frame of `kind`, whose length is filled in by ``finished()``.
    init(kind: UInt8) {
        bytes = [0, 0, 0, 0, kind]
    }

    mutating func put(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func put(_ value: Bool) {
        bytes.append(value ? 1 : 0)
    }

    mutating func put(_ value: some Collection<UInt8>) {
        put(UInt32(value.count))
        bytes.append(contentsOf: value)
    }

    /// Bytes up to the frame's end, which need no length of their own.
    mutating func putRest(_ value: some Collection<UInt8>) {
        bytes.append(contentsOf: value)
    }

    mutating func put(_ value: String) {
        put(value.utf8)
    }

    mutating func put(_ values: [String]) {
        put(UInt32(values.count))
        for value in values { put(value) }
    }

    /// The whole frame with its length in front.
    consuming func finished() -> [UInt8] {
        var result = bytes
        withUnsafeBytes(of: UInt32(result.count - WireLimit.headerBytes).littleEndian) { length in
            for (index, byte) in length.enumerated() { result[index] = byte }
        }
        return result
    }
}

/// Reads fields one after the other.
///
/// Never reads beyond the bytes it was given, whatever they say.
struct WireReader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) {
        self.rest = bytes
    }

    mutating func number<Value: FixedWidthInteger>(_: Value.Type = Value.self) throws(WireError) -> Value {
        let size = MemoryLayout<Value>.size
        guard rest.count >= size else { throw WireError(reason: "a frame ends within a number") }
        var value: Value = 0
        withUnsafeMutableBytes(of: &value) { $0.copyBytes(from: rest.prefix(size)) }
        rest = rest.dropFirst(size)
        return Value(littleEndian: value)
    }

    mutating func flag() throws(WireError) -> Bool {
        switch try number(UInt8.self) {
        case 0: false
        case 1: true
        case let other: throw WireError(reason: "a truth value is \(other)")
        }
    }

    mutating func bytes() throws(WireError) -> [UInt8] {
        let count = Int(try number(UInt32.self))
        guard rest.count >= count else { throw WireError(reason: "a frame ends within a text") }
        defer { rest = rest.dropFirst(count) }
        return Array(rest.prefix(count))
    }

    /// Text; bytes that are no UTF-8 become U+FFFD.
    mutating func text() throws(WireError) -> String {
        String(decoding: try bytes(), as: UTF8.self)
    }

    /// All that is left, as text; bytes that are no UTF-8 become U+FFFD.
    mutating func textToEnd() -> String {
        defer { rest = [] }
        return String(decoding: rest, as: UTF8.self)
    }

    mutating func texts() throws(WireError) -> [String] {
        let count = Int(try number(UInt32.self))
        // Each text takes four bytes at least, so a count beyond that is a lie and must not reserve memory.
        guard count <= rest.count / 4 else { throw WireError(reason: "a list is longer than its frame") }
        var result: [String] = []
        for _ in 0..<count { result.append(try text()) }
        return result
    }

    func end() throws(WireError) {
        guard rest.isEmpty else { throw WireError(reason: "\(rest.count) bytes are left over in a frame") }
    }
}

/// Cuts a stream of bytes into frames.
package struct FrameSplitter: Sendable {
    private var buffer: [UInt8] = []
    private var start = 0

    package init() {}

    package mutating func append(_ bytes: some Sequence<UInt8>) {
        if start > 0 {
            buffer.removeFirst(start)
            start = 0
        }
        buffer.append(contentsOf: bytes)
    }

    /// The next whole frame without its length; nil if more bytes are needed.
    package mutating func next() throws(WireError) -> [UInt8]? {
        let available = buffer.count - start
        guard available >= WireLimit.headerBytes else { return nil }
        let length = (0..<WireLimit.headerBytes).reduce(0) { $0 | Int(buffer[start + $1]) << (8 * $1) }
        guard length > 0, length <= WireLimit.frameBytesMax else {
            throw WireError(reason: "a frame claims to have \(length) bytes")
        }
        guard available >= WireLimit.headerBytes + length else { return nil }
        start += WireLimit.headerBytes + length
        return Array(buffer[(start - length)..<start])
    }
}
