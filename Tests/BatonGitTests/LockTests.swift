// Other git programs at work at the same time.

import BatonCore
import BatonGit
import Glibc
import Synchronization
import SystemPackage
import Testing

@Suite("Locks")
struct LockTests {
    @Test("a locked index is waited for, two seconds in all, then refused; the lock stays")
    func lockedIndex() async throws {
        let repo = try TestRepository()
        try repo.commitAll()
        let lock = repo.root.appending(".git/index.lock")
        try writeBytes([], to: lock)
        let pauses = Mutex<[Duration]>([])
        let store = try repo.store(LockPatience { pause in pauses.withLock { $0.append(pause) } })

        let error = try await repo.expectRefusal {
            try await store.land(
                try repo.delta([.write("a", "a\n")]), startedFrom: nil, message: CommitMessage(subject: "s")
            )
        }

        #expect(error.code == .conflict)
        #expect(error.message == "git's index is locked by '\(lock.string)'")
        #expect(
            error.hints == [
                "Nothing was changed.", "Another git program is at work. Wait until it is done, then run again.",
            ]
        )
        #expect(pauses.withLock { $0.reduce(.zero, +) } == .seconds(2))
        #expect(pauses.withLock(\.count) == 5)
        #expect(repo.exists(".git/index.lock"))
    }

    @Test("a lock that is given back in time does not matter")
    func lockGoesAway() async throws {
        let repo = try TestRepository()
        let lock = repo.root.appending(".git/index.lock").string
        try writeBytes([], to: FilePath(lock))
        let store = try repo.store(LockPatience { _ in unlink(lock) })

        let landing = try await store.land(
            try repo.delta([.write("a", "a\n")]), startedFrom: nil, message: CommitMessage(subject: "s")
        )

        #expect(landing.commit != nil)
        try repo.expectClean()
    }

    @Test("an old lock comes with the command that removes it")
    func staleLock() async throws {
        let repo = try TestRepository()
        try repo.commitAll()
        let lock = repo.root.appending(".git/index.lock")
        try writeBytes([], to: lock)
        let hourAgo = timespec(tv_sec: time(nil) - 3600, tv_nsec: 0)
        utimensat(AT_FDCWD, lock.string, [hourAgo, hourAgo], 0)

        let error = try await repo.expectRefusal { try await repo.land([.write("a", "a\n")]) }

        #expect(
            error.hints.last
                == "It is 60 minutes old. If no git program is running any more, remove it: rm '\(lock.string)'"
        )
    }

    @Test("a locked branch is refused")
    func lockedBranch() async throws {
        let repo = try TestRepository()
        try repo.commitAll()
        try writeBytes([], to: repo.root.appending(".git/refs/heads/main.lock"))

        let error = try await repo.expectRefusal { try await repo.land([.write("a", "a\n")]) }

        #expect(error.message == "git's reference 'refs/heads/main' is locked")
    }

    @Test(
        "a directory that cannot be written is noticed before anything changes",
        .enabled(if: geteuid() != 0, "root may write everywhere")
    )
    func unwritable() async throws {
        let repo = try TestRepository()
        try repo.write("d/x", "x\n")
        try repo.commitAll()
        chmod(repo.root.appending("d").string, 0o555)

        let write = try await repo.expectRefusal { try await repo.land([.write("a", "a\n"), .write("d/y", "y\n")]) }
        let remove = try await repo.expectRefusal { try await repo.land([.write("a", "a\n"), .remove("d/x")]) }

        #expect(write.message == "cannot write 'd/y'")
        #expect(remove.message == "cannot remove 'd/x'")
    }

    @Test(
        "S-05: of a branch's locks only one that a Baton left behind that is gone is removed after a crash",
        arguments: AbandonedLock.cases)
    func lockOfABranch(_ tested: AbandonedLock) async throws {
        let repo = try TestRepository()
        try repo.commitAll()
        let landing = try await repo.land([.write("a", "a\n")])
        let operation = try #require(landing.operation)
        try writeBytes(Array("\(operation)\n".utf8), to: repo.root.appending(".git/baton/operation"))
        let lock = repo.root.appending(".git/refs/heads/main.lock")
        try writeBytes(Array(tested.content(landing).utf8), to: lock)
        let then = timespec(tv_sec: time(nil) - tested.age, tv_nsec: 0)
        utimensat(AT_FDCWD, lock.string, [then, then], 0)
        let pauses = Mutex<[Duration]>([])
        let store = try repo.store(LockPatience { pause in pauses.withLock { $0.append(pause) } })

        let recovered = try await store.recover()

        #expect(recovered?.isDone == true)
        #expect(repo.exists(".git/refs/heads/main.lock") == tested.stays)
        #expect(pauses.withLock { $0.reduce(.zero, +) } == tested.wait)
    }

    struct AbandonedLock: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let content: @Sendable (Landing) -> String
        /// In seconds.
        var age = 0
        var stays = false
        var wait = Duration.zero

        static let cases = [
            AbandonedLock(testDescription: "with what Baton was about to set") { "\($0.commit ?? "")\n" },
            AbandonedLock(testDescription: "empty and new", content: { _ in "" }, wait: .seconds(2)),
            AbandonedLock(testDescription: "empty and old", content: { _ in "" }, age: 60),
            AbandonedLock(
                testDescription: "with something else", content: { _ in String(repeating: "1", count: 40) + "\n" },
                age: 60, stays: true),
        ]
    }

    @Test("S-05: a lock of one of Baton's own references that outlasts all patience was left behind")
    func lockOfAHiddenReference() async throws {
        let repo = try TestRepository()
        try repo.commitAll()
        _ = try await repo.land([.write("a", "a\n")])
        let lock = repo.root.appending(".git/refs/baton/0123abcd-1.lock")
        try writeBytes([], to: lock)
        let isThere = Mutex<[Bool]>([])
        let store = try repo.store(LockPatience { _ in isThere.withLock { $0.append(access(lock.string, F_OK) == 0) } })

        let recovered = try await store.recover()

        #expect(recovered == nil)
        #expect(access(lock.string, F_OK) != 0)
        #expect(isThere.withLock { $0 } == Array(repeating: true, count: 5))
    }
}
