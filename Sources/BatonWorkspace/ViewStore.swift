// Where views are kept, and what an earlier process left there.

package import BatonCore
import Glibc
package import SystemPackage

/// The views of this process.
///
/// Each process keeps its views in a folder of its own and holds a lock on it. A folder whose lock can be taken belongs
/// to a process that is gone, and is removed. The folder lies outside the working directory, since the upper layer of
/// an overlay may not lie below its lower layer.
package actor ViewStore {
    private let folder: FilePath
    private var home: FilePath?
    private var lock: Int32 = -1
    private var lastNumber = 0

    /// - Parameter stateFolder: Baton's folder for state of the user.
    package init(stateFolder: FilePath) {
        self.folder = stateFolder.appending("views")
    }

    deinit {
        if let home { try? removeTree(home) }  // What cannot be removed now is removed by a later process.
        if lock >= 0 { close(lock) }
    }

    /// Removes all views and their folder; the next view makes a new one.
    package func clear() {
        if let home { try? removeTree(home) }  // What cannot be removed now is removed by a later process.
        if lock >= 0 { close(lock) }
        home = nil
        lock = -1
    }

    /// Makes a view of `root`, which starts as `root` is now.
    package func makeView(of root: FilePath, kind: View.Kind) throws(BatonError) -> View {
        let home: FilePath
        if let known = self.home { home = known } else { home = try makeHome() }
        lastNumber += 1
        let view = View(kind: kind, root: root, folder: home.appending("\(lastNumber)"), started: Self.kernelTime())
        try makeFolder(view.folder)
        switch kind {
        case .overlay:
            for folder in [view.upper, view.work, view.temporary] { try makeFolder(folder) }
            // The view's root shows the mode of the upper layer.
            var status = stat()
            guard root.withPlatformString({ stat($0, &status) }) == 0,
                view.upper.withPlatformString({ chmod($0, status.st_mode & 0o7777) }) == 0
            else { throw .system("chmod", view.upper, errno) }
            _ = view.temporary.withPlatformString { chmod($0, 0o1777) }
        case .copy:
            try makeFolder(view.workingDirectory)
            try copyTree(from: root, to: view.workingDirectory)
        }
        return view
    }

    /// Never later than the stamp of a file that changes afterwards, which the finer clock can be.
    ///
    /// Source: Linux `current_time()`, which takes the coarse clock unless a file was looked at.
    private static func kernelTime() -> FileTime {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME_COARSE, &now)
        return FileTime(seconds: now.tv_sec, nanoseconds: now.tv_nsec)
    }

    private func makeHome() throws(BatonError) -> FilePath {
        try makeFolder(folder)
        // One process at a time: a new folder must not be taken for an abandoned one before its lock is held.
        let gate = openLock(in: folder)
        guard gate >= 0, flock(gate, LOCK_EX) == 0 else { throw .system("flock", folder, errno) }
        defer { close(gate) }
        sweep()
        let home = folder.appending("\(getpid())-\(UInt32.random(in: .min ... .max))")
        try makeFolder(home)
        let lock = openLock(in: home)
        guard lock >= 0, flock(lock, LOCK_EX | LOCK_NB) == 0 else { throw .system("flock", home, errno) }
        self.lock = lock
        self.home = home
        return home
    }

    /// Removes what processes that are gone have left.
    ///
    /// What cannot be removed is left for the next time.
    private func sweep() {
        for name in (try? names(in: folder)) ?? [] {
            let candidate = folder.appending(name)
            guard (try? FileEntry(at: candidate)) == .directory else { continue }
            let lock = openLock(in: candidate)
            defer { if lock >= 0 { close(lock) } }
            if lock >= 0, flock(lock, LOCK_EX | LOCK_NB) == 0 { try? removeTree(candidate) }
        }
    }

    private func openLock(in folder: FilePath) -> Int32 {
        folder.appending("lock").withPlatformString { open($0, O_RDWR | O_CREAT | O_CLOEXEC, 0o600) }
    }
}
