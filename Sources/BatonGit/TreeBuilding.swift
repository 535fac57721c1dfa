// Makes the tree of a landing out of HEAD's tree and a few changed paths.

import CGit2
import Glibc
import SystemPackage

/// One path of a tree that changes; nil as `entry` removes it.
struct TreeChange {
    var path: FilePath
    var entry: TreeEntry?
}

extension Repository {
    /// Writes the tree that has `changes` applied to `base`.
    ///
    /// Costs time in proportion to the changed directories, whatever the size of the repository. A path to be removed
    /// must exist in `base`.
    ///
    /// libgit2 1.5 cannot turn a file into a directory or back in one call, so all removals go first. Source:
    /// libgit2 1.5.1 `tree.c`, `git_tree_create_updated`.
    func writeTree(_ base: borrowing Snapshot, applying changes: [TreeChange]) throws(GitError) -> ObjectID {
        let removals = changes.filter { $0.entry == nil }
        let upserts = changes.filter { $0.entry != nil }
        guard !removals.isEmpty else { return try update(base, upserts) }
        let reduced = try update(base, removals)
        guard !upserts.isEmpty else { return reduced }
        return try update(Snapshot(tree: try tree(reduced)), upserts)
    }

    private func update(_ base: borrowing Snapshot, _ changes: [TreeChange]) throws(GitError) -> ObjectID {
        // libgit2 keeps the pointers until the call returns.
        let paths = changes.map { change in change.path.withPlatformString { strdup($0) } }
        defer { for path in paths { free(path) } }
        let updates = zip(changes, paths).map { change, path in
            git_tree_update(
                action: change.entry == nil ? GIT_TREE_UPDATE_REMOVE : GIT_TREE_UPDATE_UPSERT,
                id: change.entry?.id.raw ?? git_oid(),
                filemode: git_filemode_t(rawValue: change.entry?.mode.rawValue ?? 0),
                path: path
            )
        }
        var id = git_oid()
        try check("git_tree_create_updated") {
            git_tree_create_updated(&id, pointer, base.pointer, updates.count, updates)
        }
        return ObjectID(id)
    }
}
