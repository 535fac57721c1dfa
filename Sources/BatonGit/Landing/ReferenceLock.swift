// Locks of references that a process which is gone has left behind.

import BatonCore
import Glibc
import SystemPackage

/// The lock of a reference, which libgit2 and git take for a moment while they write it.
struct ReferenceLock {
    private let path: FilePath

    /// The lock at `path`, which need not be there.
    init(at path: FilePath) {
        self.path = path
    }

    /// Whose reference it is.
    enum Owner {
        /// Only Baton writes it.
        case baton
        /// Anybody does; a Baton that is gone may have been about to set it to this, or to remove it.
        case anybody(next: ObjectID?)
    }

    /// Removes the lock if a Baton that is gone has left it behind; to be called with the ``OperationLock`` held.
    ///
    /// A lock has in it what the reference is to become, or nothing yet. With what Baton was about to set it is Baton's;
    /// with anything else it is somebody else's, and stays. One with nothing in it, and any of a reference of Baton's own,
    /// may belong to a program that is at work: but such a lock is there for a moment only, so it is removed if it
    /// outlasts `patience`.
    func removeIfAbandoned(_ owner: Owner, _ patience: LockPatience) throws(Errno) {
        guard let first = try stamp() else { return }
        let isOld = time(nil) - first.modified.seconds > Self.momentSeconds
        var pauses = isOld ? [] : patience.pauses
        while let stamp = try stamp(), stamp.inode == first.inode {
            let text = try text()
            if case .anybody(let next) = owner, !text.isEmpty {
                if let next, text == next.hex + "\n" { try remove() }
                return
            }
            guard let pause = pauses.first else { return try remove() }
            patience.pause(pause)
            pauses.removeFirst()
        }
    }

    /// Far longer than a reference is locked by a program that is at work.
    private static let momentSeconds = 2

    private func stamp() throws(Errno) -> FileStamp? {
        do throws(Errno) {
            return try inDirectory { (directory, name) throws(Errno) in try directory.stamp(of: name) }
        } catch .noSuchFileOrDirectory {
            return nil
        }
    }

    private func text() throws(Errno) -> String {
        do throws(Errno) {
            return try inDirectory { (directory, name) throws(Errno) in
                String(decoding: try directory.read(name), as: UTF8.self)
            }
        } catch .noSuchFileOrDirectory {
            return ""
        }
    }

    private func remove() throws(Errno) {
        try inDirectory { (directory, name) throws(Errno) in try directory.removeIfPresent(name) }
    }

    private func inDirectory<Value>(
        _ body: (borrowing Directory, FilePath.Component) throws(Errno) -> Value
    ) throws(Errno) -> Value {
        guard let name = path.lastComponent else { throw .invalidArgument }
        return try body(Directory(at: path.removingLastComponent()), name)
    }
}
