// git's index by way of libgit2.

import BatonCore
import CGit2
import SystemPackage

extension LibGit2Access {
    /// Reading and writing an index costs time in proportion to the number of files in the repository; it is by far the
    /// most expensive part of a landing.
    func openIndex(at path: FilePath) throws(GitError) -> any GitIndex {
        try LibGit2Index(at: path, of: self)
    }
}

/// An index file, read once.
///
/// The corresponding C function is `git_index_open`; it fails for the extensions `link` (split index) and `sdir` (sparse
/// index).
private final class LibGit2Index: GitIndex {
    private let handle: GitHandle
    private let access: LibGit2Access
    /// When the file was last written; nil if there is none yet.
    private let written: FileTime?

    init(at path: FilePath, of access: LibGit2Access) throws(GitError) {
        self.written = try? path.lastComponent.flatMap { name throws(Errno) in
            try Directory(at: path.removingLastComponent()).stamp(of: name)?.modified
        }
        self.handle = try GitHandle("git_index_open", freeing: git_index_free) { created in
            path.withPlatformString { git_index_open(&created, $0) }
        }
        self.access = access
    }

    func contents(at paths: [FilePath]) throws(GitError) -> IndexContents {
        var contents = IndexContents()
        for path in paths {
            add(path, to: &contents)
            var position = 0
            let prefix = path.bytes.map { CChar(bitPattern: $0) } + [0x2F, 0]
            guard git_index_find_prefix(&position, handle.pointer, prefix) == 0 else { continue }
            while let name = git_index_get_byindex(handle.pointer, position)?.pointee.path {
                let candidate = FilePath(platformString: name)
                guard candidate.starts(with: path) else { break }
                add(candidate, to: &contents)
                position += 1
            }
        }
        return contents
    }

    private func add(_ path: FilePath, to contents: inout IndexContents) {
        let isConflicted = (1...3).contains { stage in
            path.withPlatformString { git_index_get_bypath(handle.pointer, $0, Int32(stage)) } != nil
        }
        if isConflicted { contents.conflicted.insert(path) }
        guard let found = path.withPlatformString({ git_index_get_bypath(handle.pointer, $0, 0) })?.pointee,
            let entry = TreeEntry(mode: found.mode, id: ObjectID(found.id))
        else { return }
        let flags = UInt32(found.flags_extended)
        contents.entries[path] = IndexEntry(
            entry: entry,
            isSkipped: flags & GIT_INDEX_ENTRY_SKIP_WORKTREE.rawValue != 0,
            isIntentToAdd: flags & GIT_INDEX_ENTRY_INTENT_TO_ADD.rawValue != 0
        )
    }

    // MARK: Writing

    func write(applying changes: [IndexChange]) throws(GitError) {
        if let written { markRacyEntries(written: written) }
        for change in changes where change.entry == nil { try remove(change.path) }
        for change in changes {
            guard let entry = change.entry else { continue }
            try set(change.path, to: entry, stamp: change.stamp)
        }
        try check("git_index_write") { git_index_write(handle.pointer) }
    }

    private func set(_ path: FilePath, to entry: TreeEntry, stamp: FileStamp?) throws(GitError) {
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

    private func remove(_ path: FilePath) throws(GitError) {
        _ = try GitError.nilIfNotFound { () throws(GitError) in
            try check("git_index_remove") { path.withPlatformString { git_index_remove(handle.pointer, $0, 0) } }
        }
    }

    // MARK: Racy entries

    /// Marks those entries whose file changed without any sign that git looks at.
    ///
    /// git compares times by whole seconds, and knows that a file stamped in the second in which the index was written
    /// can have changed since. Once the index is written anew that doubt is gone, and such an edit would never be seen
    /// again; so whoever writes it has to look at the files in question and make their stamps useless. libgit2 does that
    /// by nanoseconds only, and only for an index that belongs to a repository.
    private func markRacyEntries(written: FileTime) {
        guard let root = git_repository_workdir(access.pointer) else { return }
        let working = WorkingDirectory(root: FilePath(platformString: root))
        for position in 0..<git_index_entrycount(handle.pointer) {
            guard let pointer = git_index_get_byindex(handle.pointer, position),
                Int(pointer.pointee.mtime.seconds) >= written.seconds
            else { continue }
            mark(pointer, ifChangedSince: written, in: working)
        }
    }

    private func mark(
        _ pointer: UnsafePointer<git_index_entry>, ifChangedSince written: FileTime, in working: WorkingDirectory
    ) {
        let entry = pointer.pointee
        guard let name = entry.path, git_index_entry_stage(pointer) == 0,
            let known = TreeEntry(mode: entry.mode, id: ObjectID(entry.id)), known.mode != .submodule
        else { return }
        let path = FilePath(platformString: name)
        // What cannot be looked at has other signs of a change, or none that git could see either.
        guard let stamp = try? working.look(at: path).stamp,
            stamp.size & 0xFFFF_FFFF == Int(entry.file_size), stamp.modified.seconds == Int(entry.mtime.seconds)
        else { return }
        if stamp.matches(entry), stamp.modified < written { return }
        guard (try? access.storedID(ofFileAt: path, stamp, in: working)) != known.id else { return }
        // libgit2 marks in the same way: no file that changed has a size of 0 there.
        UnsafeMutablePointer(mutating: pointer).pointee.file_size = 0
    }
}

extension GitAccess {
    /// The name of the blob that git would store for the file or link at `path`; nil for anything else.
    func storedID(ofFileAt path: FilePath, _ stamp: FileStamp, in working: WorkingDirectory) throws -> ObjectID? {
        switch stamp.kind {
        case .symlink: try blobID(of: working.linkTarget(of: path))
        case .file: try blobID(of: stored(working.content(of: path), at: path, strict: false))
        case .directory, .other: nil
        }
    }
}
