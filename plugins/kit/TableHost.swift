// The host as a role sees it, over the C tables. SPDX-License-Identifier: MIT

import CBatonPlugin
import Synchronization

/// A host behind its C table; extensions that it lacks throw `unavailable`.
struct TableHost: RoleHost {
    /// What the host knows this role by: passed back with every call.
    let pointer: UnsafePointer<baton_host>
    let cancellation: Cancellation
    private let table: baton_host

    init(_ pointer: UnsafePointer<baton_host>, cancellation: Cancellation) {
        self.pointer = pointer
        self.cancellation = cancellation
        table = readTable(pointer)
    }

    // MARK: Always there

    func log(_ level: LogLevel, _ message: String) {
        withBatonString(message) { table.log?(pointer, level.rawValue, baton_str(), $0) }
    }

    func progress(_ message: String, permille: Int?) {
        withBatonString(message) { table.progress?(pointer, Int32(clamping: permille ?? -1), $0) }
    }

    func message(_ text: String) {
        // A remark that does not arrive is no reason to fail.
        try? emit(Remark(text: text), on: "message")
    }

    var isCancelled: Bool {
        cancellation.isRequested || (table.is_cancelled.map { $0(pointer) != 0 } ?? false)
    }

    var cancelDescriptor: Int32? {
        guard let descriptor = table.cancel_fd?(pointer), descriptor >= 0 else { return nil }
        return descriptor
    }

    func emit(_ document: some Encodable, on channel: String) throws {
        let json = try encoded(document)
        guard let emit = table.emit else { throw PluginError(.unavailable, "this host takes no documents") }
        try check(withBatonString(json) { emit(pointer, channel, $0) }, "the host refused the \(channel)")
    }

    func setError(_ error: PluginError) {
        guard let setError = table.set_error else { return }
        let detail = (try? error.detail?.text()) ?? ""
        withBatonString(error.message) { message in
            withBatonString(detail) { setError(pointer, error.status.rawValue, message, $0) }
        }
    }

    // MARK: Extensions

    func callModel(_ request: ModelRequest, receive: ((String) -> Bool)?) throws -> ModelResult {
        guard let call = extensionTable(BATON_HOST_MODEL, baton_host_model.self)?.call else {
            throw PluginError(.unavailable, "this host offers no model")
        }
        let answer = try exchange(encoded(request), "the model could not be asked") { request, out in
            withSink(receive) { call(pointer, request, $0, out) }
        }
        return try decoded(ModelResult.self, from: answer, as: "the model's result")
    }

    func run(_ command: Command) throws -> CommandResult {
        guard let run = extensionTable(BATON_HOST_EXEC, baton_host_exec.self)?.run else {
            throw PluginError(.unavailable, "this host runs no commands")
        }
        let result = try exchange(encoded(command), "'\(command.argv.first ?? "")' could not be run") {
            run(pointer, $0, nil, $1)
        }
        return try decoded(CommandResult.self, from: result, as: "the command's result")
    }

    func ask(_ question: Question) throws -> String {
        guard let ask = extensionTable(BATON_HOST_ASK, baton_host_ask.self)?.ask else {
            if let fallback = question.fallback { return fallback }
            throw PluginError(.unavailable, "this host cannot ask anybody")
        }
        let answer = try exchange(encoded(question), "nobody answered") { ask(pointer, $0, $1) }
        return try decoded(Answer.self, from: answer, as: "the answer").answer
    }

    func declareArtifact(_ path: String, kind: String) {
        let declare = extensionTable(BATON_HOST_WORKSPACE, baton_host_workspace.self)?.declare_artifact
        if let declare {
            withBatonString(path) { path in
                withBatonString(kind) { _ = declare(pointer, path, $0) }
            }
        } else {
            // A remark that does not arrive is no reason to fail.
            try? emit(Artifact(path: path, kind: kind), on: "artifact")
        }
    }

    func declareScratch(_ path: String) throws {
        guard let declare = extensionTable(BATON_HOST_WORKSPACE, baton_host_workspace.self)?.declare_scratch else {
            throw PluginError(.unavailable, "this host takes no remarks about files")
        }
        try check(withBatonString(path) { declare(pointer, $0) }, "'\(path)' cannot be scratch")
    }

    func changedPaths() throws -> [String] {
        guard let changed = extensionTable(BATON_HOST_WORKSPACE, baton_host_workspace.self)?.changed_paths else {
            throw PluginError(.unavailable, "this host does not know what changed")
        }
        let document = try exchange([], "the changed paths could not be read") { changed(pointer, $1) }
        return try decoded(ChangedPaths.self, from: document, as: "the list of changed paths").paths
    }

    func storedValue(for key: String) throws -> [UInt8]? {
        guard let get = extensionTable(BATON_HOST_STATE, baton_host_state.self)?.get else {
            throw PluginError(.unavailable, "this host has no store")
        }
        var blob: UnsafePointer<baton_blob>?
        try check(withBatonString(key) { get(pointer, $0, &blob) }, "'\(key)' could not be read from the store")
        return blob.map(take)
    }

    func store(_ value: [UInt8]?, for key: String) throws {
        guard let put = extensionTable(BATON_HOST_STATE, baton_host_state.self)?.put else {
            throw PluginError(.unavailable, "this host has no store")
        }
        let status = withBatonString(key) { key in
            guard let value else { return put(pointer, key, baton_str()) }
            // An empty value is not an absent one, so its pointer must not be NULL.
            return withBatonString(value + [0]) { put(pointer, key, baton_str(ptr: $0.ptr, len: UInt64(value.count))) }
        }
        try check(status, "'\(key)' could not be written to the store")
    }
}

extension TableHost {
    private func extensionTable<Table: BitwiseCopyable>(_ id: String, _ type: Table.Type) -> Table? {
        guard let found = table.get_extension?(pointer, id) else { return nil }
        return readTable(found.assumingMemoryBound(to: type))
    }

    /// Sends a document and takes the one that comes back.
    private func exchange(
        _ request: [UInt8],
        _ failure: String,
        _ call: (baton_str, UnsafeMutablePointer<UnsafePointer<baton_blob>?>) -> baton_status
    ) throws -> [UInt8] {
        var blob: UnsafePointer<baton_blob>?
        try check(withBatonString(request) { call($0, &blob) }, failure)
        guard let blob else { throw PluginError(.internal, "the host gave no document back") }
        return take(blob)
    }

    /// Copies a blob and gives it back.
    private func take(_ blob: UnsafePointer<baton_blob>) -> [UInt8] {
        let table = readTable(blob)
        defer { table.release?(blob) }
        return bytes(baton_str(ptr: table.data, len: table.size))
    }

    private func check(_ status: baton_status, _ failure: String) throws {
        guard status < 0 else { return }
        throw PluginError(.init(rawValue: status), "\(failure): \(PluginError.Status(rawValue: status).phrase)")
    }

    /// Lends C a sink that hands text to `receive`; none if there is no `receive`.
    private func withSink(
        _ receive: ((String) -> Bool)?,
        _ body: (UnsafePointer<baton_sink>?) -> baton_status
    ) -> baton_status {
        guard let receive else { return body(nil) }
        return withoutActuallyEscaping(receive) { receive in
            let receiver = Receiver(receive)
            return withExtendedLifetime(receiver) {
                var sink = baton_sink()
                sink.struct_size = UInt32(MemoryLayout<baton_sink>.size)
                sink.plugin_data = Unmanaged.passUnretained(receiver).toOpaque()
                sink.receive = { sink, kind, chunk in
                    guard let data = sink?.pointee.plugin_data else { return baton_status(BATON_E_INVALID) }
                    guard kind == baton_chunk_kind(BATON_CHUNK_TEXT) else { return baton_status(BATON_OK) }
                    let receiver = Unmanaged<Receiver>.fromOpaque(data).takeUnretainedValue()
                    return baton_status(receiver.receive(text(chunk)) ? BATON_OK : BATON_E_CANCELLED)
                }
                return withUnsafePointer(to: &sink) { body($0) }
            }
        }
    }
}

/// Holds a closure where C can find it.
private final class Receiver {
    let receive: (String) -> Bool

    init(_ receive: @escaping (String) -> Bool) {
        self.receive = receive
    }
}

/// Whether the role was told to stop; may be set from any thread.
final class Cancellation: Sendable {
    private let flag = Atomic(false)

    var isRequested: Bool { flag.load(ordering: .relaxed) }

    func request() {
        flag.store(true, ordering: .relaxed)
    }
}

extension PluginError.Status {
    /// What a status means, for messages.
    var phrase: String {
        switch self {
        case .invalid: "the request is not valid"
        case .unsupported: "not possible here"
        case .unavailable: "not available"
        case .denied: "not allowed"
        case .cancelled: "the step was stopped"
        case .deadline: "a time limit passed"
        case .budget: "a limit of tokens, money or calls is reached"
        case .transient: "it failed for now; a later try may succeed"
        case .conflict: "somebody else changed the same thing"
        case .tooLarge: "over a size limit"
        case .internal: "a defect of the host"
        default: "it failed"
        }
    }
}
