// An open repository and the objects in it.

import CGit2
import SystemPackage

/// An open git repository.
///
/// libgit2 objects belong to one thread at a time. A repository is therefore neither copyable nor `Sendable`; it lives
/// inside one call of ``GitStore``, which opens it anew each time, so that what others changed meanwhile is seen.
struct Repository: ~Copyable {
    private let handle: GitHandle

    /// The C object, valid for as long as this value lives.
    var pointer: OpaquePointer { handle.pointer }

    /// Opens the repository at `path`, or, if `searching`, the one that contains it.
    ///
    /// The corresponding C function is `git_repository_open_ext`. It costs about 0.1 ms.
    init(at path: FilePath, searching: Bool = false) throws(GitError) {
        try check("git_libgit2_init") { GitLibrary.state }
        let flags = searching ? 0 : GIT_REPOSITORY_OPEN_NO_SEARCH.rawValue
        self.handle = try GitHandle("git_repository_open_ext", freeing: git_repository_free) { created in
            path.withPlatformString { git_repository_open_ext(&created, $0, flags, nil) }
        }
    }
}

// MARK: - Objects

extension Repository {
    /// The commit named `id`.
    func commit(_ id: ObjectID) throws(GitError) -> GitHandle {
        var id = id.raw
        return try GitHandle("git_commit_lookup", freeing: git_commit_free) { git_commit_lookup(&$0, pointer, &id) }
    }

    /// The first parent of `commit`; nil if it has none.
    func firstParent(of commit: borrowing GitHandle) -> ObjectID? {
        git_commit_parent_id(commit.pointer, 0).map { ObjectID($0.pointee) }
    }

    /// The tree named `id`.
    func tree(_ id: ObjectID) throws(GitError) -> GitHandle {
        var id = id.raw
        return try GitHandle("git_tree_lookup", freeing: git_tree_free) { git_tree_lookup(&$0, pointer, &id) }
    }

    /// The blob named `id`.
    func blob(_ id: ObjectID) throws(GitError) -> GitHandle {
        var id = id.raw
        return try GitHandle("git_blob_lookup", freeing: git_blob_free) { git_blob_lookup(&$0, pointer, &id) }
    }

    /// The bytes of the blob named `id`, as they are stored.
    func content(of id: ObjectID) throws(GitError) -> [UInt8] {
        let blob = try blob(id)
        let size = Int(git_blob_rawsize(blob.pointer))
        return [UInt8](UnsafeRawBufferPointer(start: git_blob_rawcontent(blob.pointer), count: size))
    }

    /// The tree of the commit named `commit`; nil stands for the time before the first commit.
    func snapshot(of commit: ObjectID?) throws(GitError) -> Snapshot {
        guard let commit else { return Snapshot(tree: nil) }
        let handle = try self.commit(commit)
        guard let id = git_commit_tree_id(handle.pointer) else { return Snapshot(tree: nil) }
        return Snapshot(tree: try tree(ObjectID(id.pointee)))
    }
}

/// All files of one commit.
struct Snapshot: ~Copyable {
    private let tree: OptionalGitHandle

    init(tree: consuming GitHandle?) {
        self.tree = OptionalGitHandle(tree)
    }

    /// The C object, valid for as long as this value lives; nil before the first commit.
    var pointer: OpaquePointer? { tree.pointer }

    /// The tree's name; nil before the first commit.
    var id: ObjectID? {
        pointer.flatMap { git_tree_id($0) }.map { ObjectID($0.pointee) }
    }

    /// What is at `path`; nil for nothing and for a directory.
    func entry(at path: FilePath) throws(GitError) -> TreeEntry? {
        guard case .some(let found) = try lookUp(path) else { return nil }
        guard let id = git_tree_entry_id(found.pointer) else { return nil }
        return TreeEntry(mode: git_tree_entry_filemode(found.pointer).rawValue, id: id.pointee)
    }

    /// The paths of all entries below the directory at `path`; empty if it is no directory.
    func paths(below path: FilePath, in repository: borrowing Repository) throws(GitError) -> [FilePath] {
        guard case .some(let found) = try lookUp(path), let id = git_tree_entry_id(found.pointer),
            git_tree_entry_type(found.pointer) == GIT_OBJECT_TREE
        else { return [] }
        let tree = try repository.tree(ObjectID(id.pointee))
        var paths: [FilePath] = []
        for index in 0..<git_tree_entrycount(tree.pointer) {
            guard let entry = git_tree_entry_byindex(tree.pointer, index), let name = git_tree_entry_name(entry) else {
                continue
            }
            let child = path.appending(FilePath(platformString: name).components)
            if git_tree_entry_type(entry) == GIT_OBJECT_TREE {
                paths += try self.paths(below: child, in: repository)
            } else {
                paths.append(child)
            }
        }
        return paths
    }

    private func lookUp(_ path: FilePath) throws(GitError) -> GitHandle? {
        guard let pointer else { return nil }
        return try GitError.nilIfNotFound { () throws(GitError) in
            try GitHandle("git_tree_entry_bypath", freeing: git_tree_entry_free) { found in
                path.withPlatformString { git_tree_entry_bypath(&found, pointer, $0) }
            }
        }
    }
}
