// How much a commit changed, file by file.

import CGit2
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

/// One path in which two commits differ; nil stands for nothing.
struct PathDifference {
    var path: FilePath
    var old: TreeEntry?
    var new: TreeEntry?
}

extension Repository {
    /// What `commit` changed against its first parent, sorted by path.
    func stats(of commit: ObjectID) throws(GitError) -> [FileStat] {
        let differences = try differences(
            from: snapshot(of: firstParent(of: self.commit(commit))),
            to: snapshot(of: commit)
        )
        var stats: [FileStat] = []
        for difference in differences { stats.append(try stat(difference)) }
        return stats
    }

    /// How `difference` looks in a diffstat.
    func stat(_ difference: PathDifference) throws(GitError) -> FileStat {
        var stat = FileStat(difference.path, difference.kind)
        let old = try blob(difference.old)
        let new = try blob(difference.new)
        let patch = try GitHandle("git_patch_from_blobs", freeing: git_patch_free) { patch in
            difference.path.withPlatformString {
                git_patch_from_blobs(&patch, old.pointer, $0, new.pointer, $0, nil)
            }
        }
        try check("git_patch_line_stats") {
            git_patch_line_stats(nil, &stat.addedLines, &stat.removedLines, patch.pointer)
        }
        if let delta = git_patch_get_delta(patch.pointer) {
            stat.isBinary = delta.pointee.flags & GIT_DIFF_FLAG_BINARY.rawValue != 0
        }
        return stat
    }

    /// The blob of `entry`; nil for a submodule, whose commit is in another repository.
    private func blob(_ entry: TreeEntry?) throws(GitError) -> OptionalGitHandle {
        guard let entry, entry.mode != .submodule else { return OptionalGitHandle(nil) }
        return OptionalGitHandle(try blob(entry.id))
    }

    /// The paths in which `new` differs from `old`, sorted; renames are a removal and an addition.
    func differences(from old: borrowing Snapshot, to new: borrowing Snapshot) throws(GitError) -> [PathDifference] {
        var options = git_diff_options()
        try check("git_diff_options_init") { git_diff_options_init(&options, UInt32(GIT_DIFF_OPTIONS_VERSION)) }
        options.flags = GIT_DIFF_INCLUDE_TYPECHANGE.rawValue
        let diff = try GitHandle("git_diff_tree_to_tree", freeing: git_diff_free) {
            git_diff_tree_to_tree(&$0, pointer, old.pointer, new.pointer, &options)
        }
        return (0..<git_diff_num_deltas(diff.pointer)).compactMap { index in
            git_diff_get_delta(diff.pointer, index).flatMap { PathDifference($0.pointee) }
        }
    }
}

extension PathDifference {
    init?(_ delta: git_diff_delta) {
        guard let path = delta.new_file.path ?? delta.old_file.path else { return nil }
        self.path = FilePath(platformString: path)
        // Of a side that does not exist the mode is 0, which makes no entry.
        self.old = TreeEntry(mode: UInt32(delta.old_file.mode), id: delta.old_file.id)
        self.new = TreeEntry(mode: UInt32(delta.new_file.mode), id: delta.new_file.id)
    }

    var kind: FileStat.Kind {
        old == nil ? .added : new == nil ? .removed : .modified
    }
}
