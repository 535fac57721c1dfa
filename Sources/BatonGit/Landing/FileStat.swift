// How much a commit changed, file by file.

package import SystemPackage

/// What a commit did to one file.
package struct FileStat: Hashable, Sendable {
    package var path: FilePath
    package var kind: Kind
    /// 0 for a binary file.
    package var addedLines: Int
    /// 0 for a binary file.
    package var removedLines: Int
    package var isBinary: Bool

    package enum Kind: String, Hashable, Sendable {
        case added, modified, removed
    }

    package init(_ path: FilePath, _ kind: Kind, addedLines: Int = 0, removedLines: Int = 0, isBinary: Bool = false) {
        self.path = path
        self.kind = kind
        self.addedLines = addedLines
        self.removedLines = removedLines
        self.isBinary = isBinary
    }
}

extension FileStat {
    /// How a change from `old` to `new` looks in a diffstat.
    init(_ path: FilePath, from old: [UInt8]?, to new: [UInt8]?) throws(GitError) {
        let counts = try TextMerge.lineCounts(from: old, to: new)
        self.init(
            path, old == nil ? .added : new == nil ? .removed : .modified, addedLines: counts?.added ?? 0,
            removedLines: counts?.removed ?? 0, isBinary: counts == nil)
    }

    /// The changes of HEAD in `outcomes`, or, where there is none, those of the file.
    static func stats(of outcomes: [PathOutcome], _ merger: EntryMerger) throws(GitError) -> [FileStat] {
        var stats: [FileStat] = []
        for outcome in outcomes {
            if outcome.before.head != outcome.after.head {
                let old = try outcome.before.head.map { entry throws(GitError) in try merger.text(of: entry) }
                let new = try outcome.after.head.map { entry throws(GitError) in try merger.text(of: entry) }
                stats.append(try FileStat(outcome.path, from: old, to: new))
            } else if outcome.before.file != outcome.after.file {
                stats.append(
                    try FileStat(outcome.path, from: outcome.before.file?.bytes, to: outcome.after.file?.bytes))
            }
        }
        return stats
    }
}

extension EntryMerger {
    /// An entry's content; none for a submodule, whose commit is in another repository.
    fileprivate func text(of entry: TreeEntry) throws(GitError) -> [UInt8] {
        entry.mode == .submodule ? [] : try content(of: entry.id)
    }
}
