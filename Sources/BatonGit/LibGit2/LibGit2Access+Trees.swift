// Git by way of libgit2: trees.

import CGit2
import Glibc
import SystemPackage

extension LibGit2Access {
    private func lookUpTree(_ id: ObjectID?) throws(GitError) -> OptionalGitHandle {
        guard let id else { return OptionalGitHandle(nil) }
        var raw = id.raw
        return OptionalGitHandle(
            try GitHandle("git_tree_lookup", freeing: git_tree_free) { git_tree_lookup(&$0, pointer, &raw) })
    }

    func entries(at paths: [FilePath], in tree: ObjectID?) throws(GitError) -> [FilePath: TreeEntry] {
        let tree = try lookUpTree(tree)
        var found: [FilePath: TreeEntry] = [:]
        for path in paths {
            guard case .some(let entry) = try find(path, in: tree), let id = git_tree_entry_id(entry.pointer) else {
                continue
            }
            let mode = git_tree_entry_filemode(entry.pointer).rawValue
            found[path] = TreeEntry(mode: mode, id: ObjectID(id.pointee))
        }
        return found
    }

    private func find(_ path: FilePath, in tree: borrowing OptionalGitHandle) throws(GitError) -> GitHandle? {
        guard let pointer = tree.pointer else { return nil }
        return try GitError.nilIfNotFound { () throws(GitError) in
            try GitHandle("git_tree_entry_bypath", freeing: git_tree_entry_free) { found in
                path.withPlatformString { git_tree_entry_bypath(&found, pointer, $0) }
            }
        }
    }

    func paths(below path: FilePath, in tree: ObjectID?) throws(GitError) -> [FilePath] {
        guard case .some(let found) = try find(path, in: lookUpTree(tree)), let id = git_tree_entry_id(found.pointer),
            git_tree_entry_type(found.pointer) == GIT_OBJECT_TREE
        else { return [] }
        return try paths(inTree: ObjectID(id.pointee), at: path)
    }

    private func paths(inTree id: ObjectID, at path: FilePath) throws(GitError) -> [FilePath] {
        let tree = try lookUpTree(id)
        guard let pointer = tree.pointer else { return [] }
        var paths: [FilePath] = []
        for index in 0..<git_tree_entrycount(pointer) {
            guard let entry = git_tree_entry_byindex(pointer, index), let name = git_tree_entry_name(entry),
                let id = git_tree_entry_id(entry)
            else { continue }
            let child = path.appending(FilePath(platformString: name).components)
            if git_tree_entry_type(entry) == GIT_OBJECT_TREE {
                paths += try self.paths(inTree: ObjectID(id.pointee), at: child)
            } else {
                paths.append(child)
            }
        }
        return paths
    }

    func differences(from old: ObjectID?, to new: ObjectID?) throws(GitError) -> [PathDifference] {
        let old = try lookUpTree(old)
        let new = try lookUpTree(new)
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

    /// libgit2 1.5 cannot turn a file into a directory or back in one call, so all removals go first.
    ///
    /// Source: libgit2 1.5.1 `tree.c`, `git_tree_create_updated`.
    func writeTree(_ base: ObjectID?, applying changes: [TreeChange]) throws(GitError) -> ObjectID {
        let removals = changes.filter { $0.entry == nil }
        let upserts = changes.filter { $0.entry != nil }
        guard !removals.isEmpty else { return try update(base, upserts) }
        let reduced = try update(base, removals)
        return upserts.isEmpty ? reduced : try update(reduced, upserts)
    }

    private func update(_ base: ObjectID?, _ changes: [TreeChange]) throws(GitError) -> ObjectID {
        let base = try lookUpTree(base)
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

extension PathDifference {
    init?(_ delta: git_diff_delta) {
        guard let path = delta.new_file.path ?? delta.old_file.path else { return nil }
        self.path = FilePath(platformString: path)
        // Of a side that does not exist the mode is 0, which makes no entry.
        self.old = TreeEntry(mode: UInt32(delta.old_file.mode), id: ObjectID(delta.old_file.id))
        self.new = TreeEntry(mode: UInt32(delta.new_file.mode), id: ObjectID(delta.new_file.id))
    }
}
