// Keeps others out while an operation looks and writes.

import BatonCore
import CBatonLinux
import Glibc
import SystemPackage

/// How long to wait for a lock that another program holds.
package struct LockPatience: Sendable {
    /// The pauses between tries; two seconds in all, unless said otherwise.
    package var pauses: [Duration]
    /// Lets time pass; replaced in tests.
    package var pause: @Sendable (Duration) -> Void

    package init(
        pauses: [Duration] = [50, 150, 300, 500, 1000].map { .milliseconds($0) },
        pause: @escaping @Sendable (Duration) -> Void = { usleep(UInt32($0 / .microseconds(1))) }
    ) {
        self.pauses = pauses
        self.pause = pause
    }

    /// Calls `attempt` until it returns a value or patience ends; nil in the latter case.
    func retry<Value: ~Copyable>(_ attempt: () throws -> Value?) rethrows -> Value? {
        if let value = try attempt() { return value }
        for duration in pauses {
            pause(duration)
            if let value = try attempt() { return value }
        }
        return nil
    }
}

/// Baton's own lock of a working directory: one operation at a time, whatever process it is in.
///
/// The kernel gives it back when its holder ends, however that happens. So whoever holds it knows that an operation that
/// was begun and not finished belongs to nobody any more.
struct OperationLock: ~Copyable {
    private let descriptor: Int32

    /// Takes the lock in `folder`, which is made if it is missing.
    ///
    /// - Returns: Nil if somebody else holds it.
    init?(tryingIn folder: FilePath) throws(Errno) {
        _ = try? system { folder.withPlatformString { mkdir($0, 0o700) } }
        let path = folder.appending("operation.lock")
        let flags = O_RDWR | O_CREAT | O_CLOEXEC
        let descriptor = try system { path.withPlatformString { open($0, flags, 0o600) } }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let error = Errno(rawValue: errno)
            close(descriptor)
            if error == .wouldBlock { return nil }
            throw error
        }
        self.descriptor = descriptor
    }

    deinit {
        // A program that is being started at this moment may have a copy of the descriptor; the lock goes all the same.
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }
}

/// git's lock of the index, `index.lock`, held by us.
///
/// As git does, everything is looked at and decided under the lock, so that `git add`, `git commit` and `git switch`
/// cannot run in between. It has Baton's mark from the moment it is there: a lock with the mark whose ``OperationLock``
/// can be taken was left behind by a Baton that is gone. No other lock is ever removed.
final class IndexLock {
    private let path: FilePath
    /// False until the lock is taken: `deinit` runs even if `init` throws, and must not remove somebody else's lock.
    private var isHeld = false

    private static let mark = Array("held by baton: see its file operation.lock\n".utf8)

    /// Takes the lock.
    ///
    /// - Throws: A conflict that names the lock if it stays held by somebody else.
    init(inside gitDirectory: FilePath, patience: LockPatience) throws(BatonError) {
        self.path = gitDirectory.appending("index.lock")
        let path = self.path
        let taken: Result<Void, Errno>? = patience.retry {
            do throws(Errno) {
                try Self.create(path, inside: gitDirectory)
                return .success(())
            } catch .fileExists {
                return nil
            } catch {
                return .failure(error)
            }
        }
        switch taken {
        case .success: isHeld = true
        case .failure(let error):
            throw BatonError(.unsupported, "cannot write to '\(gitDirectory.shown)'", causes: ["\(error)"])
        case nil: throw Self.isLocked(path, hint: "Nothing was changed.")
        }
    }

    /// Writes the mark to a file of another name first, so that the lock is never there without it.
    private static func create(_ path: FilePath, inside gitDirectory: FilePath) throws(Errno) {
        let directory = try Directory(at: gitDirectory)
        let name = FilePath.Component("index.lock")
        let draft = FilePath.Component("baton.index.lock")
        try directory.removeIfPresent(draft)
        try directory.createFile(draft, permissions: 0o600, content: mark)
        do throws(Errno) {
            try directory.move(draft, to: name, in: directory, replacing: false)
        } catch {
            try? directory.removeFile(draft)  // The reason for which the lock could not be taken matters more.
            throw error
        }
    }

    deinit { release() }

    /// Gives the lock back; nothing happens if it was given back before.
    func release() {
        guard isHeld else { return }
        isHeld = false
        // If this fails the directory is gone, and the lock with it.
        _ = path.withPlatformString { unlink($0) }
    }

    /// Removes a lock that has Baton's mark; to be called with the ``OperationLock`` held, which says that it is stale.
    ///
    /// - Returns: True if there was one.
    static func removeAbandoned(inside gitDirectory: FilePath) throws(Errno) -> Bool {
        let directory = try Directory(at: gitDirectory)
        try directory.removeIfPresent("baton.index.lock")
        guard try directory.stamp(of: "index.lock")?.size == mark.count, try directory.read("index.lock") == mark else {
            return false
        }
        try directory.removeFile("index.lock")
        return true
    }

    /// The refusal for a lock at `path` that somebody else holds.
    static func isLocked(_ path: FilePath, hint: String) -> BatonError {
        var info = stat()
        let isThere = path.withPlatformString { lstat($0, &info) } == 0
        let minutes = (time(nil) - info.st_mtim.tv_sec) / 60
        let wait =
            isThere && minutes >= staleMinutes
            ? "It is \(minutes) minutes old. If no git program is running any more, remove it: rm '\(path.shown)'"
            : "Another git program is at work. Wait until it is done, then run again."
        return BatonError(.conflict, "git's index is locked by '\(path.shown)'", hints: [hint, wait])
    }

    /// A lock of this age was probably left behind by a program that crashed.
    private static let staleMinutes = 10
}

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
