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
    /// Copies that are kept for the next step.
    private var warm: [View] = []

    /// - Parameter stateFolder: Baton's folder for state of the user.
    package init(stateFolder: FilePath) {
        self.folder = stateFolder.appending("views")
    }

    deinit {
        if let home { Self.remove(home) }
        if lock >= 0 { close(lock) }
    }

    /// Removes all views and their folder; the next view makes a new one.
    package func clear() {
        if let home { Self.remove(home) }
        warm = []
        if lock >= 0 { close(lock) }
        home = nil
        lock = -1
    }

    /// Makes a view of `root`, which starts as `root` is now.
    ///
    /// - Throws: `unsupported` if the directory cannot be copied; `conflict` if an earlier step that worked in the
    ///   directory itself was cut off, so that nobody knows whose its files are.
    package func makeView(of root: FilePath, kind: View.Kind) throws(BatonError) -> View {
        let home: FilePath
        if let known = self.home { home = known } else { home = try makeHome() }
        if kind == .warmCopy { return try makeWarmView(of: root, in: home) }
        if kind == .inPlace { try checkNothingWasCutOff(in: root) }
        let folder = newFolder(in: home)
        let started = FileTime.kernelNow()
        try makeFolder(folder)
        let frame = View(
            kind: kind, root: root, folder: folder, started: started, manifest: Manifest(), lease: nil)
        try makeTemporary(frame.temporary)
        switch kind {
        case .overlay, .fuseOverlay:
            for folder in [frame.upper, frame.work] { try makeFolder(folder) }
            // The view's root shows the mode of the upper layer.
            var status = stat()
            guard root.withPlatformString({ stat($0, &status) }) == 0,
                frame.upper.withPlatformString({ chmod($0, status.st_mode & 0o7777) }) == 0
            else { throw .system("chmod", frame.upper, errno) }
            return frame
        case .copy, .warmCopy, .inPlace:
            try makeFolder(frame.copy)
            var copy = TreeCopy(from: root, to: frame.copy)
            try copy.make()
            if kind == .inPlace { try writeMarker(in: folder, root: root) }
            return View(
                kind: kind, root: root, folder: folder, started: started, manifest: copy.manifest, lease: ViewLease())
        }
    }

    private func newFolder(in home: FilePath) -> FilePath {
        lastNumber += 1
        return home.appending("\(lastNumber)")
    }

    private func makeTemporary(_ path: FilePath) throws(BatonError) {
        try makeFolder(path)
        _ = path.withPlatformString { chmod($0, 0o1777) }
    }

    // MARK: Copies that are kept

    /// A copy that is brought up to date, or the first one.
    private func makeWarmView(of root: FilePath, in home: FilePath) throws(BatonError) -> View {
        let started = FileTime.kernelNow()
        let idle = warm.firstIndex { $0.root == root && $0.lease?.hasEnded == true }
        let earlier = idle.map { warm.remove(at: $0) }
        let folder = earlier?.folder ?? newFolder(in: home)
        let copy = folder.appending("copy")
        try makeFolder(copy)
        try makeTemporary(folder.appending("tmp"))
        var tree = TreeCopy(from: root, to: copy)
        if let earlier { try tree.update(since: earlier.manifest) } else { try tree.make() }
        let view = View(
            kind: .warmCopy, root: root, folder: folder, started: started, manifest: tree.manifest, lease: ViewLease())
        warm.append(view)
        return view
    }

    // MARK: Directories that steps work in

    private func writeMarker(in folder: FilePath, root: FilePath) throws(BatonError) {
        let path = folder.appending(PreImages.marker)
        let file = path.withPlatformString { open($0, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600) }
        guard file >= 0 else { throw .system("open", path, errno) }
        defer { close(file) }
        let length = root.length
        guard root.withPlatformString({ write(file, $0, length) }) == length, fsync(file) == 0 else {
            throw .system("write", path, errno)
        }
    }

    /// A process that was killed has left the files of `root` as its step had them, and those from before in its view.
    private func checkNothingWasCutOff(in root: FilePath) throws(BatonError) {
        for home in (try? names(in: folder)) ?? [] {
            for view in (try? names(in: folder.appending(home))) ?? [] {
                let candidate = folder.appending(home).appending(view)
                guard Self.markedRoot(of: candidate) == root else { continue }
                guard !isHeld(folder.appending(home)) else {
                    throw BatonError(
                        .conflict, "another step works in '\(root)' itself, where only one can at a time",
                        hints: ["Wait until it has ended."])
                }
                throw BatonError(
                    .conflict, "an earlier step that worked in '\(root)' was cut off, and has left what it had done",
                    hints: [
                        "The files from before are in '\(candidate.appending("copy"))'. Take back what you want, then "
                            + "remove '\(folder.appending(home))'."
                    ]
                )
            }
        }
    }

    private static func markedRoot(of view: FilePath) -> FilePath? {
        guard let file = try? ReadableFile(view.appending(PreImages.marker)), let bytes = try? file.read() else {
            return nil
        }
        return bytes.withUnsafeBytes { buffer in
            FilePath(platformString: buffer.map { CChar(bitPattern: $0) } + [0])
        }
    }

    /// True if the process that a folder belongs to is still there.
    private func isHeld(_ home: FilePath) -> Bool {
        let lock = openLock(in: home)
        guard lock >= 0 else { return false }
        defer { close(lock) }
        return flock(lock, LOCK_EX | LOCK_NB) != 0
    }

    // MARK: The folder of this process

    /// What cannot be removed now is removed by a later process; what a user may need is kept.
    private static func remove(_ home: FilePath) {
        if !holdsPreImages(home) { try? removeTree(home) }
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
            guard lock >= 0, flock(lock, LOCK_EX | LOCK_NB) == 0, !Self.holdsPreImages(candidate) else { continue }
            try? removeTree(candidate)
        }
    }

    /// True if a folder has files of a user's that are nowhere else.
    private static func holdsPreImages(_ home: FilePath) -> Bool {
        ((try? names(in: home)) ?? []).contains { markedRoot(of: home.appending($0)) != nil }
    }

    private func openLock(in folder: FilePath) -> Int32 {
        folder.appending("lock").withPlatformString { open($0, O_RDWR | O_CREAT | O_CLOEXEC, 0o600) }
    }
}
