// Looking at and removing trees of files, without ever following a link.

package import BatonCore
import CBatonLinux
import Glibc
package import SystemPackage

/// What stands at a path; links are not followed.
package enum FileEntry: Hashable, Sendable {
    case absent
    case file(executable: Bool)
    case symlink(target: FilePath)
    case directory
    /// Overlay's mark for "removed": a character device 0:0, or an empty file with an attribute.
    case whiteout
    /// A pipe, socket or device.
    case special

    package init(at path: FilePath) throws(BatonError) {
        var status = stat()
        guard path.withPlatformString({ lstat($0, &status) }) == 0 else {
            guard errno == ENOENT || errno == ENOTDIR else { throw .system("lstat", path, errno) }
            self = .absent
            return
        }
        switch status.st_mode & S_IFMT {
        case S_IFREG:
            let isWhiteout = status.st_size == 0 && Self.hasAttribute("whiteout", at: path)
            self = isWhiteout ? .whiteout : .file(executable: status.st_mode & S_IXUSR != 0)
        case S_IFLNK: self = .symlink(target: try Self.linkTarget(at: path, size: Int(status.st_size)))
        case S_IFDIR: self = .directory
        case S_IFCHR where status.st_rdev == 0: self = .whiteout
        default: self = .special
        }
    }

    private static func linkTarget(at path: FilePath, size: Int) throws(BatonError) -> FilePath {
        // One byte more than lstat said, so that a link that grew meanwhile is noticed rather than cut.
        var buffer = [CChar](repeating: 0, count: max(size, 255) + 2)
        let count = path.withPlatformString { readlink($0, &buffer, buffer.count - 1) }
        guard count >= 0 else { throw .system("readlink", path, errno) }
        guard count < buffer.count - 1 else { throw .system("readlink", path, EAGAIN) }
        buffer[count] = 0
        return buffer.withUnsafeBufferPointer { $0.baseAddress.map { FilePath(platformString: $0) } ?? FilePath() }
    }

    /// True if overlay has set the attribute in one of its namespaces, or fuse-overlayfs in its own.
    ///
    /// Sources: overlayfs.rst, "userxattr"; fuse-overlayfs 1.10, `set_fd_opaque`.
    static func hasAttribute(_ name: String, at path: FilePath) -> Bool {
        path.withPlatformString { path in
            ["user.overlay", "trusted.overlay", "user.fuseoverlayfs"].contains { space in
                baton_has_attribute(path, "\(space).\(name)")
            }
        }
    }
}

extension BatonError {
    /// A call of the operating system that failed.
    static func system(_ call: String, _ path: FilePath, _ error: Int32) -> BatonError {
        BatonError(
            .unsupported, "cannot read or write '\(path)'", causes: ["\(call): \(String(cString: strerror(error)))"])
    }
}

/// The names in a folder, sorted by their bytes, without `.` and `..`.
package func names(in folder: FilePath) throws(BatonError) -> [FilePath.Component] {
    guard let stream = folder.withPlatformString({ opendir($0) }) else { throw .system("opendir", folder, errno) }
    defer { closedir(stream) }
    var result: [(text: String, name: FilePath.Component)] = []
    while let entry = readdir(stream) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) {
            $0.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { FilePath.Component(platformString: $0) }
        }
        if let name, name.kind == .regular { result.append((name.string, name)) }
    }
    return result.sorted { $0.text < $1.text }.map(\.name)
}

/// The name of what no view shows as the step's: a repository.
let repositoryName: FilePath.Component = ".git"

/// True if both files have the same bytes.
func haveSameContent(_ left: FilePath, _ right: FilePath) throws(BatonError) -> Bool {
    let leftFile = try ReadableFile(left)
    let rightFile = try ReadableFile(right)
    guard leftFile.size == rightFile.size else { return false }
    while true {
        let leftBytes = try leftFile.read()
        guard try leftBytes == rightFile.read() else { return false }
        if leftBytes.isEmpty { return true }
    }
}

/// An open file that is read from its start to its end.
struct ReadableFile: ~Copyable {
    private let path: FilePath
    private let descriptor: Int32
    let size: Int

    /// Bytes that are read at a time.
    private static let chunkBytes = 1 << 18

    init(_ path: FilePath) throws(BatonError) {
        // O_NONBLOCK: a pipe that was put in the file's place must not make anybody wait.
        let descriptor = path.withPlatformString { open($0, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK) }
        guard descriptor >= 0 else { throw .system("open", path, errno) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw .system("open", path, EINVAL)
        }
        self.path = path
        self.descriptor = descriptor
        self.size = Int(status.st_size)
    }

    deinit { close(descriptor) }

    /// Makes `target`, an open empty file, share this one's blocks; false where the file systems cannot.
    func clone(into target: Int32) -> Bool { baton_clone_file(descriptor, target) == 0 }

    /// Writes what is left to read to `target`, which is open at `path`.
    func write(to target: Int32, _ path: FilePath) throws(BatonError) {
        while true {
            let bytes = try read()
            if bytes.isEmpty { return }
            var offset = 0
            while offset < bytes.count {
                let written = bytes.withUnsafeBytes { buffer in
                    Glibc.write(target, buffer.baseAddress?.advanced(by: offset), buffer.count - offset)
                }
                if written < 0, errno == EINTR { continue }
                guard written > 0 else { throw .system("write", path, errno) }
                offset += written
            }
        }
    }

    /// The next bytes; empty at the end.
    func read() throws(BatonError) -> [UInt8] {
        var error: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: Self.chunkBytes) { buffer, count in
            while count < buffer.count {
                let received = Glibc.read(descriptor, buffer.baseAddress?.advanced(by: count), buffer.count - count)
                if received < 0, errno == EINTR { continue }
                if received < 0 { error = errno }
                guard received > 0 else { return }
                count += received
            }
        }
        guard error == 0 else { throw .system("read", path, error) }
        return bytes
    }
}

/// Makes a folder that only its owner may enter, and the folders above it that are missing.
///
/// An existing one is fine.
package func makeFolder(_ path: FilePath) throws(BatonError) {
    guard path.withPlatformString({ mkdir($0, 0o700) }) != 0, errno != EEXIST else { return }
    guard errno == ENOENT, !path.components.isEmpty else { throw .system("mkdir", path, errno) }
    try makeFolder(path.removingLastComponent())
    guard path.withPlatformString({ mkdir($0, 0o700) }) == 0 || errno == EEXIST else {
        throw .system("mkdir", path, errno)
    }
}

/// Removes a tree, also folders without permissions, as overlay leaves one behind.
///
/// What is missing is fine.
package func removeTree(_ path: FilePath) throws(BatonError) {
    guard case .directory = try FileEntry(at: path) else {
        guard path.withPlatformString({ unlink($0) }) == 0 || errno == ENOENT else {
            throw .system("unlink", path, errno)
        }
        return
    }
    _ = path.withPlatformString { chmod($0, 0o700) }
    for name in try names(in: path) { try removeTree(path.appending(name)) }
    guard path.withPlatformString({ rmdir($0) }) == 0 || errno == ENOENT else { throw .system("rmdir", path, errno) }
}
