// Hears what a program writes.

import NIOCore
import NIOPosix
import Synchronization
import SystemPackage

/// Passes on each piece that comes in.
private final class PipeListener: ChannelInboundHandler, Sendable {
    typealias InboundIn = ByteBuffer

    private let heard: @Sendable (ByteBufferView) -> Void

    init(_ heard: @escaping @Sendable (ByteBufferView) -> Void) {
        self.heard = heard
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        heard(unwrapInboundIn(data).readableBytesView)
    }

    /// What cannot be read is as good as ended.
    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}

/// Reads `descriptor` until nobody can write to its other end any more; then the channel's `closeFuture` completes.
///
/// `heard` is called on an event loop and must not wait.
func listen(
    to descriptor: OwnedDescriptor,
    _ heard: @escaping @Sendable (ByteBufferView) -> Void
) async throws -> any Channel {
    guard let taken = descriptor.take() else { throw Errno.badFileDescriptor }
    do {
        return try await NIOPipeBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .channelInitializer { $0.pipeline.addHandler(PipeListener(heard)) }
            .takingOwnershipOfDescriptor(input: taken.rawValue).get()
    } catch {
        // Then it is still ours.
        try? taken.close()
        throw error
    }
}

/// The last bytes of a stream.
final class ByteTail: Sendable {
    private let limit: Int
    private let bytes = Mutex<[UInt8]>([])

    init(limit: Int) {
        self.limit = limit
    }

    func append(_ more: ByteBufferView) {
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

    func append(_ more: ByteBufferView) {
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
