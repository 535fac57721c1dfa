// A tree object as git stores it.

/// The entries of one tree object, in git's order.
///
/// Source: git 2.39 `tree-walk.c`, `decode_tree_entry`: the mode in octal digits, a blank, the name, a zero byte, the
/// object's name in binary.
struct RawTree {
    struct Entry {
        var mode: UInt32
        var name: ArraySlice<UInt8>
        /// The object's name, in binary.
        var id: ArraySlice<UInt8>

        var isDirectory: Bool { mode == Self.directory }

        static let directory: UInt32 = 0o040000

        var objectID: ObjectID { ObjectID(bytes: id) }

        /// Nil for a directory, and for a mode that git does not know.
        var treeEntry: TreeEntry? { TreeEntry(mode: mode, id: objectID) }
    }

    let entries: [Entry]
    private let positions: [ArraySlice<UInt8>: Int]

    /// Reads a tree whose objects' names have `nameBytes` bytes: 20, or 32 for SHA-256.
    init(_ bytes: [UInt8], nameBytes: Int) {
        var entries: [Entry] = []
        var rest = bytes[...]
        while let blank = rest.firstIndex(of: 0x20), let end = rest[blank...].firstIndex(of: 0),
            rest.endIndex - end > nameBytes
        {
            let mode = rest[..<blank].reduce(0 as UInt32) { $0 << 3 | UInt32($1 & 7) }
            let next = end + 1 + nameBytes
            entries.append(Entry(mode: mode, name: rest[(blank + 1)..<end], id: rest[(end + 1)..<next]))
            rest = rest[next...]
        }
        self.entries = entries
        self.positions = Dictionary(
            zip(entries.map(\.name), entries.indices), uniquingKeysWith: { first, _ in first })
    }

    /// The entry called `name`.
    subscript(name: ArraySlice<UInt8>) -> Entry? { positions[name].map { entries[$0] } }
}

extension ObjectID {
    /// `bytes` are the name in binary.
    init(bytes: some Collection<UInt8>) {
        self.init(
            unchecked: String(unsafeUninitializedCapacity: bytes.count * 2) { buffer in
                for (index, byte) in bytes.enumerated() {
                    buffer[index * 2] = Self.hexDigits[Int(byte >> 4)]
                    buffer[index * 2 + 1] = Self.hexDigits[Int(byte & 15)]
                }
                return bytes.count * 2
            })
    }

    private static let hexDigits = Array("0123456789abcdef".utf8)

    /// What git calls the tree without entries, in the kind of names that this one is of.
    ///
    /// Source: git 2.39 `object-file.c`, `empty_tree_oid`.
    var emptyTree: ObjectID { Self.emptyTree(digits: hex.utf8.count) }

    /// What git calls the tree without entries if names have 40 or 64 digits.
    static func emptyTree(digits: Int) -> ObjectID {
        let hex =
            digits == 40
            ? "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
            : "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321"
        return ObjectID(unchecked: hex)
    }
}
