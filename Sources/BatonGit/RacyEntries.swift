// Keeps edits visible that were made in the second in which the index was written.

import CGit2
import SystemPackage

/// Marks those entries whose file changed without any sign that git looks at.
///
/// git compares times by whole seconds, and knows that a file stamped in the second in which the index was written can
/// have changed since. Once the index is written anew that doubt is gone, and such an edit would never be seen again;
/// so whoever writes it has to look at the files in question and make their stamps useless. libgit2 does that by
/// nanoseconds only. Source: git 2.39 `Documentation/technical/racy-git.txt`.
func markRacyEntries(
    of index: borrowing IndexFile,
    written: FileStamp.Time,
    in working: WorkingDirectory,
    _ repository: borrowing Repository
) {
    for pointer in index.entries(stampedSince: written) {
        let entry = pointer.pointee
        guard let name = entry.path, git_index_entry_stage(pointer) == 0,
            let known = TreeEntry(mode: entry.mode, id: entry.id), known.mode != .submodule
        else { continue }
        let path = FilePath(platformString: name)
        // What cannot be looked at has other signs of a change, or none that git could see either.
        guard let stamp = try? working.look(at: path).stamp,
            stamp.size & 0xFFFF_FFFF == Int(entry.file_size), stamp.modified.seconds == Int(entry.mtime.seconds)
        else { continue }
        if stamp.matches(entry), stamp.modified < written { continue }
        if (try? working.blobID(of: path, stamp, in: repository)) != known.id {
            // libgit2 marks in the same way: no file that changed has a size of 0 there.
            UnsafeMutablePointer(mutating: pointer).pointee.file_size = 0
        }
    }
}
