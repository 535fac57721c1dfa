// The files of a step's view. SPDX-License-Identifier: MIT

import Glibc

/// The files of a step's view, by paths relative to its root.
///
/// A convenience: any file call does as well. What it adds: nothing outside the root is reached, through links neither,
/// and errors name the path.
public struct Workspace: Hashable, Sendable {
    /// The largest file that `text(of:)` reads unless told otherwise, in bytes: 1 MiB.
    public static let fileBytesMax = 1 << 20
    /// The most files that `files(matching:)` returns.
    public static let filesMax = 20_000
    /// The deepest folder that `files(matching:)` looks into.
    private static let depthMax = 64

    /// The absolute path of the view's root; while a plugin runs it is also the current directory.
    public let root: String

    /// The files below a folder.
    public init(root: String) {
        self.root = root
    }

    /// Whether there is a file or folder at the path; false for a path that leads out of the root.
    public func exists(_ path: String) -> Bool {
        guard let full = try? existing(path) else { return false }
        return access(full, F_OK) == 0
    }

    /// The regular files whose paths match one of the patterns, sorted by path.
    ///
    /// `.git` folders are left out, and links are not followed.
    public func files(matching patterns: [Glob]) -> [String] {
        var found: [String] = []
        walk("", depth: 0) { path in
            if patterns.contains(where: { $0.matches(path) }) { found.append(path) }
            return found.count < Self.filesMax
        }
        return found.sorted()
    }

    /// The bytes of a file.
    ///
    /// - Throws: A `PluginError`: `denied` for a path out of the root, `tooLarge` over `limit` bytes, else `failed`.
    public func bytes(of path: String, limit: Int = fileBytesMax) throws -> [UInt8] {
        let descriptor = open(try existing(path), O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw failure("read", path) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failure("read", path) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw PluginError(.failed, "cannot read '\(path)': not a regular file")
        }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure("read", path) }
            if count == 0 { return bytes }
            bytes += chunk[..<count]
            if bytes.count > limit {
                throw PluginError(.tooLarge, "'\(path)' is larger than \(limit) bytes")
            }
        }
    }

    /// The text of a file, which has to be UTF-8; nil if it is something else, such as a picture.
    ///
    /// - Throws: What `bytes(of:limit:)` throws.
    public func text(of path: String, limit: Int = fileBytesMax) throws -> String? {
        let bytes = try bytes(of: path, limit: limit)
        return bytes.contains(0) ? nil : String(validating: bytes, as: UTF8.self)
    }

    /// Writes a file, making the folders that it lies in; a file that exists keeps its mode.
    ///
    /// - Throws: A `PluginError`: `denied` for a path out of the root, else `failed`.
    public func write(_ text: String, to path: String) throws {
        try write(Array(text.utf8), to: path)
    }

    /// Writes a file, making the folders that it lies in; a file that exists keeps its mode.
    ///
    /// - Throws: A `PluginError`: `denied` for a path out of the root, else `failed`.
    public func write(_ bytes: [UInt8], to path: String) throws {
        try makeFolder(of: path)
        let full = try existing(path)
        let descriptor = open(full, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw failure("write", path) }
        defer { close(descriptor) }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure("write", path) }
            rest = rest.dropFirst(count)
        }
    }

    /// Removes a file.
    ///
    /// - Throws: A `PluginError`: `denied` for a path out of the root, else `failed`.
    public func remove(_ path: String) throws {
        guard unlink(try existing(path)) == 0 else { throw failure("remove", path) }
    }
}

extension Workspace {
    /// The absolute path of `path`, links resolved as far as it exists.
    private func existing(_ path: String) throws -> String {
        let components = try components(of: path)
        guard let base = resolved(root) else { throw failure("open", root) }
        var full = "\(root)/\(path)"
        // What is there may be a link; what is not there yet is checked through the folder that it will lie in.
        if let target = resolved(full) {
            full = target
        } else if isLink(full) {
            throw PluginError(.denied, "'\(path)' is a link that leads nowhere")
        } else if let folder = components.dropLast().isEmpty
            ? base : resolved("\(root)/\(components.dropLast().joined(separator: "/"))")
        {
            full = "\(folder)/\(components.last ?? "")"
        } else {
            return full
        }
        guard full == base || full.hasPrefix(base == "/" ? "/" : base + "/") else {
            throw PluginError(.denied, "'\(path)' leads out of the workspace")
        }
        return full
    }

    private func components(of path: String) throws -> [Substring] {
        let components = path.split(separator: "/", omittingEmptySubsequences: false)
        guard !path.isEmpty, !path.utf8.contains(0), !path.hasPrefix("/"), !components.contains("..") else {
            throw PluginError(.denied, "'\(path)' is not a path inside the workspace")
        }
        return components
    }

    private func makeFolder(of path: String) throws {
        var folder = ""
        for component in try components(of: path).dropLast() where !component.isEmpty {
            folder += folder.isEmpty ? "\(component)" : "/\(component)"
            if mkdir(try existing(folder), 0o777) != 0, errno != EEXIST { throw failure("make folder", folder) }
        }
    }

    private func resolved(_ path: String) -> String? {
        guard let target = realpath(path, nil) else { return nil }
        defer { free(target) }
        return String(cString: target)
    }

    private func isLink(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
    }

    /// Calls `visit` for each regular file below `folder` until it returns false.
    @discardableResult
    private func walk(_ folder: String, depth: Int, visit: (String) -> Bool) -> Bool {
        guard depth < Self.depthMax, let directory = opendir(folder.isEmpty ? root : "\(root)/\(folder)") else {
            return true
        }
        defer { closedir(directory) }
        guard let nameOffset = MemoryLayout<dirent>.offset(of: \dirent.d_name) else { return true }
        while let entry = readdir(directory) {
            // The record may be shorter than the declared type, so the name is read in place.
            let bytes = UnsafeRawPointer(entry).advanced(by: nameOffset).assumingMemoryBound(to: CChar.self)
            guard let name = String(validatingCString: bytes), ![".", "..", ".git"].contains(name) else { continue }
            let path = folder.isEmpty ? name : "\(folder)/\(name)"
            var status = stat()
            guard lstat("\(root)/\(path)", &status) == 0 else { continue }
            let goesOn =
                switch status.st_mode & S_IFMT {
                case S_IFDIR: walk(path, depth: depth + 1, visit: visit)
                case S_IFREG: visit(path)
                default: true
                }
            guard goesOn else { return false }
        }
        return true
    }

    private func failure(_ verb: String, _ path: String) -> PluginError {
        PluginError(.failed, "cannot \(verb) '\(path)': \(String(cString: strerror(errno)))")
    }
}
