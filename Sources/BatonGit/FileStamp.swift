// What the file system says about one name.

import CGit2
import Glibc

/// The state of one name in the file system: what git keeps in its index to see that a file did not change.
struct FileStamp: Hashable {
    var kind: Kind
    /// The owner may execute it; git looks at no other bit.
    var isExecutable: Bool
    var size: Int
    var inode: UInt64
    var device: UInt64
    var owner: UInt32
    var group: UInt32
    var modified: Time
    var changed: Time

    enum Kind: Hashable {
        case file, symlink, directory, other
    }

    /// Seconds since 1970, and nanoseconds.
    struct Time: Hashable, Comparable {
        var seconds: Int
        var nanoseconds: Int

        static func < (left: Time, right: Time) -> Bool {
            (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
        }
    }

    init(_ info: stat) {
        kind =
            switch info.st_mode & S_IFMT {
            case S_IFREG: .file
            case S_IFLNK: .symlink
            case S_IFDIR: .directory
            default: .other
            }
        isExecutable = info.st_mode & S_IXUSR != 0
        size = Int(info.st_size)
        inode = UInt64(info.st_ino)
        device = UInt64(info.st_dev)
        owner = info.st_uid
        group = info.st_gid
        modified = Time(seconds: info.st_mtim.tv_sec, nanoseconds: info.st_mtim.tv_nsec)
        changed = Time(seconds: info.st_ctim.tv_sec, nanoseconds: info.st_ctim.tv_nsec)
    }

    /// The mode that git gives this file; nil for a directory and for what git does not keep.
    var treeMode: TreeEntry.Mode? {
        switch kind {
        case .file: isExecutable ? .executable : .file
        case .symlink: .symlink
        case .directory, .other: nil
        }
    }

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

extension FileStamp.Time {
    func matches(_ time: git_index_time) -> Bool {
        Int32(truncatingIfNeeded: seconds) == time.seconds
            && (time.nanoseconds == 0 || nanoseconds == Int(time.nanoseconds))
    }

    var indexTime: git_index_time {
        git_index_time(seconds: Int32(truncatingIfNeeded: seconds), nanoseconds: UInt32(nanoseconds))
    }
}
