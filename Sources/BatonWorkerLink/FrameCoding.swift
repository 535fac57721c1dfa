// How each frame is written and read.

extension HostFrame {
    /// The frame as bytes, with its length in front.
    package var encoded: [UInt8] {
        switch self {
        case .enter(let order):
            var writer = WireWriter(kind: 1)
            order.write(to: &writer)
            return writer.finished()
        case .perform(let order):
            var writer = WireWriter(kind: 2)
            order.write(to: &writer)
            return writer.finished()
        case .reply(let call, let status, let document):
            var writer = WireWriter(kind: 3)
            writer.put(call)
            writer.put(status)
            writer.put(document)
            return writer.finished()
        case .chunk(let call, let kind, let bytes):
            var writer = WireWriter(kind: 4)
            writer.put(call)
            writer.put(kind)
            writer.put(bytes)
            return writer.finished()
        case .execute(let call, let order):
            var writer = WireWriter(kind: 5)
            writer.put(call)
            writer.put(order.arguments)
            writer.put(order.directory)
            writer.put(order.timeLimitMilliseconds)
            return writer.finished()
        case .cancel:
            return WireWriter(kind: 6).finished()
        case .leave:
            return WireWriter(kind: 7).finished()
        }
    }

    /// Reads a frame without its length.
    package init(decoding frame: [UInt8]) throws(WireError) {
        var reader = WireReader(frame[...])
        switch try reader.number(UInt8.self) {
        case 1: self = .enter(try ViewOrder(reading: &reader))
        case 2: self = .perform(try RoleOrder(reading: &reader))
        case 3: self = .reply(call: try reader.number(), status: try reader.number(), document: try reader.bytes())
        case 4: self = .chunk(call: try reader.number(), kind: try reader.number(), bytes: try reader.bytes())
        case 5:
            let call = try reader.number(UInt32.self)
            let arguments = try reader.texts()
            let directory = try reader.text()
            let limit = try reader.number(UInt32.self)
            guard !arguments.isEmpty else { throw WireError(reason: "a command has no program") }
            let order = CommandOrder(arguments: arguments, directory: directory, timeLimitMilliseconds: limit)
            self = .execute(call: call, order)
        case 6: self = .cancel
        case 7: self = .leave
        case let kind: throw WireError(reason: "no frame for workers is of kind \(kind)")
        }
        try reader.end()
    }
}

extension WorkerFrame {
    /// The frame as bytes, with its length in front.
    package var encoded: [UInt8] {
        switch self {
        case .ready(let hold):
            var writer = WireWriter(kind: 1)
            hold.write(to: &writer)
            return writer.finished()
        case .viewFailed(let call, let error):
            var writer = WireWriter(kind: 2)
            writer.put(call)
            writer.put(error)
            return writer.finished()
        case .log(let level, let component, let message):
            var writer = WireWriter(kind: 3)
            writer.put(level)
            writer.put(component)
            writer.put(message)
            return writer.finished()
        case .progress(let permille, let message):
            var writer = WireWriter(kind: 4)
            writer.put(permille)
            writer.put(message)
            return writer.finished()
        case .failure(let status, let message, let detail):
            var writer = WireWriter(kind: 5)
            writer.put(status)
            writer.put(message)
            writer.put(detail)
            return writer.finished()
        case .emit(let channel, let document):
            var writer = WireWriter(kind: 6)
            writer.put(channel)
            writer.put(document)
            return writer.finished()
        case .call(let call, let service, let request):
            var writer = WireWriter(kind: 7)
            writer.put(call)
            writer.put(service.rawValue)
            writer.put(request)
            return writer.finished()
        case .abandon(let call):
            var writer = WireWriter(kind: 8)
            writer.put(call)
            return writer.finished()
        case .output(let call, let kind, let bytes):
            var writer = WireWriter(kind: 9)
            writer.put(call)
            writer.put(kind)
            writer.put(bytes)
            return writer.finished()
        case .executed(let call, let result):
            var writer = WireWriter(kind: 10)
            writer.put(call)
            result.write(to: &writer)
            return writer.finished()
        case .returned(let status):
            var writer = WireWriter(kind: 11)
            writer.put(status)
            return writer.finished()
        }
    }

    /// Reads a frame without its length.
    ///
    /// The worker is not trusted: it shares its memory with a plugin.
    package init(decoding frame: [UInt8]) throws(WireError) {
        var reader = WireReader(frame[...])
        switch try reader.number(UInt8.self) {
        case 1: self = .ready(try Hold(reading: &reader))
        case 2: self = .viewFailed(call: try reader.text(), error: try reader.number())
        case 3:
            self = .log(level: try reader.number(), component: try reader.text(), message: try reader.text())
        case 4: self = .progress(permille: try reader.number(), message: try reader.text())
        case 5:
            self = .failure(status: try reader.number(), message: try reader.text(), detail: try reader.text())
        case 6: self = .emit(channel: try reader.text(), document: try reader.bytes())
        case 7:
            let call = try reader.number(UInt32.self)
            let code = try reader.number(UInt8.self)
            guard let service = HostService(rawValue: code) else {
                throw WireError(reason: "there is no service \(code)")
            }
            self = .call(call, service: service, request: try reader.bytes())
        case 8: self = .abandon(call: try reader.number())
        case 9: self = .output(call: try reader.number(), kind: try reader.number(), bytes: try reader.bytes())
        case 10: self = .executed(call: try reader.number(), result: try CommandResult(reading: &reader))
        case 11: self = .returned(status: try reader.number())
        case let kind: throw WireError(reason: "no frame of workers is of kind \(kind)")
        }
        try reader.end()
    }
}

extension GuardReport {
    /// The report as bytes, with its length in front; the guard, which is C, writes the same.
    package var encoded: [UInt8] {
        switch self {
        case .attempt(let kind, let subject):
            var writer = WireWriter(kind: 1)
            writer.put(kind.rawValue)
            writer.putRest(subject.utf8)
            return writer.finished()
        case .limit(let limit):
            var writer = WireWriter(kind: 2)
            writer.put(limit.rawValue)
            return writer.finished()
        }
    }

    /// Reads a report without its length.
    package init(decoding frame: [UInt8]) throws(WireError) {
        var reader = WireReader(frame[...])
        let kind = try reader.number(UInt8.self)
        let what = try reader.number(UInt8.self)
        switch kind {
        case 1:
            guard let attempt = AttemptKind(rawValue: what) else {
                throw WireError(reason: "no attempt is of kind \(what)")
            }
            self = .attempt(attempt, subject: reader.textToEnd())
        case 2:
            guard let limit = PassedLimit(rawValue: what) else { throw WireError(reason: "there is no limit \(what)") }
            self = .limit(limit)
        default: throw WireError(reason: "no report is of kind \(kind)")
        }
        try reader.end()
    }
}

extension Hold {
    fileprivate func write(to writer: inout WireWriter) {
        writer.put(landlock)
        for flag in [filtersCalls, notesAttempts, countsUsage, limitsProcesses] { writer.put(flag) }
    }

    fileprivate init(reading reader: inout WireReader) throws(WireError) {
        self.init(
            landlock: try reader.number(), filtersCalls: try reader.flag(), notesAttempts: try reader.flag(),
            countsUsage: try reader.flag(), limitsProcesses: try reader.flag()
        )
    }
}

extension ResourceLimits {
    fileprivate func write(to writer: inout WireWriter) {
        for value in [memoryBytes, processes, fileBytes, writtenBytes, processorSeconds] { writer.put(value) }
    }

    fileprivate init(reading reader: inout WireReader) throws(WireError) {
        self.init(
            memoryBytes: try reader.number(), processes: try reader.number(), fileBytes: try reader.number(),
            writtenBytes: try reader.number(), processorSeconds: try reader.number()
        )
    }
}

extension ViewOrder {
    fileprivate func write(to writer: inout WireWriter) {
        writer.put(linkVersion)
        writer.put(root)
        writer.put(temporary)
        writer.put(network)
        limits.write(to: &writer)
        writer.put(overlay != nil)
        guard let overlay else { return }
        writer.put(overlay.upper)
        writer.put(overlay.work)
        writer.put(overlay.git ?? [])
        writer.put(overlay.server ?? [])
    }

    fileprivate init(reading reader: inout WireReader) throws(WireError) {
        let version = try reader.number(UInt32.self)
        guard version == BatonWorkerLink.linkVersion else {
            throw WireError(
                reason: "the host speaks link version \(version), this worker \(BatonWorkerLink.linkVersion)")
        }
        let root = try reader.bytes()
        let temporary = try reader.bytes()
        let network = try reader.flag()
        let limits = try ResourceLimits(reading: &reader)
        var overlay: Overlay?
        if try reader.flag() {
            let upper = try reader.bytes()
            let work = try reader.bytes()
            let git = try reader.bytes()
            let server = try reader.bytes()
            overlay = Overlay(
                upper: upper, work: work, git: git.isEmpty ? nil : git, server: server.isEmpty ? nil : server)
        }
        self.init(
            root: root, overlay: overlay, temporary: temporary, network: network, limits: limits, linkVersion: version)
    }
}

extension RoleOrder {
    fileprivate func write(to writer: inout WireWriter) {
        writer.put(roleID)
        writer.put(pluginPath)
        writer.put(settings)
        writer.put(stepID)
        writer.put(runID)
        writer.put(task)
        writer.put(baseCommit)
        writer.put(attempt)
        writer.put(deadlineUnixNanoseconds)
        writer.put(seed)
        writer.put(flags)
    }

    fileprivate init(reading reader: inout WireReader) throws(WireError) {
        self.init(
            roleID: try reader.text(), pluginPath: try reader.text(), settings: try reader.text(),
            stepID: try reader.text(), runID: try reader.text(), task: try reader.text(),
            baseCommit: try reader.text(), attempt: try reader.number(),
            deadlineUnixNanoseconds: try reader.number(), seed: try reader.number(), flags: try reader.number()
        )
    }
}

extension CommandResult {
    fileprivate func write(to writer: inout WireWriter) {
        let (kind, value): (UInt8, Int32) =
            switch end {
            case .exited(let status): (1, status)
            case .signalled(let signal): (2, signal)
            case .timedOut: (3, 0)
            case .cancelled: (4, 0)
            case .notStarted(let error): (5, error)
            }
        writer.put(kind)
        writer.put(value)
        writer.put(milliseconds)
    }

    fileprivate init(reading reader: inout WireReader) throws(WireError) {
        let kind = try reader.number(UInt8.self)
        let value = try reader.number(Int32.self)
        let end: End =
            switch kind {
            case 1: .exited(value)
            case 2: .signalled(value)
            case 3: .timedOut
            case 4: .cancelled
            case 5: .notStarted(value)
            default: throw WireError(reason: "no command ends in way \(kind)")
            }
        self.init(end: end, milliseconds: try reader.number())
    }
}
