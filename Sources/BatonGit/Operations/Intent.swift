// The note of an operation that was begun.

import BatonCore
import Glibc
import SystemPackage

/// The file that names an operation between its first write that others can see and its last.
struct Intent {
    private let folder: FilePath

    private static let name: FilePath.Component = "operation"
    private static let draft: FilePath.Component = "operation.new"

    init(_ places: RepositoryPlaces) {
        folder = places.ownFolder
    }

    /// Writes it, at once.
    func declare(_ operation: ObjectID) throws(BatonError) {
        try explainingErrno("write", folder) { () throws(Errno) in
            let directory = try Directory(at: folder)
            try directory.removeIfPresent(Self.draft)
            try directory.createFile(Self.draft, permissions: 0o600, content: Array((operation.hex + "\n").utf8))
            try directory.move(Self.draft, to: Self.name, in: directory, replacing: true)
        }
    }

    /// Removes what a process has left behind that ended while it wrote one.
    func removeDraft() throws(Errno) {
        do throws(Errno) {
            try Directory(at: folder).removeIfPresent(Self.draft)
        } catch .noSuchFileOrDirectory {
            return
        }
    }

    /// Removes it.
    func withdraw() {
        // If this fails, the operation is found finished the next time, and nothing is done twice.
        try? Directory(at: folder).removeIfPresent(Self.name)
    }

    /// The operation that was begun and not finished; nil if there is none.
    func declared() throws(BatonError) -> ObjectID? {
        try explainingErrno("read", folder) { () throws(Errno) in
            let directory: Directory
            do throws(Errno) {
                directory = try Directory(at: folder)
            } catch .noSuchFileOrDirectory {
                return nil
            }
            guard try directory.stamp(of: Self.name) != nil else { return nil }
            let text = String(decoding: try directory.read(Self.name), as: UTF8.self)
            return ObjectID(hex: text.prefix { !$0.isNewline })
        }
    }
}
