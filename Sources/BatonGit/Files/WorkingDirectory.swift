// The user's files: looking at paths without following links.

import BatonCore
import Glibc
import SystemPackage

/// The user's working directory.
struct WorkingDirectory {
    let root: FilePath

    /// What is at a path.
    enum Sighting: Hashable {
        case absent
        /// A parent of the path is not a directory.
        case blocked(by: FilePath, isSymlink: Bool)
        case present(FileStamp)

        var stamp: FileStamp? { if case .present(let stamp) = self { stamp } else { nil } }
    }

    /// Why the directory that a path is in cannot be opened.
    enum WalkFailure: Error {
        case missing
        case blocked(by: FilePath, isSymlink: Bool)
        case failed(Errno)
    }

    /// Opens the directory that `path` is in, one component after the other, never through a link.
    ///
    /// If `creating`, missing directories are made.
    func parent(of path: FilePath, creating: Bool = false) throws(WalkFailure) -> Directory {
        try directory(path.removingLastComponent(), creating: creating)
    }

    /// Opens the directory at `path`; the empty path is the root.
    func directory(_ path: FilePath, creating: Bool = false) throws(WalkFailure) -> Directory {
        var directory: Directory
        do throws(Errno) {
            directory = try Directory(at: root)
        } catch {
            throw .failed(error)
        }
        var walked = FilePath()
        for name in path.components {
            walked.append(name)
            do throws(Errno) {
                if creating { try directory.createDirectory(name) }
                directory = try Directory(name, in: directory)
            } catch .noSuchFileOrDirectory {
                throw .missing
            } catch .notDirectory {
                let stamp = try? directory.stamp(of: name)
                throw .blocked(by: walked, isSymlink: stamp?.kind == .symlink)
            } catch {
                throw .failed(error)
            }
        }
        return directory
    }

    /// What is at `path` now.
    func look(at path: FilePath) throws(Errno) -> Sighting {
        guard let name = path.lastComponent else { return .absent }
        let directory: Directory
        do throws(WalkFailure) {
            directory = try parent(of: path)
        } catch {
            switch error {
            case .missing: return .absent
            case .blocked(let parent, let isSymlink): return .blocked(by: parent, isSymlink: isSymlink)
            case .failed(let error): throw error
            }
        }
        return try directory.stamp(of: name).map { .present($0) } ?? .absent
    }

    /// What is at `path` now, with its bytes if it is a file or a link.
    ///
    /// A directory, a pipe and the like have no state: nil, but a sighting.
    func read(_ path: FilePath) throws(Errno) -> (Sighting, FileState?) {
        let sighting = try look(at: path)
        guard case .present(let stamp) = sighting else { return (sighting, nil) }
        switch stamp.kind {
        case .symlink: return (sighting, .link(try linkTarget(of: path)))
        case .file:
            let bytes = try content(of: path)
            return (sighting, FileState(kind: .file, bytes: bytes, permissions: stamp.permissions))
        case .directory, .other: return (sighting, nil)
        }
    }

    /// The state of the directory at `path`, of which the empty path is the root; nil if there is none.
    func stamp(ofDirectory path: FilePath) throws(Errno) -> FileStamp? {
        guard !path.isEmpty else { return try Directory(at: root).stamp(of: ".") }
        guard case .present(let stamp) = try look(at: path), stamp.kind == .directory else { return nil }
        return stamp
    }

    /// The paths of everything below the directory at `path` that is not a directory, in no particular order.
    ///
    /// Stops after `limit` paths.
    func paths(below path: FilePath, limit: Int) throws(Errno) -> [FilePath] {
        let directory: Directory
        do throws(WalkFailure) {
            directory = try self.directory(path)
        } catch {
            if case .failed(let error) = error { throw error }
            return []
        }
        var found: [FilePath] = []
        for name in try directory.names() where found.count < limit {
            let child = path.appending(name)
            if try directory.stamp(of: name)?.kind == .directory {
                found += try paths(below: child, limit: limit - found.count)
            } else {
                found.append(child)
            }
        }
        return found
    }

    /// The bytes of the regular file at `path`.
    func content(of path: FilePath) throws(Errno) -> [UInt8] {
        try withParent(of: path) { (directory, name) throws(Errno) in try directory.read(name) }
    }

    /// The bytes of a regular file anywhere; the last component of `file` must not be a link.
    ///
    /// `path` is the name that an error tells.
    static func content(at file: FilePath, shownAs path: FilePath) throws(BatonError) -> [UInt8] {
        try explainingErrno("read", path) { () throws(Errno) in
            guard let name = file.lastComponent else { throw .invalidArgument }
            return try Directory(at: file.removingLastComponent()).read(name)
        }
    }

    /// The target of the symbolic link at `path`.
    func linkTarget(of path: FilePath) throws(Errno) -> [UInt8] {
        try withParent(of: path) { (directory, name) throws(Errno) in try directory.target(of: name) }
    }

    /// Runs `body` with the directory that `path` is in and the path's last component.
    ///
    /// - Throws: `ENOENT` or `ENOTDIR` if there is no such directory, and what `body` throws.
    func withParent<Value>(
        of path: FilePath,
        creating: Bool = false,
        _ body: (borrowing Directory, FilePath.Component) throws(Errno) -> Value
    ) throws(Errno) -> Value {
        guard let name = path.lastComponent else { throw .invalidArgument }
        let directory: Directory
        do throws(WalkFailure) {
            directory = try parent(of: path, creating: creating)
        } catch {
            switch error {
            case .missing: throw .noSuchFileOrDirectory
            case .blocked: throw .notDirectory
            case .failed(let error): throw error
            }
        }
        return try body(directory, name)
    }
}
