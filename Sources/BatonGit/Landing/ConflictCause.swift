// Why a change does not fit.

/// Why a change does not fit at one path.
enum ConflictCause: Int, Comparable {
    /// The step changed lines that the user had not committed, or a file that git does not track.
    case uncommitted
    case untracked
    /// Somebody changed the file while the step ran.
    case changedMeanwhile
    /// A commit made since changed the same lines.
    case committedSince
    /// What the user has staged overlaps.
    case staged
    /// A file stands where a directory has to be, or the other way round.
    case inTheWay

    static func < (left: ConflictCause, right: ConflictCause) -> Bool { left.rawValue < right.rawValue }
}
