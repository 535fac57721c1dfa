// What to do where a step's change does not fit what stands there by now.

/// What happens to a path whose change overlaps one that somebody else made meanwhile.
package enum ConflictRule: String, Hashable, Sendable, CaseIterable {
    /// Nothing is landed, and the paths are named.
    case fail
    /// What stands there stays; the step's version is kept on its hidden reference.
    case ours
    /// The step's version is taken; what stood there is kept by the operation, and `undo` brings it back.
    case theirs
    /// The step is run again on what stands there.
    case rerun
    /// The person is asked for one of `ours`, `theirs` and `fail`.
    case ask
}
