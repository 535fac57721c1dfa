// What is kept of a program's output.

import Synchronization

/// The last bytes of a stream.
final class ByteTail: Sendable {
    private let limit: Int
    private let bytes = Mutex<[UInt8]>([])

    init(limit: Int) {
        self.limit = limit
    }

    func append(_ more: [UInt8]) {
        bytes.withLock { bytes in
            bytes += more.suffix(limit)
            if bytes.count > limit { bytes.removeFirst(bytes.count - limit) }
        }
    }

    var text: String { bytes.withLock { String(decoding: $0, as: UTF8.self) } }

    /// The last line that is not empty, fit to be shown; nil if there is none.
    var lastLine: String? {
        text.split(whereSeparator: \.isNewline).lazy.map { foreignLine(String($0)) }.last { !$0.isEmpty }
    }
}

/// Cuts a stream into lines.
final class LineSplitter: Sendable {
    /// A longer line is cut.
    private static let lineMax = 4096
    private let line = Mutex<[UInt8]>([])
    private let heard: @Sendable (String) -> Void

    init(_ heard: @escaping @Sendable (String) -> Void) {
        self.heard = heard
    }

    func append(_ more: [UInt8]) {
        for byte in more {
            let ended: [UInt8]? = line.withLock { line in
                if byte != UInt8(ascii: "\n"), line.count < Self.lineMax {
                    line.append(byte)
                    return nil
                }
                defer { line = [] }
                return line
            }
            if let ended { heard(String(decoding: ended, as: UTF8.self)) }
        }
    }
}
