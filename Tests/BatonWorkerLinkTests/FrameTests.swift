// Frames survive the wire, and nothing else does.

import BatonTestSupport
import BatonWorkerLink
import Testing

@Suite("Frames between host and worker")
struct FrameTests {
    static let hostFrames: [HostFrame] = [
        .enter(ViewOrder(root: Array("/a b".utf8), overlay: nil, temporary: [47, 116])),
        .enter(
            ViewOrder(
                root: [47, 255, 254],
                overlay: .init(upper: [47, 117], work: [47, 119], git: [47, 103], server: [47, 102]),
                temporary: [47, 116], network: true,
                limits: ResourceLimits(
                    memoryBytes: .max, processes: 1, fileBytes: 0, writtenBytes: 7, processorSeconds: 60))),
        .enter(
            ViewOrder(root: [47], overlay: .init(upper: [], work: [], git: nil), temporary: [], network: false)),
        .perform(
            RoleOrder(
                roleID: "org.example.a", pluginPath: "/p.so", settings: "{}", stepID: "draft", runID: "0123abcd",
                task: "{\"goal\":\"Ünïcode 🎼\"}", baseCommit: "", attempt: 1,
                deadlineUnixNanoseconds: .max, seed: .max, flags: 2)),
        .reply(call: 7, status: -12, document: []),
        .reply(call: .max, status: 0, document: [UInt8](repeating: 7, count: 100_000)),
        .chunk(call: 1, kind: 0, bytes: [0, 255]),
        .execute(call: 0, CommandOrder(arguments: ["sh", "-c", "echo 'x y'"], timeLimitMilliseconds: 60_000)),
        .cancel,
        .leave,
    ]

    static let workerFrames: [WorkerFrame] = [
        .ready(Hold()),
        .ready(
            Hold(landlock: 7, filtersCalls: true, notesAttempts: true, countsUsage: true, limitsProcesses: true)),
        .viewFailed(call: "unshare", error: 1),
        .log(level: 6, component: "", message: "line"),
        .progress(permille: -1, message: "reading"),
        .failure(status: -1, message: "no", detail: "{}"),
        .emit(channel: "result", document: Array("{}".utf8)),
        .call(3, service: .model, request: Array("{}".utf8)),
        .abandon(call: 3),
        .output(call: 3, kind: 2, bytes: [10]),
        .executed(call: 3, result: CommandResult(end: .exited(127), milliseconds: 12)),
        .executed(call: 3, result: CommandResult(end: .signalled(9), milliseconds: 0)),
        .executed(call: 3, result: CommandResult(end: .timedOut, milliseconds: .max)),
        .executed(call: 3, result: CommandResult(end: .cancelled, milliseconds: 1)),
        .executed(call: 3, result: CommandResult(end: .notStarted(2), milliseconds: 1)),
        .returned(status: .min),
    ]

    @Test("a frame of the host is read as it was written", arguments: hostFrames)
    func hostRoundTrip(frame: HostFrame) throws {
        #expect(try HostFrame(decoding: Array(frame.encoded.dropFirst(4))) == frame)
    }

    @Test("a frame of the worker is read as it was written", arguments: workerFrames)
    func workerRoundTrip(frame: WorkerFrame) throws {
        #expect(try WorkerFrame(decoding: Array(frame.encoded.dropFirst(4))) == frame)
    }

    @Test("a report of a guard is read as it was written")
    func reports() throws {
        let reports: [GuardReport] =
            AttemptKind.allCases.map { .attempt($0, subject: "/etc/passwd") } + PassedLimit.allCases.map { .limit($0) }

        for report in reports {
            #expect(try GuardReport(decoding: Array(report.encoded.dropFirst(4))) == report)
        }
        #expect(throws: WireError.self) { try GuardReport(decoding: [1]) }
        #expect(throws: WireError.self) { try GuardReport(decoding: [2, 99]) }
    }

    @Test("a frame that is cut anywhere is refused, never read beyond its end")
    func cutFrames() {
        for frame in Self.workerFrames {
            let bytes = Array(frame.encoded.dropFirst(4))
            for length in 0..<bytes.count {
                #expect(throws: WireError.self) { try WorkerFrame(decoding: Array(bytes.prefix(length))) }
            }
            #expect(throws: WireError.self) { try WorkerFrame(decoding: bytes + [0]) }
        }
    }

    @Test("random bytes are read or refused, and never crash")
    func randomBytes() {
        let seed = UInt64.random(in: .min ... .max)
        var generator = SeededGenerator(state: seed)
        for _ in 0..<20_000 {
            let bytes = (0..<Int.random(in: 0...40, using: &generator)).map { _ in
                UInt8.random(in: .min ... .max, using: &generator)
            }
            // What is read has to be written again as the same bytes: there is one encoding only.
            if let frame = try? WorkerFrame(decoding: bytes), !String(describing: frame).contains("\u{FFFD}") {
                #expect(Array(frame.encoded.dropFirst(4)) == bytes, "seed \(seed)")
            }
            if let frame = try? HostFrame(decoding: bytes), !String(describing: frame).contains("\u{FFFD}") {
                #expect(Array(frame.encoded.dropFirst(4)) == bytes, "seed \(seed)")
            }
        }
    }

    @Test("a list that claims more texts than its frame can hold is refused before memory is reserved")
    func lyingList() {
        // execute, call 0, four thousand million arguments
        #expect(throws: WireError(reason: "a list is longer than its frame")) {
            try HostFrame(decoding: [5, 0, 0, 0, 0, 255, 255, 255, 255, 0, 0])
        }
    }

    @Test("a worker of another version is told apart")
    func otherVersion() throws {
        let frame = HostFrame.enter(ViewOrder(root: [47], overlay: nil, temporary: [], linkVersion: 99))

        #expect(throws: WireError(reason: "the host speaks link version 99, this worker \(linkVersion)")) {
            try HostFrame(decoding: Array(frame.encoded.dropFirst(4)))
        }
    }
}

@Suite("Cutting a stream into frames")
struct FrameSplitterTests {
    @Test("frames are found wherever the stream is cut", arguments: [1, 2, 3, 7, 64, 4096])
    func cutAnywhere(size: Int) throws {
        let stream = FrameTests.workerFrames.flatMap(\.encoded)
        var splitter = FrameSplitter()
        var frames: [WorkerFrame] = []

        for start in stride(from: 0, to: stream.count, by: size) {
            splitter.append(stream[start..<min(start + size, stream.count)])
            while let bytes = try splitter.next() { frames.append(try WorkerFrame(decoding: bytes)) }
        }

        #expect(frames == FrameTests.workerFrames)
    }

    @Test("a length of 0, and one beyond the limit, are refused", arguments: [0, WireLimit.frameBytesMax + 1])
    func impossibleLength(length: Int) throws {
        var splitter = FrameSplitter()

        splitter.append((0..<4).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) })

        #expect(throws: WireError.self) { try splitter.next() }
    }
}
