// The state of a working file as git's index keeps it.

import BatonCore
import CGit2

extension FileStamp {
    /// True if the file did not change since git looked at it.
    ///
    /// Nanoseconds are compared where git kept them; most builds of git compare whole seconds only. Source: git 2.39
    /// `read-cache.c`, `match_stat_data`.
    func matches(_ entry: git_index_entry) -> Bool {
        size & 0xFFFF_FFFF == Int(entry.file_size)
            && UInt32(truncatingIfNeeded: inode) == entry.ino
            && modified.matches(entry.mtime)
            && changed.matches(entry.ctime)
    }
}

extension FileTime {
    func matches(_ time: git_index_time) -> Bool {
        Int32(truncatingIfNeeded: seconds) == time.seconds
            && (time.nanoseconds == 0 || nanoseconds == Int(time.nanoseconds))
    }

    var indexTime: git_index_time {
        git_index_time(seconds: Int32(truncatingIfNeeded: seconds), nanoseconds: UInt32(nanoseconds))
    }
}
