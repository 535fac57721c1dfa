// Loads a plugin and finds its roles. SPDX-License-Identifier: MIT

import BatonWorkerLink
import CBatonPlugin
import Glibc

/// Why a plugin cannot be used.
struct PluginFault: Error {
    var status: Int = BATON_E_FAILED
    let message: String
}

/// A plugin that has been loaded and initialised.
///
/// The library is never unloaded: code of a Swift library can still be running on a pool thread, and its metadata stays
/// registered with the runtime. The process ends instead.
struct LoadedPlugin {
    private let factory: UnsafePointer<baton_role_factory>

    /// Loads the library that is open on `descriptor`.
    ///
    /// The descriptor is the one that the host hashed, so what is loaded is what was checked.
    init(descriptor: Int32, path: String) throws(PluginFault) {
        guard let library = dlopen("/proc/self/fd/\(descriptor)", RTLD_NOW | RTLD_LOCAL | Int32(RTLD_NODELETE)) else {
            let reason = dlerror().map { String(cString: $0) } ?? "no reason given"
            throw PluginFault(message: "the plugin cannot be loaded: \(reason)")
        }
        guard let symbol = dlsym(library, "baton_plugin_entry_v1") else {
            throw PluginFault(message: "the file is no plugin: it does not export 'baton_plugin_entry_v1'")
        }
        typealias EntryFunction = @convention(c) () -> UnsafePointer<baton_entry>?
        // The symbol's type is fixed by its name; see baton_plugin.h.
        guard let entry = unsafeBitCast(symbol, to: EntryFunction.self)() else {
            throw PluginFault(message: "the plugin's entry function returned nothing")
        }
        guard entry.pointee.abi_major == UInt32(BATON_ABI_MAJOR) else {
            throw PluginFault(
                status: BATON_E_UNSUPPORTED,
                message: "the plugin needs plugin ABI \(entry.pointee.abi_major), this Baton has \(BATON_ABI_MAJOR)"
            )
        }
        guard entry.pointee.struct_size >= UInt32(MemoryLayout<baton_entry>.size),
            let initialize = entry.pointee.`init`, let getFactory = entry.pointee.get_factory
        else { throw PluginFault(message: "the plugin's entry is too small or lacks 'init' or 'get_factory'") }

        let status = initialize(HostInfo(pluginPath: path).pointer)
        guard status == BATON_OK else {
            throw PluginFault(status: Int(status), message: "the plugin could not be prepared (status \(status))")
        }
        guard let table = getFactory(BATON_ROLE_FACTORY) else {
            throw PluginFault(message: "the plugin has no roles: no factory '\(BATON_ROLE_FACTORY)'")
        }
        self.factory = table.assumingMemoryBound(to: baton_role_factory.self)
        guard factory.pointee.struct_size >= UInt32(MemoryLayout<baton_role_factory>.size) else {
            throw PluginFault(message: "the plugin's role factory is too small")
        }
    }

    /// Makes the role with that id.
    func makeRole(_ id: String, host: UnsafePointer<baton_host>) throws(PluginFault) -> UnsafeMutablePointer<baton_role>
    {
        guard let role = factory.pointee.create?(host, id) else {
            throw PluginFault(status: BATON_E_UNSUPPORTED, message: "the plugin has no role '\(id)'")
        }
        let table = role.pointee
        let needed = MemoryLayout<baton_role>.offset(of: \baton_role.get_extension) ?? 0
        guard table.struct_size >= UInt32(needed), table.run != nil, table.destroy != nil else {
            throw PluginFault(message: "role '\(id)' is too small or lacks 'run' or 'destroy'")
        }
        return role
    }
}

/// What the plugin is told of its host.
///
/// Lives until the process ends, as the ABI says.
private struct HostInfo {
    let pointer: UnsafePointer<baton_host_info>

    init(pluginPath: String) {
        let info = UnsafeMutablePointer<baton_host_info>.allocate(capacity: 1)
        info.initialize(to: baton_host_info())
        info.pointee.struct_size = UInt32(MemoryLayout<baton_host_info>.size)
        info.pointee.abi_major = UInt32(BATON_ABI_MAJOR)
        info.pointee.abi_minor = UInt32(BATON_ABI_MINOR)
        info.pointee.host_name = immortal("baton")
        info.pointee.host_version = immortal(workerVersion)
        info.pointee.plugin_path = immortal(pluginPath)
        self.pointer = UnsafePointer(info)
    }
}

/// A copy of `text` that is never freed.
private func immortal(_ text: String) -> baton_str {
    let bytes = UnsafeMutablePointer<CChar>.allocate(capacity: text.utf8.count + 1)
    for (index, byte) in text.utf8.enumerated() { bytes[index] = CChar(bitPattern: byte) }
    bytes[text.utf8.count] = 0
    return baton_str(ptr: bytes, len: UInt64(text.utf8.count))
}
