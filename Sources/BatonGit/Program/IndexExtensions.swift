// Finds out what an index file has besides its entries.

import Glibc
import SystemPackage

/// The extensions of an index file that decide who may write it.
///
/// Source: git 2.39 `Documentation/gitformat-index.txt`.
struct IndexExtensions: OptionSet, Hashable {
    let rawValue: UInt8

    /// Most entries are in another file.
    static let split = IndexExtensions(rawValue: 1)
    /// Some entries are directories.
    static let sparse = IndexExtensions(rawValue: 2)
    /// Keeps what is untracked, so that `git status` need not look.
    static let untrackedCache = IndexExtensions(rawValue: 4)
    /// Keeps what a monitor says has not changed.
    static let monitor = IndexExtensions(rawValue: 8)

    init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// libgit2 1.5 can read such an index.
    var isKnownToLibGit2: Bool { isDisjoint(with: [.split, .sparse]) }

    private static let signatures: [String: IndexExtensions] = [
        "link": .split, "sdir": .sparse, "UNTR": .untrackedCache, "FSMN": .monitor,
    ]

    /// Those of the index at `path`, whose object names are SHA-1; nil if the file is not as expected, none if there is
    /// no file.
    ///
    /// Costs time in proportion to the file, since extensions follow the entries: less than 0.1 ms for each 10 000 of them.
    init?(ofIndexAt path: FilePath) {
        let file: FileDescriptor
        do {
            file = try FileDescriptor.open(path, .readOnly, options: [.closeOnExec, .noFollow])
        } catch {
            guard let error = error as? Errno, error == .noSuchFileOrDirectory else { return nil }
            self = []
            return
        }
        // A file that was only read has nothing to lose when closing fails.
        defer { try? file.close() }
        guard let bytes = Self.content(of: file), let found = Self.found(in: bytes) else { return nil }
        self = found
    }

    private static func content(of file: FileDescriptor) -> [UInt8]? {
        var info = stat()
        guard fstat(file.rawValue, &info) == 0, info.st_mode & S_IFMT == S_IFREG else { return nil }
        return try? [UInt8](unsafeUninitializedCapacity: Int(info.st_size)) { buffer, count in
            while count < buffer.count {
                let rest = UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[count...])
                let read = try file.read(into: rest)
                if read == 0 { break }
                count += read
            }
        }
    }

    /// Nil if `bytes` are not those of an index.
    static func found(in bytes: [UInt8]) -> IndexExtensions? {
        bytes.withUnsafeBytes { buffer in
            var reader = IndexReader(buffer)
            guard var position = reader.endOfEntries() else { return nil }
            var found: IndexExtensions = []
            while position < reader.end {
                guard let size = reader.number(at: position + 4), position + 8 + size <= reader.end else { return nil }
                let signature = String(decoding: buffer[position..<(position + 4)], as: UTF8.self)
                found.formUnion(signatures[signature] ?? [])
                position += 8 + size
            }
            return found
        }
    }
}

/// Steps over the entries of an index.
private struct IndexReader {
    private let bytes: UnsafeRawBufferPointer
    /// Where the checksum begins.
    let end: Int

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
        self.end = bytes.count - 20
    }

    /// The number in the four bytes at `position`; nil beyond the end.
    func number(at position: Int) -> Int? {
        guard position >= 0, position + 4 <= end else { return nil }
        return Int(UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt32.self)))
    }

    /// Where the extensions begin.
    mutating func endOfEntries() -> Int? {
        guard number(at: 0) == 0x4449_5243, let version = number(at: 4), let count = number(at: 8),
            (2...4).contains(version)
        else { return nil }
        var position = 12
        for _ in 0..<count {
            guard let next = version == 4 ? afterCompressed(position) : afterPadded(position) else { return nil }
            position = next
        }
        return position
    }

    /// Times, mode, owner, size and the object's name.
    private static let statBytes = 60

    /// Where the name begins, behind the flags; `length` is 4095 for a longer name.
    private func name(of entry: Int) -> (start: Int, length: Int)? {
        let flags = entry + Self.statBytes
        guard flags + 4 <= end else { return nil }
        let isExtended = bytes[flags] & 0x40 != 0
        return (flags + (isExtended ? 4 : 2), Int(bytes[flags] & 0x0F) << 8 | Int(bytes[flags + 1]))
    }

    /// Entries end with one to eight zero bytes, so that their length is a multiple of eight.
    private func afterPadded(_ entry: Int) -> Int? {
        guard let (start, length) = name(of: entry) else { return nil }
        guard let nameEnd = length < 0xFFF ? start + length : zero(from: start + length), nameEnd < end else {
            return nil
        }
        return entry + (nameEnd - entry + 8) / 8 * 8
    }

    /// In version 4 the name is preceded by a number of variable length and ends with a zero byte.
    private func afterCompressed(_ entry: Int) -> Int? {
        guard var position = name(of: entry)?.start else { return nil }
        while position < end, bytes[position] & 0x80 != 0 { position += 1 }
        return zero(from: position + 1).map { $0 + 1 }
    }

    private func zero(from position: Int) -> Int? {
        guard position < end, let base = bytes.baseAddress else { return nil }
        guard let found = memchr(base + position, 0, end - position) else { return nil }
        return UnsafeRawPointer(found) - base
    }
}
