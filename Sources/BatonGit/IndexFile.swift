// git's index: what is staged.

import CGit2
import SystemPackage

/// The index of the working directory, read once.
///
/// Reading and writing it costs time in proportion to the number of files in the repository; it is by far the most
/// expensive part of a landing.
struct IndexFile: ~Copyable {
    private let handle: GitHandle

    /// Reads the index.
    ///
    /// The corresponding C function is `git_repository_index`; it fails for the extensions `link` (split index) and
    /// `sdir` (sparse index).
    init(of repository: borrowing Repository) throws(GitError) {
        let pointer = repository.pointer
        self.handle = try GitHandle("git_repository_index", freeing: git_index_free) {
            git_repository_index(&$0, pointer)
        }
    }

    /// Reads the index again, whatever this value holds.
    func reread() throws(GitError) {
        try check("git_index_read") { git_index_read(handle.pointer, 1) }
    }

    /// Writes the index, under git's own lock.
    func write() throws(GitError) {
        try check("git_index_write") { git_index_write(handle.pointer) }
    }
}

// MARK: - Entries

extension IndexFile {
    /// What is staged at `path`; nil for nothing.
    func entry(at path: FilePath) -> git_index_entry? {
        path.withPlatformString { git_index_get_bypath(handle.pointer, $0, 0) }?.pointee
    }

    /// Whether `path` is part of a merge that was not resolved.
    func isConflicted(_ path: FilePath) -> Bool {
        (1...3).contains { stage in
            path.withPlatformString { git_index_get_bypath(handle.pointer, $0, Int32(stage)) } != nil
        }
    }

    /// The staged paths below the directory at `path`.
    func paths(below path: FilePath) -> [FilePath] {
        var position = 0
        let prefix = path.withPlatformString { Array(UnsafeBufferPointer(start: $0, count: path.length)) }
        guard git_index_find_prefix(&position, handle.pointer, prefix + [0x2F, 0]) == 0 else { return [] }
        var found: [FilePath] = []
        while let name = git_index_get_byindex(handle.pointer, position)?.pointee.path {
            let candidate = FilePath(platformString: name)
            guard candidate.starts(with: path) else { break }
            found.append(candidate)
            position += 1
        }
        return found
    }

    /// Stages `entry` at `path`.
    ///
    /// `stamp` is the state of the working file; without it git looks at the file the next time it is asked.
    func set(_ path: FilePath, to entry: TreeEntry, stamp: FileStamp?) throws(GitError) {
        var staged = git_index_entry()
        staged.mode = entry.mode.rawValue
        staged.id = entry.id.raw
        if let stamp {
            staged.mtime = stamp.modified.indexTime
            staged.ctime = stamp.changed.indexTime
            staged.dev = UInt32(truncatingIfNeeded: stamp.device)
            staged.ino = UInt32(truncatingIfNeeded: stamp.inode)
            staged.uid = stamp.owner
            staged.gid = stamp.group
            staged.file_size = UInt32(truncatingIfNeeded: stamp.size)
        }
        try check("git_index_add") {
            path.withPlatformString {
                staged.path = $0
                return git_index_add(handle.pointer, &staged)
            }
        }
    }

    /// Removes `path`; it is fine if it is not there.
    func remove(_ path: FilePath) throws(GitError) {
        _ = try GitError.nilIfNotFound { () throws(GitError) in
            try check("git_index_remove") { path.withPlatformString { git_index_remove(handle.pointer, $0, 0) } }
        }
    }

    /// The entries that git stamped in the second in which the index was last written, or later.
    ///
    /// For these the index's own stamp proves nothing: a file can have changed within that second.
    func entries(stampedSince time: FileStamp.Time) -> [UnsafePointer<git_index_entry>] {
        (0..<git_index_entrycount(handle.pointer)).compactMap { position in
            guard let entry = git_index_get_byindex(handle.pointer, position),
                Int(entry.pointee.mtime.seconds) >= time.seconds
            else { return nil }
            return entry
        }
    }
}

extension git_index_entry {
    /// The file is outside of the sparse checkout.
    var isOutsideSparseCheckout: Bool {
        UInt32(flags_extended) & GIT_INDEX_ENTRY_SKIP_WORKTREE.rawValue != 0
    }
}
