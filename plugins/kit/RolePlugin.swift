// The tables that a plugin shows to the host. SPDX-License-Identifier: MIT

public import CBatonPlugin
import Synchronization

/// A plugin: one or more roles behind the C entry.
///
/// A plugin's one exported function is all that has to be written beside its roles:
///
/// ```swift
/// public import BatonPluginKit
/// public import CBatonPlugin
///
/// private let plugin = RolePlugin(Greeter.self)
///
/// @c @implementation
/// public func baton_plugin_entry_v1() -> UnsafePointer<baton_entry>? { plugin.entry }
/// ```
///
/// A library has one plugin, because the C functions that list roles take no argument that could tell two apart.
public struct RolePlugin: Sendable {
    private static let made = Mutex<[Registration]>([])

    // Safe: the table is written before the pointer is seen, and never again.
    /// What the exported function returns: always the same pointer, valid until the process ends.
    nonisolated(unsafe) public let entry: UnsafePointer<baton_entry>

    /// Makes the tables; to be called once in a library.
    public init<First: Role, each Other: Role>(_ first: First.Type, _ other: repeat (each Other).Type) {
        var registrations = [Registration(First.self)]
        for type in repeat each other {
            registrations.append(Registration(type))
        }
        Self.made.withLock { made in
            precondition(made.isEmpty, "a library has one RolePlugin, with all its roles")
            made = registrations
        }
        var entry = baton_entry()
        entry.struct_size = UInt32(MemoryLayout<baton_entry>.size)
        entry.abi_major = UInt32(BATON_ABI_MAJOR)
        entry.abi_minor = UInt32(BATON_ABI_MINOR)
        entry.`init` = { _ in baton_status(BATON_OK) }
        entry.`deinit` = {}
        entry.get_factory = { id in
            guard let id, String(cString: id) == BATON_ROLE_FACTORY else { return nil }
            return UnsafeRawPointer(RolePlugin.factory)
        }
        self.entry = Immortal.table(entry)
    }

    // Safe: written once, before the pointer is seen.
    nonisolated(unsafe) private static let factory = {
        var factory = baton_role_factory()
        factory.struct_size = UInt32(MemoryLayout<baton_role_factory>.size)
        factory.count = { UInt32(RolePlugin.registrations.count) }
        factory.descriptor = { index in
            let registrations = RolePlugin.registrations
            return index < registrations.count ? registrations[Int(index)].descriptor : nil
        }
        factory.create = { host, id in
            guard let host, let id else { return nil }
            let name = String(cString: id)
            guard let found = RolePlugin.registrations.first(where: { $0.id == name }) else { return nil }
            return makeRoleTable(found.make(host), found.descriptor)
        }
        return Immortal.table(factory)
    }()

    private static var registrations: [Registration] { made.withLock { $0 } }
}

/// A role that the plugin offers.
private struct Registration: Sendable {
    let id: String
    // Safe: the table is written before the pointer is seen, and never again.
    nonisolated(unsafe) let descriptor: UnsafePointer<baton_role_desc>
    let make: @Sendable (UnsafePointer<baton_host>) -> AnyRoleBox

    init<Kind: Role>(_ type: Kind.Type) {
        let descriptor = Kind.descriptor
        id = descriptor.id
        do {
            self.descriptor = Immortal.table(try descriptor.table())
        } catch {
            preconditionFailure("the descriptor of '\(descriptor.id)' cannot be written as JSON: \(error)")
        }
        make = { RoleBox<Kind>(host: $0) }
    }
}
