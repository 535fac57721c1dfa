// An open directory, and what can be done to the names in it.

import BatonCore
import CBatonLinux
import Glibc
import SystemPackage

/// An open directory.
///
/// Everything is done relative to the open directory and never through a symbolic link, so that a link that appears in
/// the meantime cannot lead a write out of the working directory.
struct Directory: ~Copyable {
    private let descriptor: FileDescriptor

    /// Opens the directory at `path`; links on the way are followed.
    ///
    /// The corresponding C function is `open`.
    init(at path: FilePath) throws(Errno) {
        self.descriptor = FileDescriptor(
            rawValue: try system { path.withPlatformString { open($0, O_RDONLY | O_DIRECTORY | O_CLOEXEC) } }
        )
    }

    /// Opens the directory called `name` in `parent`; a link is refused (`ENOTDIR`).
    init(_ name: FilePath.Component, in parent: borrowing Directory) throws(Errno) {
        let parent = parent.descriptor.rawValue
        let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
        self.descriptor = FileDescriptor(
            rawValue: try system { name.withPlatformString { openat(parent, $0, flags) } }
        )
    }

    deinit {
        // A directory that was only read has nothing to lose when closing fails.
        try? descriptor.close()
    }
}

// MARK: - Reading

extension Directory {
    /// The state of `name` itself, not of what it links to; nil if there is no such name.
    func stamp(of name: FilePath.Component) throws(Errno) -> FileStamp? {
        var info = stat()
        do throws(Errno) {
            _ = try system { name.withPlatformString { fstatat(descriptor.rawValue, $0, &info, AT_SYMLINK_NOFOLLOW) } }
        } catch .noSuchFileOrDirectory {
            return nil
        }
        return FileStamp(info)
    }

    /// The bytes of the regular file `name`; see ``readRegularFile(_:upTo:)``.
    func read(_ name: FilePath.Component, upTo limit: Int = maximumFileBytes) throws(Errno) -> [UInt8] {
        let flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC
        let file = FileDescriptor(
            rawValue: try system { name.withPlatformString { openat(descriptor.rawValue, $0, flags) } }
        )
        return try readRegularFile(file, upTo: limit)
    }

    /// The target of the symbolic link `name`.
    func target(of name: FilePath.Component) throws(Errno) -> [UInt8] {
        var target = [CChar](repeating: 0, count: Int(PATH_MAX))
        let length = try system {
            name.withPlatformString { Int32(readlinkat(descriptor.rawValue, $0, &target, target.count)) }
        }
        return target.prefix(Int(length)).map { UInt8(bitPattern: $0) }
    }

    /// The names in the directory, in no particular order.
    func names() throws(Errno) -> [FilePath.Component] {
        // `fdopendir` takes the descriptor over, so it is given one of its own.
        let copy = try system { openat(descriptor.rawValue, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        guard let stream = fdopendir(copy) else {
            let error = Errno(rawValue: errno)
            close(copy)
            throw error
        }
        defer { closedir(stream) }
        var names: [FilePath.Component] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { tuple in
                tuple.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: tuple.pointee)) {
                    FilePath.Component(platformString: $0)
                }
            }
            if let name, name.kind == .regular { names.append(name) }
        }
        return names
    }
}

// MARK: - Writing

extension Directory {
    /// Creates the file `name`, which must not exist, with exactly these permissions.
    func createFile(_ name: FilePath.Component, permissions: UInt16, content: [UInt8]) throws(Errno) {
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
        let file = FileDescriptor(
            rawValue: try system { name.withPlatformString { openat(descriptor.rawValue, $0, flags, 0o600) } }
        )
        do {
            try file.closeAfter {
                _ = try file.writeAll(content)
                _ = try system { fchmod(file.rawValue, mode_t(permissions)) }
            }
        } catch {
            throw error as? Errno ?? .ioError
        }
    }

    /// Creates the symbolic link `name`, which must not exist.
    func createLink(_ name: FilePath.Component, to target: [UInt8]) throws(Errno) {
        let target = target.map { CChar(bitPattern: $0) } + [0]
        _ = try system { name.withPlatformString { symlinkat(target, descriptor.rawValue, $0) } }
    }

    /// Gives the file `name` of this directory a second name in `directory`, which must not exist.
    func link(
        _ name: FilePath.Component, to newName: FilePath.Component, in directory: borrowing Directory
    ) throws(Errno) {
        let target = directory.descriptor.rawValue
        _ = try system {
            name.withPlatformString { name in
                newName.withPlatformString { linkat(descriptor.rawValue, name, target, $0, 0) }
            }
        }
    }

    /// Sets the time at which the file `name` was modified.
    func setModified(_ name: FilePath.Component, _ time: FileTime) throws(Errno) {
        let time = timespec(tv_sec: time.seconds, tv_nsec: time.nanoseconds)
        _ = try system { name.withPlatformString { utimensat(descriptor.rawValue, $0, [time, time], 0) } }
    }

    /// Creates the directory `name`; it is fine if it exists.
    func createDirectory(_ name: FilePath.Component) throws(Errno) {
        do throws(Errno) {
            _ = try system { name.withPlatformString { mkdirat(descriptor.rawValue, $0, 0o777) } }
        } catch .fileExists {
            return
        }
    }

    /// Removes the file or link `name`.
    func removeFile(_ name: FilePath.Component) throws(Errno) {
        _ = try system { name.withPlatformString { unlinkat(descriptor.rawValue, $0, 0) } }
    }

    /// Removes the directory `name`, which must be empty.
    func removeDirectory(_ name: FilePath.Component) throws(Errno) {
        _ = try system { name.withPlatformString { unlinkat(descriptor.rawValue, $0, AT_REMOVEDIR) } }
    }

    /// Removes the file or link `name` if it is there.
    func removeIfPresent(_ name: FilePath.Component) throws(Errno) {
        do throws(Errno) {
            try removeFile(name)
        } catch .noSuchFileOrDirectory {
            return
        }
    }

    /// Renames `name` to `newName` in `directory`, at once.
    ///
    /// What is there is replaced only if `replacing`; otherwise it fails with `EEXIST`.
    func move(
        _ name: FilePath.Component, to newName: FilePath.Component, in directory: borrowing Directory, replacing: Bool
    ) throws(Errno) {
        do throws(Errno) {
            try rename(name, to: newName, in: directory, flags: replacing ? 0 : BATON_RENAME_NOREPLACE)
        } catch .invalidArgument where !replacing {
            // A file system that knows no flags, as some over a network: a moment remains in which a new file is missed.
            guard try directory.stamp(of: newName) == nil else { throw .fileExists }
            try rename(name, to: newName, in: directory, flags: 0)
        }
    }

    /// Lets `name` and `otherName` in `directory` change places, at once; both must be there.
    ///
    /// - Throws: `EINVAL` where the file system cannot do that.
    func exchange(
        _ name: FilePath.Component, with otherName: FilePath.Component, in directory: borrowing Directory
    ) throws(Errno) {
        try rename(name, to: otherName, in: directory, flags: BATON_RENAME_EXCHANGE)
    }

    /// The corresponding C function is `renameat2`.
    private func rename(
        _ name: FilePath.Component, to newName: FilePath.Component, in directory: borrowing Directory, flags: UInt32
    ) throws(Errno) {
        let target = directory.descriptor.rawValue
        _ = try system {
            name.withPlatformString { name in
                newName.withPlatformString { baton_rename(descriptor.rawValue, name, target, $0, flags) }
            }
        }
    }

    /// Nil if files may be created and removed here, else why not.
    var writeProblem: Errno? {
        faccessat(descriptor.rawValue, ".", W_OK | X_OK, AT_EACCESS) == 0 ? nil : Errno(rawValue: errno)
    }
}

// MARK: - System calls

/// Runs a system call again as long as a signal interrupts it.
func system(_ call: () -> Int32) throws(Errno) -> Int32 {
    while true {
        let result = call()
        if result >= 0 { return result }
        let error = Errno(rawValue: errno)
        if error != .interrupted { throw error }
    }
}

/// The size of the largest file that is landed: 100 MiB.
///
/// Larger ones are refused, since git keeps every version for good.
let maximumFileBytes = 100 << 20

/// The bytes of an open file, which is closed.
///
/// - Throws: `EFBIG` for more than `limit` bytes, `EINVAL` for anything but a regular file.
func readRegularFile(_ file: FileDescriptor, upTo limit: Int) throws(Errno) -> [UInt8] {
    do {
        return try file.closeAfter {
            var info = stat()
            _ = try system { fstat(file.rawValue, &info) }
            guard info.st_mode & S_IFMT == S_IFREG else { throw Errno.invalidArgument }
            guard info.st_size <= limit else { throw Errno.fileTooLarge }
            // One byte more than expected, to notice the end, and a file that grew, without another allocation.
            var bytes: [UInt8] = []
            while true {
                let room = max(Int(info.st_size) + 1 - bytes.count, 1 << 16)
                let chunk = try [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
                    count = try file.read(into: UnsafeMutableRawBufferPointer(buffer))
                }
                if chunk.isEmpty { return bytes }
                if bytes.isEmpty { bytes = chunk } else { bytes += chunk }
                guard bytes.count <= limit else { throw Errno.fileTooLarge }
            }
        }
    } catch {
        throw error as? Errno ?? .ioError
    }
}
