// The host as a plugin sees it: C tables that lead to the host's end of the socket. SPDX-License-Identifier: MIT

import BatonWorkerLink
import CBatonPlugin
import Glibc

/// The tables of one role, and what stands behind them.
///
/// Made once for the one role that a worker runs, and never freed.
// Safe to share: what changes is in monitors, and the tables are immutable once the initialiser returned.
final class HostTable: @unchecked Sendable {
    let link: HostLink
    private let mainThread = pthread_self()
    private let isOpen = Monitor(true)
    private let blobs = Monitor<Set<UnsafePointer<baton_blob>>>([])

    private let host = UnsafeMutablePointer<baton_host>.allocate(capacity: 1)
    private let model = UnsafeMutablePointer<baton_host_model>.allocate(capacity: 1)
    private let exec = UnsafeMutablePointer<baton_host_exec>.allocate(capacity: 1)
    private let workspace = UnsafeMutablePointer<baton_host_workspace>.allocate(capacity: 1)
    private let ask = UnsafeMutablePointer<baton_host_ask>.allocate(capacity: 1)
    private let state = UnsafeMutablePointer<baton_host_state>.allocate(capacity: 1)
    private let threadCheck = UnsafeMutablePointer<baton_host_thread_check>.allocate(capacity: 1)

    init(link: HostLink) {
        self.link = link
        fillHost()
        fillExtensions()
    }

    var pointer: UnsafePointer<baton_host> { UnsafePointer(host) }

    /// Refuses all further calls and takes all blobs back: run() has returned.
    func close() {
        isOpen.change { $0 = false }
        for blob in blobs.change({ blobs in
            defer { blobs = [] }
            return blobs
        }) { free(blob: blob) }
    }

    // MARK: Tables

    private func fillHost() {
        host.initialize(to: baton_host())
        host.pointee.struct_size = UInt32(MemoryLayout<baton_host>.size)
        host.pointee.abi_major = UInt32(BATON_ABI_MAJOR)
        host.pointee.abi_minor = UInt32(BATON_ABI_MINOR)
        host.pointee.host_data = Unmanaged.passRetained(self).toOpaque()
        host.pointee.get_extension = { host, id in
            guard let table = HostTable.behind(host), let id else { return nil }
            return table.extension(String(cString: id))
        }
        host.pointee.log = { host, level, component, message in
            guard let table = HostTable.openBehind(host) else { return }
            table.link.send(.log(level: level, component: String(component), message: String(message)))
        }
        host.pointee.progress = { host, permille, message in
            guard let table = HostTable.openBehind(host) else { return }
            table.link.send(.progress(permille: min(max(permille, -1), 1000), message: String(message)))
        }
        host.pointee.is_cancelled = { HostTable.behind($0)?.link.isCancelled == true ? 1 : 0 }
        host.pointee.cancel_fd = { HostTable.behind($0)?.link.cancelDescriptor ?? -1 }
        host.pointee.set_error = { host, code, message, detail in
            guard let table = HostTable.openBehind(host) else { return }
            table.link.send(.failure(status: code, message: String(message), detail: String(detail)))
        }
        host.pointee.emit = { host, channel, json in
            guard let table = HostTable.openBehind(host), let channel else { return baton_status(BATON_E_INVALID) }
            return table.emit(String(cString: channel), Array(json))
        }
    }

    private func fillExtensions() {
        model.initialize(to: baton_host_model())
        model.pointee.struct_size = UInt32(MemoryLayout<baton_host_model>.size)
        model.pointee.call = { host, request, sink, out in
            HostTable.call(host, .model, Array(request), sink: sink, out: out)
        }
        exec.initialize(to: baton_host_exec())
        exec.pointee.struct_size = UInt32(MemoryLayout<baton_host_exec>.size)
        exec.pointee.run = { host, request, sink, out in
            HostTable.call(host, .command, Array(request), sink: sink, out: out)
        }
        workspace.initialize(to: baton_host_workspace())
        workspace.pointee.struct_size = UInt32(MemoryLayout<baton_host_workspace>.size)
        workspace.pointee.declare_scratch = { host, path in HostTable.call(host, .scratch, Array(path)) }
        workspace.pointee.declare_artifact = { host, path, kind in
            HostTable.call(host, .artifact, Array(path) + [0] + Array(kind))
        }
        workspace.pointee.changed_paths = { host, out in HostTable.call(host, .changedPaths, [], out: out) }
        ask.initialize(to: baton_host_ask())
        ask.pointee.struct_size = UInt32(MemoryLayout<baton_host_ask>.size)
        ask.pointee.ask = { host, question, out in HostTable.call(host, .ask, Array(question), out: out) }
        state.initialize(to: baton_host_state())
        state.pointee.struct_size = UInt32(MemoryLayout<baton_host_state>.size)
        state.pointee.get = { host, key, out in HostTable.call(host, .stateGet, Array(key), out: out) }
        state.pointee.put = { host, key, value in
            // The key ends at the first 0 byte; an absent value is told from an empty one by a 0 or 1 behind that.
            HostTable.call(host, .statePut, Array(key) + [0, value.ptr == nil ? 0 : 1] + Array(value))
        }
        threadCheck.initialize(to: baton_host_thread_check())
        threadCheck.pointee.struct_size = UInt32(MemoryLayout<baton_host_thread_check>.size)
        threadCheck.pointee.is_main = { host in
            guard let table = HostTable.behind(host) else { return 0 }
            return pthread_equal(table.mainThread, pthread_self()) != 0 ? 1 : 0
        }
    }

    private func `extension`(_ id: String) -> UnsafeRawPointer? {
        switch id {
        case BATON_HOST_MODEL: UnsafeRawPointer(model)
        case BATON_HOST_EXEC: UnsafeRawPointer(exec)
        case BATON_HOST_WORKSPACE: UnsafeRawPointer(workspace)
        case BATON_HOST_ASK: UnsafeRawPointer(ask)
        case BATON_HOST_STATE: UnsafeRawPointer(state)
        case BATON_HOST_THREAD_CHECK: UnsafeRawPointer(threadCheck)
        default: nil
        }
    }

    // MARK: Calls

    private static func behind(_ host: UnsafePointer<baton_host>?) -> HostTable? {
        guard let data = host?.pointee.host_data else { return nil }
        return Unmanaged<HostTable>.fromOpaque(data).takeUnretainedValue()
    }

    /// The table, unless run() has returned: who calls then breaks the contract, and gets nothing.
    private static func openBehind(_ host: UnsafePointer<baton_host>?) -> HostTable? {
        guard let table = behind(host) else { return nil }
        if table.isOpen.change({ $0 }) { return table }
        let message = "the plugin called its host after run() had returned"
        table.link.send(.log(level: Int32(BATON_LOG_PLUGIN_MISBEHAVING), component: "", message: message))
        return nil
    }

    private static let channels: Set<String> = ["result", "message", "artifact", "request"]

    /// The document is parsed by the host, which trusts nothing from here; this catches plain mistakes early.
    private func emit(_ channel: String, _ document: [UInt8]) -> baton_status {
        guard Self.channels.contains(channel) else { return baton_status(BATON_E_UNSUPPORTED) }
        let isSpace = { (byte: UInt8) in byte == 32 || (9...13).contains(byte) }
        guard document.first(where: { !isSpace($0) }) == UInt8(ascii: "{"),
            document.last(where: { !isSpace($0) }) == UInt8(ascii: "}")
        else { return baton_status(BATON_E_INVALID) }
        link.send(.emit(channel: channel, document: document))
        return baton_status(BATON_OK)
    }

    private static func call(
        _ host: UnsafePointer<baton_host>?, _ service: HostService, _ request: [UInt8],
        sink: UnsafePointer<baton_sink>? = nil,
        out: UnsafeMutablePointer<UnsafePointer<baton_blob>?>? = nil
    ) -> baton_status {
        out?.pointee = nil
        guard let table = openBehind(host) else { return baton_status(BATON_E_INVALID) }
        guard request.count < WireLimit.frameBytesMax - 64 else { return baton_status(BATON_E_TOO_LARGE) }
        return table.call(service, request, sink: sink, out: out)
    }

    /// Sends the call and serves it until its reply: chunks go to the sink, commands run here, on the caller's thread.
    private func call(
        _ service: HostService, _ request: [UInt8], sink: UnsafePointer<baton_sink>?,
        out: UnsafeMutablePointer<UnsafePointer<baton_blob>?>?
    ) -> baton_status {
        let number = link.openCall()
        defer { link.closeCall(number) }
        link.send(.call(number, service: service, request: request))
        while let frame = link.next(of: number) {
            switch frame {
            case .chunk(_, let kind, let bytes):
                guard deliver(bytes, kind, to: sink) else {
                    link.send(.abandon(call: number))
                    return baton_status(BATON_E_CANCELLED)
                }
            case .execute(_, let order):
                let result = CommandRunner(link: link).run(order) { kind, bytes in
                    link.send(.output(call: number, kind: kind, bytes: bytes))
                    return deliver(bytes, kind, to: sink)
                }
                link.send(.executed(call: number, result: result))
            case .reply(_, let status, let document):
                if status == BATON_OK, !document.isEmpty { out?.pointee = makeBlob(document) }
                return status
            default:
                return baton_status(BATON_E_INTERNAL)
            }
        }
        return baton_status(BATON_E_CANCELLED)
    }

    private func deliver(_ bytes: [UInt8], _ kind: Int32, to sink: UnsafePointer<baton_sink>?) -> Bool {
        guard let sink, let receive = sink.pointee.receive else { return true }
        return bytes.withUnsafeBytes { buffer in
            let text = baton_str(ptr: buffer.assumingMemoryBound(to: CChar.self).baseAddress, len: UInt64(buffer.count))
            return receive(sink, kind, text) == BATON_OK
        }
    }

    // MARK: Blobs

    private func makeBlob(_ bytes: [UInt8]) -> UnsafePointer<baton_blob> {
        let data = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count)
        for (index, byte) in bytes.enumerated() { data[index] = CChar(bitPattern: byte) }
        let blob = UnsafeMutablePointer<baton_blob>.allocate(capacity: 1)
        blob.initialize(to: baton_blob())
        blob.pointee.struct_size = UInt32(MemoryLayout<baton_blob>.size)
        blob.pointee.data = UnsafePointer(data)
        blob.pointee.size = UInt64(bytes.count)
        blob.pointee.host_data = Unmanaged.passUnretained(self).toOpaque()
        blob.pointee.release = { blob in
            guard let blob, let data = blob.pointee.host_data else { return }
            Unmanaged<HostTable>.fromOpaque(data).takeUnretainedValue().release(blob)
        }
        let pointer = UnsafePointer(blob)
        _ = blobs.change { $0.insert(pointer) }
        return pointer
    }

    /// Freeing twice does nothing: only a blob that is still held is freed.
    private func release(_ blob: UnsafePointer<baton_blob>) {
        if blobs.change({ $0.remove(blob) }) != nil { free(blob: blob) }
    }

    private func free(blob: UnsafePointer<baton_blob>) {
        blob.pointee.data.deallocate()
        blob.deallocate()
    }
}

extension String {
    fileprivate init(_ text: baton_str) {
        self = String(decoding: [UInt8](text), as: UTF8.self)
    }
}

extension [UInt8] {
    fileprivate init(_ text: baton_str) {
        guard let pointer = text.ptr, text.len > 0 else {
            self = []
            return
        }
        self = Array(UnsafeRawBufferPointer(start: pointer, count: Int(clamping: text.len)))
    }
}
