// Puts files in place, such that nothing that somebody else wrote meanwhile is lost.

import BatonCore
import SystemPackage

/// Puts the files of one operation in place: first complete under temporary names beside their places, then by renaming.
///
/// A file that is replaced changes places with the new one and is compared once more before it goes. So a version that
/// was saved in the last moment is seen, put back, and reported instead of being overwritten.
final class FilePlacer {
    private let working: WorkingDirectory
    private let stem: String
    /// Where the temporary files are, by the items' numbers.
    private var staged: [Int: FilePath] = [:]

    /// The name of the `operation` gives the temporary names, so that they are found again after a crash.
    init(in working: WorkingDirectory, operation: ObjectID) {
        self.working = working
        self.stem = ".baton-\(operation.hex.prefix(16))-"
    }

    /// One file to be put in place.
    struct Item {
        /// Makes the temporary name; stays the same for one operation.
        var number: Int
        var path: FilePath
        var before: FileState?
        var after: FileState?
    }

    /// What became of the files.
    struct Placement {
        /// The state of every file that is in place.
        var stamps: [FilePath: FileStamp] = [:]
        /// Paths that somebody else changed in the last moment, or that could not be written; they are as they were.
        var left: [(path: FilePath, error: Errno?)] = []
    }

    // MARK: Before anything changes

    /// Writes the new content under its temporary name; for a removal, asks whether it can be done.
    func stage(_ item: Item) throws(Errno) {
        guard let state = item.after else {
            let problem = try working.withParent(of: item.path) { (directory, _) throws(Errno) in
                directory.writeProblem
            }
            if let problem { throw problem }
            return
        }
        let temporary = try nearestTemporaryPath(of: item)
        staged[item.number] = temporary
        try working.withParent(of: temporary) { (directory, name) throws(Errno) in
            try directory.removeIfPresent(name)
            switch state.kind {
            case .link: try directory.createLink(name, to: state.bytes)
            case .file: try directory.createFile(name, permissions: state.permissions, content: state.bytes)
            }
        }
    }

    /// Removes temporary files of an operation that changed nothing.
    func discard(_ item: Item) {
        for temporary in temporaryPaths(of: item) {
            // A temporary file that cannot be removed any more does not make anything wrong.
            try? working.withParent(of: temporary) { (directory, name) throws(Errno) in
                try directory.removeIfPresent(name)
            }
        }
    }

    /// In the directory that the path is in, or in the nearest above it that exists.
    private func nearestTemporaryPath(of item: Item) throws(Errno) -> FilePath {
        for candidate in temporaryPaths(of: item).dropLast() {
            let parent = candidate.removingLastComponent()
            if try working.look(at: parent).stamp?.kind == .directory { return candidate }
        }
        return FilePath(stem + String(item.number))
    }

    /// The places where the temporary file can be, the nearest first; the root is the last.
    private func temporaryPaths(of item: Item) -> [FilePath] {
        let name = stem + String(item.number)
        return item.path.parents.reversed().map { $0.appending(name) } + [FilePath(name)]
    }

    // MARK: Afterwards

    /// Removes and moves everything; goes on after a failure, so that as little as possible is left undone.
    ///
    /// Directories that become empty by it are removed as well, as git does; no others are.
    func place(_ items: [Item]) -> Placement {
        var placement = Placement()
        let removals = items.filter { $0.after == nil }
        for item in removals {
            do throws(Errno) {
                if try !remove(item) { placement.left.append((item.path, nil)) }
            } catch {
                placement.left.append((item.path, error))
            }
        }
        for item in items where item.after != nil {
            do throws(Errno) {
                guard let stamp = try put(item) else {
                    placement.left.append((item.path, nil))
                    continue
                }
                placement.stamps[item.path] = stamp
            } catch {
                placement.left.append((item.path, error))
            }
        }
        for item in removals { removeEmptyParents(of: item.path) }
        return placement
    }

    /// False if somebody else's version stands there.
    private func remove(_ item: Item) throws(Errno) -> Bool {
        guard item.before != nil else { return true }
        let aside = item.path.removingLastComponent().appending(stem + String(item.number))
        return try working.withParent(of: item.path) { (directory, name) throws(Errno) in
            guard let temporary = aside.lastComponent else { throw .invalidArgument }
            do throws(Errno) {
                try directory.move(name, to: temporary, in: directory, replacing: true)
            } catch .noSuchFileOrDirectory {
                return true
            }
            if try state(of: temporary, in: directory).isSame(as: item.before) {
                try directory.removeFile(temporary)
                return true
            }
            try directory.move(temporary, to: name, in: directory, replacing: false)
            return false
        }
    }

    /// The file's state once it is in place; nil if somebody else's version stands there.
    private func put(_ item: Item) throws(Errno) -> FileStamp? {
        guard let temporary = staged[item.number] else { throw .noSuchFileOrDirectory }
        if item.before == nil, try working.look(at: item.path).stamp?.kind == .directory {
            try removeEmptyDirectories(at: item.path)
        }
        return try working.withParent(of: item.path, creating: true) { (target, name) throws(Errno) in
            try working.withParent(of: temporary) { (source, temporaryName) throws(Errno) in
                guard item.before != nil else {
                    do throws(Errno) {
                        try source.move(temporaryName, to: name, in: target, replacing: false)
                    } catch .fileExists {
                        try source.removeFile(temporaryName)
                        return nil
                    }
                    return try target.stamp(of: name)
                }
                return try replace(name, in: target, by: temporaryName, in: source, item)
            }
        }
    }

    private func replace(
        _ name: FilePath.Component, in target: borrowing Directory, by temporary: FilePath.Component,
        in source: borrowing Directory, _ item: Item
    ) throws(Errno) -> FileStamp? {
        do throws(Errno) {
            try source.exchange(temporary, with: name, in: target)
        } catch .invalidArgument {
            // A file system that cannot let two files change places: a moment remains in which an edit is missed.
            guard try state(of: name, in: target).isSame(as: item.before) else {
                try source.removeFile(temporary)
                return nil
            }
            try source.move(temporary, to: name, in: target, replacing: true)
            return try target.stamp(of: name)
        } catch .noSuchFileOrDirectory {
            // Somebody removed the file.
            try source.removeFile(temporary)
            return nil
        }
        if try state(of: temporary, in: source).isSame(as: item.before) {
            try source.removeFile(temporary)
            return try target.stamp(of: name)
        }
        try source.exchange(temporary, with: name, in: target)
        try source.removeFile(temporary)
        return nil
    }

    private func state(of name: FilePath.Component, in directory: borrowing Directory) throws(Errno) -> FileState? {
        guard let stamp = try directory.stamp(of: name) else { return nil }
        switch stamp.kind {
        case .symlink: return .link(try directory.target(of: name))
        case .file:
            return FileState(kind: .file, bytes: try directory.read(name), permissions: stamp.permissions)
        case .directory, .other: return nil
        }
    }

    // MARK: After a crash

    /// Finishes what an earlier process has begun with `items`.
    ///
    /// What stands at a path by now and is neither what was before nor what shall be is somebody's, and stays.
    func finish(_ items: [Item]) -> Placement {
        var left: [(path: FilePath, error: Errno?)] = []
        var open: [Item] = []
        for item in items {
            do throws(Errno) {
                try putBackDisplaced(item)
                let (_, now) = try working.read(item.path)
                if now.isSame(as: item.after) { continue }
                guard now.isSame(as: item.before) else {
                    left.append((item.path, nil))
                    continue
                }
                try stage(item)
                open.append(item)
            } catch {
                left.append((item.path, error))
            }
        }
        var placement = place(open)
        for item in items where item.after == nil { removeEmptyParents(of: item.path) }
        placement.left += left
        return placement
    }

    /// A version that was saved in the last moment may have been moved aside when the process ended.
    private func putBackDisplaced(_ item: Item) throws(Errno) {
        for temporary in temporaryPaths(of: item) {
            guard let (_, state) = try? working.read(temporary), let state else { continue }
            try working.withParent(of: temporary) { (source, temporaryName) throws(Errno) in
                let isKnown = [item.before, item.after].contains { $0?.isSame(as: state) == true }
                if isKnown {
                    return try source.removeFile(temporaryName)
                }
                try working.withParent(of: item.path) { (target, name) throws(Errno) in
                    if try target.stamp(of: name) == nil {
                        return try source.move(temporaryName, to: name, in: target, replacing: false)
                    }
                    guard try self.state(of: name, in: target).isSame(as: item.after) else { return }
                    try source.exchange(temporaryName, with: name, in: target)
                    try source.removeFile(temporaryName)
                }
            }
        }
    }

    // MARK: Directories

    /// Removes the directory at `path` and those in it; fails if there is a file left anywhere.
    private func removeEmptyDirectories(at path: FilePath) throws(Errno) {
        let names = try working.withParent(of: path) { (parent, name) throws(Errno) in
            try Directory(name, in: parent).names()
        }
        for name in names { try removeEmptyDirectories(at: path.appending(name)) }
        try working.withParent(of: path) { (directory, name) throws(Errno) in try directory.removeDirectory(name) }
    }

    private func removeEmptyParents(of path: FilePath) {
        for parent in path.parents.reversed() {
            do throws(Errno) {
                try working.withParent(of: parent) { (directory, name) throws(Errno) in
                    try directory.removeDirectory(name)
                }
            } catch .noSuchFileOrDirectory {
                continue
            } catch {
                // Not empty, or not ours to remove: then its parents are not empty either.
                return
            }
        }
    }
}
