// One role while it exists, behind the C table baton_role. SPDX-License-Identifier: MIT

import CBatonPlugin

/// What `plugin_data` of a `baton_role` points to.
class AnyRoleBox {
    let host: TableHost

    init(host: UnsafePointer<baton_host>) {
        self.host = TableHost(host, cancellation: Cancellation())
    }

    func configure(_ settings: [UInt8]) throws {
        preconditionFailure("a subclass says how")
    }

    func run(_ step: Step) throws {
        preconditionFailure("a subclass says how")
    }

    /// Does `body`; an error goes to the host and comes back as a status.
    func status(of body: () throws -> Void) -> baton_status {
        do {
            try body()
            return baton_status(BATON_OK)
        } catch {
            var reason = error as? PluginError ?? PluginError(.failed, "\(error)")
            // A status that is no failure would make the host believe that the step went well.
            if reason.status.rawValue >= 0 { reason.status = .failed }
            host.setError(reason)
            return reason.status.rawValue
        }
    }
}

/// A role of a certain type.
final class RoleBox<Kind: Role>: AnyRoleBox {
    private var role: Kind?

    override func configure(_ settings: [UInt8]) throws {
        let settings = settings.isEmpty ? Array("{}".utf8) : settings
        try refuseUnknown(try decoded(JSON.self, from: settings, as: "settings"))
        role = try Kind(settings: try decoded(Kind.Settings.self, from: settings, as: "settings"))
    }

    override func run(_ step: Step) throws {
        if role == nil { try configure([]) }
        guard let role else { throw PluginError(.internal, "the role was not made") }
        try host.emit(try role.run(step, host: host), on: "result")
    }

    /// A decoder skips what it does not know, so that a mistyped setting would silently do nothing.
    private func refuseUnknown(_ settings: JSON) throws {
        guard let members = settings.objectValue else { throw PluginError(.invalid, "settings must be an object") }
        guard let known = Kind.descriptor.settingsSchema?.document["properties"]?.objectValue?.keys.sorted() else {
            return
        }
        if let unknown = members.keys.sorted().first(where: { !known.contains($0) }) {
            let names = known.map { "'\($0)'" }.joined(separator: ", ")
            throw PluginError(.invalid, "unknown setting '\(unknown)'; \(Kind.descriptor.name) has \(names)")
        }
    }
}

/// Makes the C table of a role, which owns the box until `destroy`.
func makeRoleTable(
    _ box: AnyRoleBox,
    _ descriptor: UnsafePointer<baton_role_desc>
) -> UnsafeMutablePointer<baton_role> {
    var table = baton_role()
    table.struct_size = UInt32(MemoryLayout<baton_role>.size)
    table.desc = descriptor
    table.plugin_data = Unmanaged.passRetained(box).toOpaque()
    table.configure = { role, settings in
        guard let box = roleBox(of: role) else { return baton_status(BATON_E_INVALID) }
        return box.status { try box.configure(bytes(settings)) }
    }
    table.run = { role, step in
        guard let box = roleBox(of: role), let step else { return baton_status(BATON_E_INVALID) }
        return box.status { try box.run(try Step(step)) }
    }
    table.cancel = { roleBox(of: $0)?.host.cancellation.request() }
    table.destroy = { role in
        guard let role, let data = role.pointee.plugin_data else { return }
        Unmanaged<AnyRoleBox>.fromOpaque(data).release()
        role.deinitialize(count: 1)
        role.deallocate()
    }
    table.get_extension = { _, _ in nil }
    let pointer = UnsafeMutablePointer<baton_role>.allocate(capacity: 1)
    pointer.initialize(to: table)
    return pointer
}

private func roleBox(of role: UnsafeMutablePointer<baton_role>?) -> AnyRoleBox? {
    guard let data = role?.pointee.plugin_data else { return nil }
    return Unmanaged<AnyRoleBox>.fromOpaque(data).takeUnretainedValue()
}
