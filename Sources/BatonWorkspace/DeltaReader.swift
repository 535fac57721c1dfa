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
/// content and executable bit are as before, is none.
struct DeltaReader {
    let root: FilePath
    private(set) var changes: [FileChange] = []
    private var totalBytes = 0

    init(root: FilePath) {
        self.root = root
    }

    // MARK: Overlay

    /// Reads the upper layer of an overlay.
    ///
    /// Source: overlayfs.rst, "whiteouts and opaque directories".
    mutating func readOverlay(_ upper: FilePath) throws(BatonError) {
        try readLayer(upper, at: FilePath())
    }

    private mutating func readLayer(_ upper: FilePath, at path: FilePath) throws(BatonError) {
        for name in try names(in: upper.appending(path.components)) where !isRepository(name, in: path) {
            let child = path.appending(name)
            let above = upper.appending(child.components)
            switch try FileEntry(at: above) {
            case .whiteout, .absent:
                try removeAll(at: child)
            case .directory:
                try prepareFolder(
                    at: child, isOpaque: FileEntry.hasAttribute("overlay.opaque", at: above), above: above)
                try readLayer(upper, at: child)
            case let entry:
                try compare(entry, content: above, at: child)
            }
        }
    }

    /// What a folder in the upper layer hides: a file in its place, or, if it is opaque, all that is not in it.
    private mutating func prepareFolder(at path: FilePath, isOpaque: Bool, above: FilePath) throws(BatonError) {
        switch try FileEntry(at: below(path)) {
        case .directory where isOpaque:
            let kept = Set(try names(in: above))
            for name in try names(in: below(path)) where !kept.contains(name) && name != ".git" {
                try removeAll(at: path.appending(name))
            }
        case .file, .symlink: try append(FileChange(path, .removed))
        default: break
        }
    }

    // MARK: Copy

    /// Reads a copy of the directory, comparing every file.
    mutating func readCopy(_ copy: FilePath) throws(BatonError) {
        try readCopy(copy, at: FilePath())
    }

    private mutating func readCopy(_ copy: FilePath, at path: FilePath) throws(BatonError) {
        let before = try FileEntry(at: below(path)) == .directory ? try names(in: below(path)) : []
        let after = try names(in: copy.appending(path.components))
        for name in Set(before).union(after).sorted(by: { $0.string < $1.string }) where !isRepository(name, in: path) {
            let child = path.appending(name)
            let above = copy.appending(child.components)
            switch try FileEntry(at: above) {
            case .absent, .whiteout:
                try removeAll(at: child)
            case .directory:
                try prepareFolder(at: child, isOpaque: false, above: above)
                try readCopy(copy, at: child)
            case let entry:
                try compare(entry, content: above, at: child)
            }
        }
    }

    // MARK: One path

    private func below(_ path: FilePath) -> FilePath { root.appending(path.components) }

    /// The directory's own repository is not part of the view.
    private func isRepository(_ name: FilePath.Component, in path: FilePath) -> Bool {
        name == ".git" && path.components.isEmpty
    }

    private mutating func compare(_ entry: FileEntry, content: FilePath, at path: FilePath) throws(BatonError) {
        let before = try FileEntry(at: below(path))
        if case .directory = before { try removeAll(at: path) }
        switch entry {
        case .file(let executable):
            if before == entry, try haveSameContent(below(path), content) { return }
            try count(content, at: path)
            try append(FileChange(path, .file(content: content, executable: executable)))
        case .symlink(let target):
            if before == entry { return }
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
            for name in try names(in: below(path)) where name != ".git" {
                try removeAll(at: path.appending(name))
            }
        case .file, .symlink: try append(FileChange(path, .removed))
        case .absent, .whiteout, .special: break
        }
    }

    /// True if a link at `path` to `target` ends within the directory, judged by the text of both.
    private func staysInside(_ target: FilePath, from path: FilePath) -> Bool {
        if target.isAbsolute { return target.lexicallyNormalized().starts(with: root) }
        var depth = path.components.count - 1
        for component in target.components {
            switch component.kind {
            case .parentDirectory: depth -= 1
            case .currentDirectory: break
            case .regular: depth += 1
            }
            if depth < 0 { return false }
        }
        return true
    }

    // MARK: Limits

    private mutating func append(_ change: FileChange) throws(BatonError) {
        guard changes.count < DeltaLimit.paths else {
            throw BatonError(.denied, "the step changed more than \(DeltaLimit.paths) paths")
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
