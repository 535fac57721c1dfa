// What a directory held at one moment, and how to see that a file was not touched since.

import BatonCore
import Glibc
import SystemPackage

/// What the system says of a file without its content being read.
///
/// Two equal stamps of one path mean equal content, unless the later one is as young as the file system can tell.
struct Stamp: Hashable, Sendable {
    let inode: UInt64
    let size: Int64
    let mode: UInt32
    let modified: FileTime
    let changed: FileTime

    init(_ status: stat) {
        inode = UInt64(status.st_ino)
        size = Int64(status.st_size)
        mode = UInt32(status.st_mode)
        modified = FileTime(seconds: status.st_mtim.tv_sec, nanoseconds: status.st_mtim.tv_nsec)
        changed = FileTime(seconds: status.st_ctim.tv_sec, nanoseconds: status.st_ctim.tv_nsec)
    }

    /// Nil if nothing is there.
    init?(at path: FilePath) {
        var status = stat()
        guard path.withPlatformString({ lstat($0, &status) }) == 0 else { return nil }
        self.init(status)
    }

    /// True if a later change of the file could bear the same times: they are not before `moment`.
    func isRacy(after moment: FileTime) -> Bool { max(modified, changed) >= moment }
}

/// What a directory and its copy held when the copy was made.
struct Manifest: Sendable {
    struct Entry: Sendable {
        let entry: FileEntry
        /// The original's, taken before it was read.
        let source: Stamp
        /// The copy's, taken after it was written.
        let copy: Stamp
    }

    /// Files, links and folders, by paths that are relative to the directory.
    var entries: [FilePath: Entry] = [:]
    /// A moment after everything was copied.
    var finished = FileTime(seconds: 0, nanoseconds: 0)
}

extension FileTime {
    /// Now, never later than the stamp of a file that changes afterwards, which the finer clock can be.
    ///
    /// Source: Linux `current_time()`, which takes the coarse clock unless a file was looked at.
    static func kernelNow() -> FileTime {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME_COARSE, &now)
        return FileTime(seconds: now.tv_sec, nanoseconds: now.tv_nsec)
    }
}
