// Reading C tables of any size, and making ones that live for ever. SPDX-License-Identifier: MIT

import CBatonPlugin

/// A table of the other side as far as its `struct_size` goes; what lies beyond is zero, so a missing function is nil.
///
/// The same as asking `BATON_HAS` for each field. `Table` has to be a struct that begins with `struct_size`.
func readTable<Table: BitwiseCopyable>(_ pointer: UnsafePointer<Table>) -> Table {
    let source = UnsafeRawPointer(pointer)
    let size = min(Int(source.load(as: UInt32.self)), MemoryLayout<Table>.size)
    return withUnsafeTemporaryAllocation(of: Table.self, capacity: 1) { buffer in
        let bytes = UnsafeMutableRawBufferPointer(buffer)
        bytes.initializeMemory(as: UInt8.self, repeating: 0)
        bytes.copyMemory(from: UnsafeRawBufferPointer(start: source, count: size))
        return bytes.load(as: Table.self)
    }
}

/// The text of a borrowed string, wrong UTF-8 repaired; empty if it is absent.
func text(_ string: baton_str) -> String {
    String(decoding: bytes(string), as: UTF8.self)
}

/// A copy of borrowed bytes.
func bytes(_ string: baton_str) -> [UInt8] {
    guard let start = string.ptr else { return [] }
    return Array(UnsafeRawBufferPointer(start: start, count: Int(clamping: string.len)))
}

/// Lends text to C for one call.
func withBatonString<Result>(_ text: String, _ body: (baton_str) throws -> Result) rethrows -> Result {
    try withBatonString(Array(text.utf8), body)
}

/// Lends bytes to C for one call.
func withBatonString<Result>(_ bytes: [UInt8], _ body: (baton_str) throws -> Result) rethrows -> Result {
    try bytes.withUnsafeBufferPointer { buffer in
        try buffer.withMemoryRebound(to: CChar.self) { characters in
            try body(baton_str(ptr: characters.baseAddress, len: UInt64(characters.count)))
        }
    }
}

/// Memory that is never given back, for what has to live until the process ends.
enum Immortal {
    static func table<Table>(_ value: Table) -> UnsafePointer<Table> {
        let pointer = UnsafeMutablePointer<Table>.allocate(capacity: 1)
        pointer.initialize(to: value)
        return UnsafePointer(pointer)
    }

    /// An absent string for nil.
    static func string(_ text: String?) -> baton_str {
        guard let text else { return baton_str() }
        return baton_str(ptr: cString(text), len: UInt64(text.utf8.count))
    }

    /// A list of strings ended by NULL; NULL if there are none.
    static func list(_ texts: [String]) -> UnsafePointer<UnsafePointer<CChar>?>? {
        guard !texts.isEmpty else { return nil }
        let pointer = UnsafeMutablePointer<UnsafePointer<CChar>?>.allocate(capacity: texts.count + 1)
        for (index, text) in texts.enumerated() {
            (pointer + index).initialize(to: cString(text))
        }
        (pointer + texts.count).initialize(to: nil)
        return UnsafePointer(pointer)
    }

    private static func cString(_ text: String) -> UnsafePointer<CChar> {
        let characters = text.utf8CString
        let pointer = UnsafeMutablePointer<CChar>.allocate(capacity: characters.count)
        for (index, character) in characters.enumerated() {
            (pointer + index).initialize(to: character)
        }
        return UnsafePointer(pointer)
    }
}

extension RoleDescriptor {
    /// The C form.
    func table() throws -> baton_role_desc {
        var table = baton_role_desc()
        table.struct_size = UInt32(MemoryLayout<baton_role_desc>.size)
        table.min_abi_minor = 0
        table.id = Immortal.string(id)
        table.name = Immortal.string(name)
        table.vendor = Immortal.string(vendor)
        table.version = Immortal.string(version)
        table.license = Immortal.string(license)
        table.url = Immortal.string(url)
        table.description = Immortal.string(description)
        table.kind = Immortal.string(kind.rawValue)
        table.config_schema = Immortal.string(try settingsSchema?.document.text())
        table.output_schema = Immortal.string(try outputSchema?.document.text())
        table.permissions = Immortal.list(permissions.map(\.rawValue))
        table.features = Immortal.list(features)
        return table
    }
}

extension Step {
    /// A step as the host hands it over.
    init(_ pointer: UnsafePointer<baton_step>) throws {
        let table = readTable(pointer)
        let task = try decoded(TaskDocument.self, from: bytes(table.task), as: "task")
        let root = text(table.workspace_root)
        self.init(
            goal: task.goal,
            workspace: Workspace(root: root.isEmpty ? "." : root),
            context: task.context,
            reads: task.reads,
            writes: task.writes,
            parameters: task.parameters,
            limits: task.limits,
            id: text(table.step_id),
            runID: text(table.run_id),
            attempt: Int(table.attempt),
            seed: table.seed,
            isDryRun: table.flags & UInt32(BATON_STEP_DRY_RUN) != 0,
            isInteractive: table.flags & UInt32(BATON_STEP_INTERACTIVE) != 0
        )
        deadlineUnixNanoseconds = table.deadline_unix_ns == 0 ? nil : table.deadline_unix_ns
        baseCommit = table.base_commit.ptr == nil ? nil : text(table.base_commit)
    }
}
