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
