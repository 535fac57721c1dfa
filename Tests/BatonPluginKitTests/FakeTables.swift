// A host made of C tables, as a plugin meets it.

import BatonPluginKit
import CBatonPlugin

/// A host made of C tables, which records what is called and answers what a test says.
///
/// Used from one thread only.
final class FakeTables {
    var emitted: [String] = []
    var logged: [String] = []
    var progressed: [String] = []
    var errors: [String] = []
    var requests: [String] = []
    var released = 0
    var isCancelled = false
    /// Ids of extensions that are there.
    var extensions: Set<String> = []
    /// What extensions answer.
    var answer = "{}"
    var status = baton_status(BATON_OK)
    /// What a model's answer arrives in.
    var chunks: [String] = []
    /// What the sink returned for each chunk.
    var sinkStatuses: [baton_status] = []
    let host: UnsafeMutablePointer<baton_host>
    private var owned: [UnsafeMutableRawPointer] = []

    /// A host whose table ends after `size` bytes.
    init(size: Int = MemoryLayout<baton_host>.size) {
        host = .allocate(capacity: 1)
        host.initialize(to: baton_host())
        host.pointee.struct_size = UInt32(size)
        host.pointee.abi_major = 1
        host.pointee.host_data = Unmanaged.passUnretained(self).toOpaque()
        fill()
    }

    deinit {
        owned.forEach { $0.deallocate() }
        host.deallocate()
    }

    private func fill() {
        host.pointee.get_extension = { host, id in
            guard let host, let id, let fake = FakeTables.of(host) else { return nil }
            return fake.extensionTable(String(cString: id))
        }
        host.pointee.log = { FakeTables.of($0)?.logged.append("\($1) \(string($3))") }
        host.pointee.progress = { FakeTables.of($0)?.progressed.append("\($1) \(string($2))") }
        host.pointee.is_cancelled = { FakeTables.of($0)?.isCancelled == true ? 1 : 0 }
        host.pointee.cancel_fd = { _ in -1 }
        host.pointee.set_error = { FakeTables.of($0)?.errors.append("\($1) \(string($2)) \(string($3))") }
        host.pointee.emit = { host, channel, json in
            guard let channel else { return baton_status(BATON_E_INVALID) }
            FakeTables.of(host)?.emitted.append("\(String(cString: channel)) \(string(json))")
            return baton_status(BATON_OK)
        }
    }

    private func extensionTable(_ id: String) -> UnsafeRawPointer? {
        guard extensions.contains(id) else { return nil }
        switch id {
        case BATON_HOST_MODEL:
            var table = baton_host_model()
            table.struct_size = UInt32(MemoryLayout<baton_host_model>.size)
            table.call = { host, request, sink, out in FakeTables.of(host)?.reply(request, sink, out) ?? -1 }
            return keep(table)
        case BATON_HOST_EXEC:
            var table = baton_host_exec()
            table.struct_size = UInt32(MemoryLayout<baton_host_exec>.size)
            table.run = { host, request, sink, out in FakeTables.of(host)?.reply(request, sink, out) ?? -1 }
            return keep(table)
        case BATON_HOST_ASK:
            var table = baton_host_ask()
            table.struct_size = UInt32(MemoryLayout<baton_host_ask>.size)
            table.ask = { host, question, out in FakeTables.of(host)?.reply(question, nil, out) ?? -1 }
            return keep(table)
        case BATON_HOST_STATE:
            // An older host, whose table ends before `put`.
            var table = baton_host_state()
            table.struct_size = UInt32(MemoryLayout<baton_host_state>.size - MemoryLayout<UnsafeRawPointer>.size)
            table.get = { host, key, out in FakeTables.of(host)?.reply(key, nil, out) ?? -1 }
            table.put = { _, _, _ in baton_status(BATON_OK) }
            return keep(table)
        default:
            return nil
        }
    }

    private func reply(
        _ request: baton_str,
        _ sink: UnsafePointer<baton_sink>?,
        _ out: UnsafeMutablePointer<UnsafePointer<baton_blob>?>?
    ) -> baton_status {
        requests.append(string(request))
        if let sink, let receive = sink.pointee.receive {
            for chunk in chunks {
                let status = chunk.withCString {
                    receive(sink, baton_chunk_kind(BATON_CHUNK_TEXT), baton_str(ptr: $0, len: UInt64(chunk.utf8.count)))
                }
                sinkStatuses.append(status)
                guard status == BATON_OK else { return baton_status(BATON_E_CANCELLED) }
            }
        }
        guard status == BATON_OK else { return status }
        let bytes = UnsafeMutablePointer<CChar>.allocate(capacity: answer.utf8.count + 1)
        owned.append(UnsafeMutableRawPointer(bytes))
        for (index, byte) in answer.utf8CString.enumerated() { (bytes + index).initialize(to: byte) }
        var blob = baton_blob()
        blob.struct_size = UInt32(MemoryLayout<baton_blob>.size)
        blob.data = UnsafePointer(bytes)
        blob.size = UInt64(answer.utf8.count)
        blob.host_data = Unmanaged.passUnretained(self).toOpaque()
        blob.release = { blob in
            guard let data = blob?.pointee.host_data else { return }
            Unmanaged<FakeTables>.fromOpaque(data).takeUnretainedValue().released += 1
        }
        out?.pointee = keep(blob)?.assumingMemoryBound(to: baton_blob.self)
        return baton_status(BATON_OK)
    }

    private func keep<Table>(_ table: Table) -> UnsafeRawPointer? {
        let pointer = UnsafeMutablePointer<Table>.allocate(capacity: 1)
        pointer.initialize(to: table)
        owned.append(UnsafeMutableRawPointer(pointer))
        return UnsafeRawPointer(pointer)
    }

    static func of(_ host: UnsafePointer<baton_host>?) -> FakeTables? {
        guard let data = host?.pointee.host_data else { return nil }
        return Unmanaged<FakeTables>.fromOpaque(data).takeUnretainedValue()
    }
}

/// The text of a borrowed string.
func string(_ string: baton_str) -> String {
    guard let start = string.ptr else { return "" }
    return String(decoding: UnsafeRawBufferPointer(start: start, count: Int(string.len)), as: UTF8.self)
}

/// Lends a string to C for one call.
func lent<Result>(_ text: String, _ body: (baton_str) -> Result) -> Result {
    text.withCString { body(baton_str(ptr: $0, len: UInt64(text.utf8.count))) }
}
