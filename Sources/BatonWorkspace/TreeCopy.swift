// Copies trees of files, and brings an old copy up to date.

import BatonCore
import CBatonLinux
import Glibc
import SystemPackage

/// Copies a directory without its `.git` and without pipes, sockets and devices, and keeps a ``Manifest``.
///
/// Where the file system can share blocks between files, a copy takes no space and nearly no time. Modes and times of
/// modification are those of the originals; links are copied as links.
struct TreeCopy {
    private let source: FilePath
    private let target: FilePath
    private var canClone = true
    private(set) var manifest = Manifest()

    /// - Parameters:
    ///   - source: The directory.
    ///   - target: An empty folder.
    init(from source: FilePath, to target: FilePath) {
        self.source = source
        self.target = target
    }

    /// Copies everything.
    mutating func make() throws(BatonError) {
        try copyFolder(at: FilePath())
        finish()
    }

    /// Makes the copy of `earlier` what the directory is now, touching only what differs on either side.
    mutating func update(since earlier: Manifest) throws(BatonError) {
        try updateFolder(at: FilePath(), earlier)
        finish()
    }

    /// Waits until the clock of the file system has moved on, which takes one of its ticks: then whatever changes the
    /// copy gives it another stamp, and its content need never be compared with an original that may have changed too.
    private mutating func finish() {
        let last = manifest.entries.values.map { max($0.copy.modified, $0.copy.changed) }.max()
        manifest.finished = .kernelNow()
        // The time of modification is the original's; one that lies in the future is not waited for.
        var waits = 0
        while let last, manifest.finished <= last, waits < Self.ticksMax {
            usleep(1000)
            waits += 1
            manifest.finished = .kernelNow()
        }
    }

    /// Milliseconds after which the clock of any kernel has moved on.
    private static let ticksMax = 20

    private mutating func copyFolder(at path: FilePath) throws(BatonError) {
        for name in try names(in: source.pushing(path)) where name != repositoryName || !path.isEmpty {
            try copy(path.appending(name))
        }
    }

    private mutating func copy(_ path: FilePath) throws(BatonError) {
        let from = source.pushing(path)
        let to = target.pushing(path)
        guard let stamp = Stamp(at: from) else { return }
        let entry = try FileEntry(at: from)
        switch entry {
        case .directory:
            try makeFolder(to)
            try copyFolder(at: path)
            // Last: a folder that may not be written would keep its files out.
            _ = to.withPlatformString { chmod($0, mode_t(stamp.mode & 0o777) | 0o700) }
        case .file: try copyFile(from: from, to: to, canClone: &canClone)
        case .symlink(let link):
            let status = link.withPlatformString { link in to.withPlatformString { symlink(link, $0) } }
            guard status == 0 else { throw .system("symlink", to, errno) }
        case .absent, .whiteout, .special: return
        }
        note(entry, stamp, at: path)
    }

    private mutating func note(_ entry: FileEntry, _ source: Stamp, at path: FilePath) {
        guard let copy = Stamp(at: target.pushing(path)) else { return }
        manifest.entries[path] = Manifest.Entry(entry: entry, source: source, copy: copy)
    }

    private mutating func updateFolder(at path: FilePath, _ earlier: Manifest) throws(BatonError) {
        let here = try names(in: source.pushing(path)).filter { $0 != repositoryName || !path.isEmpty }
        let wanted = Set(here)
        for name in try names(in: target.pushing(path)) where !wanted.contains(name) {
            try removeTree(target.pushing(path).appending(name))
        }
        for name in here {
            let child = path.appending(name)
            let to = target.pushing(child)
            let (source, copy) = (Stamp(at: source.pushing(child)), Stamp(at: to))
            if let known = earlier.entries[child], let source, let copy {
                if case .directory = known.entry, source.mode & S_IFMT == S_IFDIR, copy.mode & S_IFMT == S_IFDIR {
                    try updateFolder(at: child, earlier)
                    note(.directory, source, at: child)
                    continue
                }
                let isSame = source == known.source && copy == known.copy
                if isSame, !source.isRacy(after: earlier.finished), !copy.isRacy(after: earlier.finished) {
                    manifest.entries[child] = known
                    continue
                }
            }
            if copy != nil { try removeTree(to) }
            try self.copy(child)
        }
    }
}

/// Copies one file with its mode and its time of modification.
///
/// `canClone` becomes false once the file systems turn out to share no blocks.
func copyFile(from: FilePath, to: FilePath, canClone: inout Bool) throws(BatonError) {
    var status = stat()
    guard from.withPlatformString({ lstat($0, &status) }) == 0 else { throw .system("lstat", from, errno) }
    let source = try ReadableFile(from)
    let mode = status.st_mode & 0o777
    let target = to.withPlatformString { open($0, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode) }
    guard target >= 0 else { throw .system("open", to, errno) }
    defer { close(target) }
    if canClone, source.size > 0, !source.clone(into: target) { canClone = false }
    if !canClone { try source.write(to: target, to) }
    let times = [status.st_atim, status.st_mtim]
    guard fchmod(target, mode) == 0, futimens(target, times) == 0 else { throw .system("futimens", to, errno) }
}
