// Where the console's bytes go.

import Glibc
import Synchronization

/// Takes bytes: a descriptor, or an array in tests.
package protocol OutputSink: Sendable {
    /// Writes all of `bytes`; returns false once nobody reads them any more or they cannot be written.
    func write(_ bytes: [UInt8]) -> Bool
}

/// Writes to a file descriptor.
///
/// A reader that went away (EPIPE) is not an error: the sink remembers it and drops what follows. The program must
/// ignore SIGPIPE for that, or the first write ends it.
package final class DescriptorSink: OutputSink {
    private let descriptor: Int32
    private let isOpen = Mutex(true)

    package init(_ descriptor: Int32) {
        self.descriptor = descriptor
    }

    package func write(_ bytes: [UInt8]) -> Bool {
        isOpen.withLock { isOpen in
            if isOpen { isOpen = bytes.withUnsafeBytes { Self.writeAll($0, to: descriptor) } }
            return isOpen
        }
    }

    private static func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let written = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
            if written >= 0 {
                rest = rest.dropFirst(written)
            } else if errno == EAGAIN {
                // Somebody who shares the descriptor made it non-blocking.
                var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                poll(&ready, 1, -1)
            } else if errno != EINTR {
                return false
            }
        }
        return true
    }
}

/// Keeps what is written, for tests.
package final class MemorySink: OutputSink {
    private let bytes = Mutex<[UInt8]>([])

    package init() {}

    package var text: String { String(decoding: bytes.withLock { $0 }, as: UTF8.self) }

    package func write(_ bytes: [UInt8]) -> Bool {
        self.bytes.withLock { $0 += bytes }
        return true
    }
}
