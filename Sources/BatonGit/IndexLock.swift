// Keeps others from staging while a landing looks and writes.

import BatonCore
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
    func retry<Value>(_ attempt: () throws -> Value?) rethrows -> Value? {
        if let value = try attempt() { return value }
        for duration in pauses {
            pause(duration)
            if let value = try attempt() { return value }
        }
        return nil
    }
}

/// git's lock of the index, `index.lock`, held by us.
///
/// As git does, everything is looked at and decided under the lock, so that `git add`, `git commit` and `git switch`
/// cannot run in between. Only a lock that this object created is ever removed.
final class IndexLock {
    private let path: FilePath
    /// False until the lock is taken: `deinit` runs even if `init` throws, and must not remove somebody else's lock.
    private var isHeld = false

    /// Takes the lock.
    ///
    /// - Throws: A conflict that names the lock if it stays held by somebody else.
    init(inside gitDirectory: FilePath, patience: LockPatience) throws(BatonError) {
        self.path = gitDirectory.appending("index.lock")
        let path = self.path
        let taken: Result<Void, Errno>? = patience.retry {
            do throws(Errno) {
                let flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC
                close(try system { path.withPlatformString { open($0, flags, 0o666) } })
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

    deinit { release() }

    /// Gives the lock back; nothing happens if it was given back before.
    func release() {
        guard isHeld else { return }
        isHeld = false
        // If this fails the directory is gone, and the lock with it.
        _ = path.withPlatformString { unlink($0) }
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
