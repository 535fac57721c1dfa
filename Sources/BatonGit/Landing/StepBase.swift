// What a step starts from.

package import BatonCore
package import SystemPackage

/// What a step starts from: a commit, a moment, and the content of files that it is known to write.
package struct StepBase: Sendable {
    /// HEAD's commit when the step started; nil before the first.
    package let commit: String?
    /// A moment before the step could read anything; a file whose change time is not before it may be newer.
    package var started: FileTime
    /// What stood at some paths when the step started; a path in here with nothing had nothing.
    let known: [FilePath: FileState?]

    /// Paths that are looked at when a step starts, at most; for others HEAD's version has to do where a file changes
    /// while the step runs.
    package static let knownPathsMax = 64

    /// - Parameters:
    ///   - commit: In full; nil before the first.
    ///   - started: See ``started``.
    package init(commit: String?, started: FileTime) {
        self.init(commit: commit, started: started, known: [:])
    }

    init(commit: String?, started: FileTime, known: [FilePath: FileState?]) {
        self.commit = commit
        self.started = started
        self.known = known
    }
}

/// What a step changed, ready to be judged and landed.
///
/// Holds contents, so that it outlives the step's view.
package struct Proposal: Sendable {
    package let base: StepBase
    /// What the step itself changed, without what only looks so because the user changed a file meanwhile.
    package let delta: Delta
    /// Paths that git ignores; neither committed nor written.
    package let ignored: [FilePath]
    let changes: [ProposedChange]

    package var isEmpty: Bool { changes.isEmpty }
}

/// One path that a step changed.
struct ProposedChange: Sendable {
    var path: FilePath
    /// What stood there when the step started, as well as it can be known.
    var before: FileState?
    /// What the step left.
    var after: FileState?
    /// What HEAD had there when the step started.
    var base: TreeEntry?
    /// ``before`` and ``after`` as git keeps them; the contents are in ``storedBytes``.
    var stored: PathChange.Ends<TreeEntry>
    /// Nil where ``stored`` is nil.
    var storedBytes: PathChange.Ends<[UInt8]>

    /// The user had changes there that were not committed.
    var wasDirty: Bool { stored.from != base }
    /// The file was the user's, and git did not track it.
    var wasUntracked: Bool { base == nil && stored.from != nil }

    var change: PathChange {
        PathChange(
            path: path, stored: stored, file: PathChange.Ends(from: before, to: after), isUncommitted: wasUntracked)
    }
}
