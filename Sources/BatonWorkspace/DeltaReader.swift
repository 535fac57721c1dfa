// Finds out what a step changed.

import BatonCore
import Glibc
import SystemPackage

/// What one step may change at most; more is refused, not cut.
package enum DeltaLimit {
    /// Paths.
    package static let paths = 10_000
    /// Bytes of one file.
    package static let fileBytes = 100 << 20
    /// Bytes of all files together.
    package static let totalBytes = 1 << 30
}

/// Compares a view with the directory that it shows.
///
/// Only real differences are reported: a file that overlay copied up because its times or mode were touched, and whose
/// content and executable bit are as before, is none. What belongs to a repository is none either.
struct DeltaReader {
    /// The directory as it is now.
    let root: FilePath
    /// Where the step's changes are: the upper layer of an overlay, or a whole directory.
    let work: FilePath
    private(set) var changes: [FileChange] = []
    private var totalBytes = 0
    /// What is not in ``work`` is as it is in ``root``.
    private var isLayer = false

    private let pathsMax: Int

    init(root: FilePath, work: FilePath, pathsMax: Int) {
        self.root = root
        self.work = work
        self.pathsMax = pathsMax
    }

    // MARK: Overlay

    /// Reads the upper layer of an overlay.
    ///
    /// `server` is true if a program serves the overlay: fuse-overlayfs marks some of what is gone with names.
    ///
    /// Sources: overlayfs.rst, "whiteouts and opaque directories"; fuse-overlayfs 1.10, "Whiteout files".
    mutating func readOverlay(servedByProgram server: Bool = false) throws(BatonError) {
        isLayer = true
        try readLayer(at: FilePath(), isBelowOpaque: false, server)
    }

    /// Reads a folder of the layer; below an opaque folder, new ones need no mark to hide what they cover.
    private mutating func readLayer(at path: FilePath, isBelowOpaque: Bool, _ server: Bool) throws(BatonError) {
        for name in try names(in: work.pushing(path)) where name != repositoryName {
            let child = path.appending(name)
            let above = work.pushing(child)
            if server, name.string.hasPrefix(Self.whiteoutPrefix) {
                try readMark(name, in: path)
                continue
            }
            switch try FileEntry(at: above) {
            case .whiteout, .absent:
                try removeAll(at: child)
            case .directory:
                guard !FileEntry.hasAttribute("redirect", at: above) else {
                    throw BatonError(.unsupported, "the view holds '\(child)', a folder that overlay has moved")
                }
                let isOpaque = isBelowOpaque || isOpaque(above, server)
                try prepareFolder(at: child, isOpaque: isOpaque, above: above)
                try readLayer(at: child, isBelowOpaque: isOpaque, server)
            case let entry:
                try compare(entry, content: above, at: child)
            }
        }
    }

    private static let whiteoutPrefix = ".wh."
    /// What fuse-overlayfs puts into an opaque folder.
    private static let opaqueMarks: Set<String> = [".wh..wh..opq", ".wh..opq"]

    private func isOpaque(_ folder: FilePath, _ server: Bool) -> Bool {
        if FileEntry.hasAttribute("opaque", at: folder) { return true }
        guard server else { return false }
        return Self.opaqueMarks.contains { (try? FileEntry(at: folder.appending($0))) ?? .absent != .absent }
    }

    private mutating func readMark(_ name: FilePath.Component, in path: FilePath) throws(BatonError) {
        guard !Self.opaqueMarks.contains(name.string) else { return }
        let hidden = FilePath(String(name.string.dropFirst(Self.whiteoutPrefix.count))).components
        try removeAll(at: path.appending(hidden))
    }

    /// What a folder in the upper layer hides: a file in its place, or, if it is opaque, all that is not in it.
    private mutating func prepareFolder(at path: FilePath, isOpaque: Bool, above: FilePath) throws(BatonError) {
        switch try FileEntry(at: below(path)) {
        case .directory where isOpaque:
            let kept = Set(try names(in: above))
            for name in try names(in: below(path)) where !kept.contains(name) && name != repositoryName {
                try removeAll(at: path.appending(name))
            }
        case .file, .symlink: try append(FileChange(path, .removed))
        default: break
        }
    }

    // MARK: Copy

    /// Reads ``work``, which was equal to the other side, `before`, when `manifest` was made.
    ///
    /// What has the stamp that it had then is not read. `stamps` are those of ``work``, `others` those of `before`.
    mutating func readCopy(
        of before: FilePath, manifest: Manifest, stamps: KeyPath<Manifest.Entry, Stamp>,
        others: KeyPath<Manifest.Entry, Stamp>
    ) throws(BatonError) {
        var seen: Set<FilePath> = []
        try readFolder(at: FilePath(), before, manifest, stamps, others, &seen)
        for (path, known) in manifest.entries where !seen.contains(path) {
            if case .directory = known.entry { continue }
            if path.components.contains(repositoryName) { continue }
            try append(FileChange(path, .removed))
        }
    }

    private mutating func readFolder(
        at path: FilePath, _ before: FilePath, _ manifest: Manifest, _ stamps: KeyPath<Manifest.Entry, Stamp>,
        _ others: KeyPath<Manifest.Entry, Stamp>, _ seen: inout Set<FilePath>
    ) throws(BatonError) {
        for name in try names(in: work.pushing(path)) where name != repositoryName {
            let child = path.appending(name)
            let now = work.pushing(child)
            let known = manifest.entries[child]
            if let known, let stamp = Stamp(at: now), stamp == known[keyPath: stamps],
                !stamp.isRacy(after: manifest.finished), stamp.mode & S_IFMT != S_IFDIR
            {
                seen.insert(child)
                continue
            }
            let entry = try FileEntry(at: now)
            if case .directory = entry {
                try readFolder(at: child, before, manifest, stamps, others, &seen)
                continue
            }
            seen.insert(child)
            if let known, known.entry == entry {
                if case .symlink = entry { continue }
                let other = before.pushing(child)
                // The other side may have been changed meanwhile; then it says nothing of what was.
                if Stamp(at: other) == known[keyPath: others], try haveSameContent(other, now) { continue }
            }
            try add(entry, content: now, at: child)
        }
    }

    // MARK: One path

    private func below(_ path: FilePath) -> FilePath { root.pushing(path) }

    private mutating func compare(_ entry: FileEntry, content: FilePath, at path: FilePath) throws(BatonError) {
        let before = try FileEntry(at: below(path))
        if case .directory = before { try removeAll(at: path) }
        if before == entry {
            switch entry {
            case .file: if try haveSameContent(below(path), content) { return }
            case .symlink: return
            default: break
            }
        }
        try add(entry, content: content, at: path)
    }

    /// Says that `path` is now what `entry` and `content` are.
    private mutating func add(_ entry: FileEntry, content: FilePath, at path: FilePath) throws(BatonError) {
        switch entry {
        case .file(let executable):
            try count(content, at: path)
            try append(FileChange(path, .file(content: content, executable: executable)))
        case .symlink(let target):
            guard staysInside(target, from: path) else {
                throw BatonError(
                    .denied, "the step made the link '\(path)', which leads out of the directory to '\(target)'")
            }
            try append(FileChange(path, .symlink(target: target)))
        default:
            throw BatonError(.denied, "the step made '\(path)', which is a pipe, a socket or a device")
        }
    }

    /// Says of everything that the directory has at or below `path` that it is gone.
    private mutating func removeAll(at path: FilePath) throws(BatonError) {
        switch try FileEntry(at: below(path)) {
        case .directory:
            for name in try names(in: below(path)) where name != repositoryName {
                try removeAll(at: path.appending(name))
            }
        case .file, .symlink: try append(FileChange(path, .removed))
        case .absent, .whiteout, .special: break
        }
    }

    // MARK: Links

    /// True if a link at `path` to `target` ends within the directory.
    ///
    /// Judged by the text of both; where `..` follows a name, that name has to be a folder, since what is above a link
    /// is not what its text says.
    private func staysInside(_ target: FilePath, from path: FilePath) -> Bool {
        var place: FilePath
        if target.isAbsolute {
            guard target.starts(with: root), target.lexicallyNormalized().starts(with: root) else { return false }
            place = FilePath()
        } else {
            place = path.removingLastComponent()
        }
        let components = target.isAbsolute ? target.components.dropFirst(root.components.count) : target.components[...]
        for component in components {
            switch component.kind {
            case .currentDirectory: break
            case .regular: place.append(component)
            case .parentDirectory:
                guard !place.isEmpty, isFolder(place) else { return false }
                place.removeLastComponent()
            }
        }
        return true
    }

    /// True if the step's view has a folder at `path`, and not a link to one.
    private func isFolder(_ path: FilePath) -> Bool {
        let entry = (try? FileEntry(at: work.pushing(path))) ?? .absent
        guard isLayer, entry == .absent else { return entry == .directory }
        return (try? FileEntry(at: below(path))) == .directory
    }

    // MARK: Limits

    private mutating func append(_ change: FileChange) throws(BatonError) {
        guard changes.count < pathsMax else {
            throw BatonError(.denied, "the step changed more than \(pathsMax) paths")
        }
        changes.append(change)
    }

    private mutating func count(_ content: FilePath, at path: FilePath) throws(BatonError) {
        let size = try ReadableFile(content).size
        guard size <= DeltaLimit.fileBytes else {
            throw BatonError(
                .denied, "the step wrote '\(path)' with \(size) bytes; at most \(DeltaLimit.fileBytes) are allowed")
        }
        totalBytes += size
        guard totalBytes <= DeltaLimit.totalBytes else {
            throw BatonError(.denied, "the step wrote more than \(DeltaLimit.totalBytes) bytes in all")
        }
    }
}
