// Puts the files of a landing in place.

import BatonCore
import SystemPackage

/// The files of a landing: first complete under temporary names beside their places, then moved there.
///
/// Whatever can fail for want of space or permission fails while nothing has changed yet; what remains is renaming.
final class StagedFiles {
    private let working: WorkingDirectory
    private var staged: [(path: FilePath, temporary: FilePath)] = []

    init(in working: WorkingDirectory) {
        self.working = working
    }

    /// Removes temporary files that were not moved.
    deinit {
        for (_, temporary) in staged {
            // A temporary file that cannot be removed any more does not make the landing wrong.
            try? working.withParent(of: temporary) { (directory, name) throws(Errno) in try directory.removeFile(name) }
        }
    }

    // MARK: Before anything changes

    /// Prepares `checked`, for a file with these bytes; for a removal, asks whether it can be done.
    func stage(_ checked: CheckedChange, content: [UInt8]?) throws(BatonError) {
        let change = checked.change
        try explainingErrno(change.isRemoval ? "remove" : "write", change.path) { () throws(Errno) in
            switch change.wanted {
            case .removed:
                let problem = try working.withParent(of: change.path) { (directory, _) throws(Errno) in
                    directory.writeProblem
                }
                if let problem { throw problem }
            case .file(_, let executable):
                try create(for: change.path) { (directory, name) throws(Errno) in
                    try directory.createFile(name, executable: executable, content: content ?? [])
                }
            case .symlink(let target):
                try create(for: change.path) { (directory, name) throws(Errno) in
                    try directory.createLink(name, to: target)
                }
            }
        }
    }

    /// Creates something under a new name in the directory of `path`, or in the nearest one that exists.
    private func create(
        for path: FilePath,
        _ make: (borrowing Directory, FilePath.Component) throws(Errno) -> Void
    ) throws(Errno) {
        var parent = path.removingLastComponent()
        while !parent.isEmpty, try working.look(at: parent).stamp?.kind != .directory {
            parent.removeLastComponent()
        }
        let temporary = parent.appending(".baton-\(String(UInt64.random(in: .min ... .max), radix: 36)).tmp")
        staged.append((path, temporary))
        try working.withParent(of: temporary, make)
    }

    // MARK: Afterwards

    /// What became of a landing's files.
    struct Outcome {
        /// The state of every file that is in place.
        var stamps: [FilePath: FileStamp] = [:]
        /// The paths that are not as they should be, and why.
        var failures: [(path: FilePath, error: Errno)] = []
    }

    /// Removes and moves everything; goes on after a failure, so that as little as possible is left undone.
    ///
    /// Directories that become empty by it are removed as well, as git does; no others are.
    func putInPlace(_ changes: [CheckedChange]) -> Outcome {
        var outcome = Outcome()
        let removals = changes.filter(\.change.isRemoval).map(\.path)
        for path in removals {
            do throws(Errno) {
                try working.withParent(of: path) { (directory, name) throws(Errno) in try directory.removeFile(name) }
            } catch {
                outcome.failures.append((path, error))
            }
        }
        var notMoved: [(path: FilePath, temporary: FilePath)] = []
        for (path, temporary) in staged {
            do throws(Errno) {
                outcome.stamps[path] = try move(temporary, to: path)
            } catch {
                outcome.failures.append((path, error))
                notMoved.append((path, temporary))
            }
        }
        staged = notMoved
        for path in removals { removeEmptyParents(of: path) }
        return outcome
    }

    private func move(_ temporary: FilePath, to path: FilePath) throws(Errno) -> FileStamp? {
        if try working.look(at: path).stamp?.kind == .directory { try removeEmptyDirectories(at: path) }
        return try working.withParent(of: path, creating: true) { (target, name) throws(Errno) in
            try working.withParent(of: temporary) { (source, temporaryName) throws(Errno) in
                try source.move(temporaryName, to: name, in: target)
            }
            return try target.stamp(of: name)
        }
    }

    /// Removes the directory at `path` and those in it; fails if there is a file left anywhere.
    private func removeEmptyDirectories(at path: FilePath) throws(Errno) {
        let names = try working.withParent(of: path) { (parent, name) throws(Errno) in
            try Directory(name, in: parent).names()
        }
        for name in names {
            try removeEmptyDirectories(at: path.appending(name))
        }
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
