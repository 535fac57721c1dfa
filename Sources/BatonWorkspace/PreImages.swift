// A directory that a step works in, and what it was before.

import BatonCore
import Glibc
import SystemPackage

/// Puts back a directory that a step has worked in.
///
/// What the directory was is a whole copy, so nothing has to be known beforehand of what the step may change.
struct PreImages {
    private let root: FilePath
    private let copy: FilePath
    private let after: FilePath
    private let manifest: Manifest

    /// The file in a view's folder that says which directory its copy belongs to; it is removed once that is put back.
    static let marker = "in-place"

    private let markerFile: FilePath

    init(of view: View) {
        root = view.root
        copy = view.copy
        after = view.folder.appending("after")
        markerFile = view.folder.appending(Self.marker)
        manifest = view.manifest
    }

    /// Copies the contents of `delta` to where they stay, and says where that is.
    func save(_ delta: Delta) throws(BatonError) -> Delta {
        var saved = delta
        var canClone = true
        for (index, change) in delta.changes.enumerated() {
            guard case .file(let content, let executable) = change.kind else { continue }
            let target = after.pushing(change.path)
            try makeFolder(target.removingLastComponent())
            try removeTree(target)
            try copyFile(from: content, to: target, canClone: &canClone)
            saved.changes[index].kind = .file(content: target, executable: executable)
        }
        return saved
    }

    /// Makes the directory what it was, touching only what differs.
    func putBack() throws(BatonError) {
        try removeNew(at: FilePath())
        // Folders before what is in them: a path is longer than its folder's.
        for (path, known) in manifest.entries.sorted(by: { $0.key.length < $1.key.length }) {
            try putBack(known, at: path)
        }
        try removeTree(markerFile)
    }

    /// Removes what was not there, and what is of another kind now.
    private func removeNew(at path: FilePath) throws(BatonError) {
        for name in try names(in: root.pushing(path)) where name != repositoryName || !path.isEmpty {
            let child = path.appending(name)
            let now = root.pushing(child)
            let entry = try FileEntry(at: now)
            // What no view shows was not copied either, and is not the step's to lose.
            guard let known = manifest.entries[child]?.entry else {
                if entry != .special { try removeTree(now) }
                continue
            }
            switch (known, entry) {
            case (.directory, .directory): try removeNew(at: child)
            case (.directory, _), (_, .directory): try removeTree(now)
            default: break
            }
        }
    }

    private func putBack(_ known: Manifest.Entry, at path: FilePath) throws(BatonError) {
        let here = root.pushing(path)
        if let stamp = Stamp(at: here) {
            if case .directory = known.entry {
                if stamp.mode != known.source.mode { try setMode(of: here, to: known.source) }
                return
            }
            if stamp == known.source, !stamp.isRacy(after: manifest.finished) { return }
        }
        switch known.entry {
        case .directory:
            try makeFolder(here)
            try setMode(of: here, to: known.source)
        case .symlink(let target):
            if try FileEntry(at: here) == known.entry { return }
            try removeTree(here)
            let status = target.withPlatformString { target in here.withPlatformString { symlink(target, $0) } }
            guard status == 0 else { throw .system("symlink", here, errno) }
        case .file:
            if try FileEntry(at: here) == known.entry, try haveSameContent(here, copy.pushing(path)) {
                return try setMode(of: here, to: known.source)
            }
            try replace(here, with: copy.pushing(path))
        case .absent, .whiteout, .special: break
        }
    }

    /// In one move, so that the file is never half there.
    private func replace(_ path: FilePath, with saved: FilePath) throws(BatonError) {
        let beside = path.removingLastComponent().appending(".baton-\(getpid())")
        var canClone = true
        try removeTree(beside)
        try copyFile(from: saved, to: beside, canClone: &canClone)
        guard beside.withPlatformString({ from in path.withPlatformString { rename(from, $0) } }) == 0 else {
            throw .system("rename", path, errno)
        }
    }

    private func setMode(of path: FilePath, to stamp: Stamp) throws(BatonError) {
        guard path.withPlatformString({ chmod($0, mode_t(stamp.mode & 0o7777)) }) == 0 else {
            throw .system("chmod", path, errno)
        }
    }
}
