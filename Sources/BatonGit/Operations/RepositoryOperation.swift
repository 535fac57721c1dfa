// One thing that Baton did to a repository.

package import BatonCore
package import SystemPackage

/// One thing that Baton did to a repository: what it was about, and what it changed, exactly.
///
/// Kept as a commit on a hidden reference, with all contents, so that it can be taken back exactly.
///
/// Design: docs/design/0002-landing.md.
package struct RepositoryOperation: Hashable, Sendable {
    /// The commit that keeps it.
    package var id: String
    package var kind: Kind
    /// Seconds since 1970.
    package var time: Int
    /// What was done, such as "land step 'draft' of run 0769ac92".
    package var title: String
    /// The steps that it is about.
    package var steps: [StepOfRun]
    /// The short name of the branch; `HEAD` if it was detached.
    package var branch: String
    /// HEAD's commit before and after; nil for none.
    package var old: String?
    package var new: String?
    /// The operation that this one takes back.
    package var of: String?
    /// The paths that it changed, sorted.
    package var paths: [FilePath]

    package enum Kind: String, Sendable, CaseIterable {
        case land, undo, redo, revert, restore, squash
    }
}

/// One step of one run.
package struct StepOfRun: Hashable, Sendable, CustomStringConvertible {
    package var run: RunID
    package var step: StepName

    package init(_ run: RunID, _ step: StepName) {
        self.run = run
        self.step = step
    }

    package var description: String { "\(run) \(step)" }
}

/// An operation as it is kept.
struct OperationRecord: Hashable {
    var kind: RepositoryOperation.Kind
    var time: Int
    var title: String
    var steps: [StepOfRun]
    /// The full name of the reference that it moved.
    var reference: String
    var old: ObjectID?
    var new: ObjectID?
    /// The operation before this one, on whatever branch.
    var previous: ObjectID?
    /// The operation that this one takes back.
    var of: ObjectID?
    /// What `undo` takes back next once this one is taken back.
    var under: ObjectID?
    /// The undo that `redo` takes back next once this operation, if it is itself an undo, is taken back.
    var redoUnder: ObjectID?
    var paths: [RecordedPath]

    /// What was done in the first place: undoing and redoing it is about the same thing.
    var deed: String {
        var deed = title[...]
        while let kind = [RepositoryOperation.Kind.undo, .redo].first(where: { deed.hasPrefix($0.rawValue + " ") }) {
            deed = deed.dropFirst(kind.rawValue.count + 1)
        }
        return String(deed)
    }

    /// What `undo` takes back after this operation, which has the name `id`.
    func standing(_ id: ObjectID) -> ObjectID? { kind == .undo ? under : id }

    /// What `redo` takes back after it.
    func redoable(_ id: ObjectID) -> ObjectID? {
        switch kind {
        case .undo: id
        case .redo: redoUnder
        case .land, .revert, .restore, .squash: nil
        }
    }
}

/// What an operation did to one path.
struct RecordedPath: Hashable {
    var path: FilePath
    var before: RecordedStates
    var after: RecordedStates
}

/// ``PathStates`` with the file's content as the name of a blob, whose bytes are the file's own, unconverted.
struct RecordedStates: Hashable {
    var head: TreeEntry?
    var index: TreeEntry?
    var file: RecordedFile?
}

struct RecordedFile: Hashable {
    var mode: TreeEntry.Mode
    var permissions: UInt16
    var content: ObjectID
}
