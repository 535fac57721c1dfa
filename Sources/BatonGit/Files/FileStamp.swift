// What the file system says about one name.

import BatonCore
import Glibc

/// The state of one name in the file system: what git keeps in its index to see that a file did not change.
struct FileStamp: Hashable {
    var kind: Kind
    /// The bits that chmod(2) sets.
    var permissions: UInt16
    var size: Int
    var inode: UInt64
    var device: UInt64
    var owner: UInt32
    var group: UInt32
    var modified: FileTime
    var changed: FileTime

    enum Kind: Hashable {
        case file, symlink, directory, other
    }

    init(_ info: stat) {
        kind =
            switch info.st_mode & S_IFMT {
            case S_IFREG: .file
            case S_IFLNK: .symlink
            case S_IFDIR: .directory
            default: .other
            }
        permissions = UInt16(info.st_mode & 0o7777)
        size = Int(info.st_size)
        inode = UInt64(info.st_ino)
        device = UInt64(info.st_dev)
        owner = info.st_uid
        group = info.st_gid
        modified = FileTime(seconds: info.st_mtim.tv_sec, nanoseconds: info.st_mtim.tv_nsec)
        changed = FileTime(seconds: info.st_ctim.tv_sec, nanoseconds: info.st_ctim.tv_nsec)
    }
}
