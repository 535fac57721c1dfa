// Names of git objects, and what a tree says about one path.

/// The name of a git object: 40 lowercase hexadecimal digits (SHA-1), or 64 (SHA-256).
struct ObjectID: Hashable, CustomStringConvertible {
    let hex: String

    /// Nil unless `hex` is exactly 40 or 64 hexadecimal digits.
    init?(hex: some StringProtocol) {
        guard [40, 64].contains(hex.utf8.count), hex.utf8.allSatisfy(\.isHexDigit) else { return nil }
        self.hex = hex.lowercased()
    }

    /// `hex` comes from git itself.
    init(unchecked hex: String) {
        self.hex = hex
    }

    var description: String { hex }

    /// As people see it.
    var short: String { String(hex.prefix(7)) }
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

    init(_ mode: Mode, _ id: ObjectID) {
        self.mode = mode
        self.id = id
    }

    /// Nil for a directory, and for a mode that git does not know.
    init?(mode: UInt32, id: ObjectID) {
        // Old versions of git wrote the group's permission to write; git itself reads it as a plain file.
        guard let mode = Mode(rawValue: mode == 0o100664 ? Mode.file.rawValue : mode) else { return nil }
        self.init(mode, id)
    }
}
