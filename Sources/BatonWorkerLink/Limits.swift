// What a step may use of the machine.

/// What a step may use at most; 0 means no limit.
///
/// Reference: docs/isolation.md, "Limits".
package struct ResourceLimits: Hashable, Sendable {
    /// Resident memory of all its processes together.
    package var memoryBytes: UInt64
    /// Processes at once.
    package var processes: UInt64
    /// Size of one file.
    package var fileBytes: UInt64
    /// Disk space of all that it has written.
    package var writtenBytes: UInt64
    /// Processor time of all its processes together.
    package var processorSeconds: UInt64

    package init(
        memoryBytes: UInt64, processes: UInt64, fileBytes: UInt64, writtenBytes: UInt64, processorSeconds: UInt64
    ) {
        self.memoryBytes = memoryBytes
        self.processes = processes
        self.fileBytes = fileBytes
        self.writtenBytes = writtenBytes
        self.processorSeconds = processorSeconds
    }

    /// The limits of a step whose recipe says nothing else.
    package static let standard = ResourceLimits(
        memoryBytes: 4 << 30, processes: 512, fileBytes: 1 << 30, writtenBytes: 4 << 30, processorSeconds: 30 * 60)
}

/// A limit of ``ResourceLimits`` that a step has passed.
///
/// The numbers of the first four are the `BATON_LIMIT_…` of baton_linux.h.
package enum PassedLimit: UInt8, Hashable, Sendable, CaseIterable {
    case memory = 1
    case processes = 2
    case written = 3
    case processorTime = 4
    /// The kernel's own, told by the signal that it sends.
    case file = 5
}

/// What a step tried and was kept from; the numbers are the `BATON_ATTEMPT_…` of baton_linux.h.
package enum AttemptKind: UInt8, Hashable, Sendable, CaseIterable {
    case write = 1
    case remove = 2
    case connect = 3
}

/// What holds a step in, besides its view.
package struct Hold: Hashable, Sendable {
    /// The ABI of the Landlock rules in force; 0: none.
    package var landlock: Int32
    /// System calls that no role needs are refused.
    package var filtersCalls: Bool
    /// Attempts to write outside of the view, and to connect, are noted.
    package var notesAttempts: Bool
    /// Memory, processes and processor time are added up.
    package var countsUsage: Bool
    /// The kernel itself refuses a process too many.
    package var limitsProcesses: Bool

    package init(
        landlock: Int32 = 0, filtersCalls: Bool = false, notesAttempts: Bool = false, countsUsage: Bool = false,
        limitsProcesses: Bool = false
    ) {
        self.landlock = landlock
        self.filtersCalls = filtersCalls
        self.notesAttempts = notesAttempts
        self.countsUsage = countsUsage
        self.limitsProcesses = limitsProcesses
    }
}
