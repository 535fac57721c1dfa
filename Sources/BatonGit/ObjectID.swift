// Names of git objects, and what a tree says about one path.

import CGit2

/// The name of a git object: 20 bytes of SHA-1.
struct ObjectID: Hashable {
    var raw: git_oid

    init(_ raw: git_oid) {
        self.raw = raw
    }

    /// Nil unless `hex` is exactly 40 hexadecimal digits.
    init?(hex: String) {
        guard hex.utf8.count == 40, hex.utf8.allSatisfy(\.isHexDigit) else { return nil }
        var raw = git_oid()
        guard git_oid_fromstr(&raw, hex) == 0 else { return nil }
        self.raw = raw
    }

    /// 40 lowercase hexadecimal digits.
    var hex: String {
        withUnsafeBytes(of: raw) { bytes in
            bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        }
    }

    static func == (left: ObjectID, right: ObjectID) -> Bool {
        withUnsafeBytes(of: left.raw) { left in
            withUnsafeBytes(of: right.raw) { right in left.elementsEqual(right) }
        }
    }

    func hash(into hasher: inout Hasher) {
        withUnsafeBytes(of: raw) { hasher.combine(bytes: $0) }
    }
}

extension UInt8 {
    /// One of `0-9`, `a-f`, `A-F` in ASCII.
    var isHexDigit: Bool {
        (0x30...0x39).contains(self) || (0x41...0x46).contains(self) || (0x61...0x66).contains(self)
    }
}

/// What a tree or the index says about one path that is not a directory.
struct TreeEntry: Hashable {
    var mode: Mode
    var id: ObjectID

    /// The kinds of entry that git knows besides directories; the raw value is git's file mode.
    enum Mode: UInt32 {
        case file = 0o100644
        case executable = 0o100755
        case symlink = 0o120000
        /// A commit of another repository: a submodule.
        case submodule = 0o160000

        var isRegular: Bool { self == .file || self == .executable }
    }

    init(mode: Mode, id: ObjectID) {
        self.mode = mode
        self.id = id
    }

    /// Nil for a directory, and for a mode that git does not know.
    init?(mode: UInt32, id: git_oid) {
        guard let mode = Mode(rawValue: mode) else { return nil }
        self.init(mode: mode, id: ObjectID(id))
    }
}
