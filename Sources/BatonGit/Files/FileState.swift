// Exactly what stands at one path of the working directory.

import Glibc

/// A file or a link with all that has to come back if it is taken away; nil stands for nothing, or a directory.
///
/// Bytes are those of the working file, before any of git's conversions.
struct FileState: Hashable {
    var kind: Kind
    /// A link's target.
    var bytes: [UInt8]
    /// The permission bits of a file; 0 for a link.
    var permissions: UInt16

    enum Kind: Hashable {
        case file, link
    }

    /// A new file, with the permissions that the umask leaves.
    static func file(_ bytes: [UInt8], executable: Bool) -> FileState {
        FileState(kind: .file, bytes: bytes, permissions: (executable ? 0o777 : 0o666) & ~currentMask)
    }

    static func link(_ target: [UInt8]) -> FileState {
        FileState(kind: .link, bytes: target, permissions: 0)
    }

    /// The owner may execute it; git looks at no other bit.
    var isExecutable: Bool { permissions & 0o100 != 0 }

    var mode: TreeEntry.Mode {
        switch kind {
        case .link: .symlink
        case .file: isExecutable ? .executable : .file
        }
    }

    /// True if git could not tell the two apart.
    func isSame(as other: FileState) -> Bool {
        kind == other.kind && isExecutable == other.isExecutable && bytes == other.bytes
    }

    /// The state with other permissions to execute, for all who may read.
    func executable(_ executable: Bool) -> FileState {
        var state = self
        let readers = (permissions & 0o444) >> 2
        state.permissions = executable ? permissions | readers : permissions & ~0o111
        return state
    }

    /// The process's umask, read once: reading it means setting it.
    private static let currentMask: UInt16 = {
        let mask = umask(0o022)
        umask(mask)
        return UInt16(mask & 0o777)
    }()
}

extension FileState? {
    /// True if git could not tell the two apart.
    func isSame(as other: FileState?) -> Bool {
        switch (self, other) {
        case (nil, nil): true
        case (let left?, let right?): left.isSame(as: right)
        default: false
        }
    }
}
