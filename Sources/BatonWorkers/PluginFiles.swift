// Opens plugins: what is hashed is what is loaded.

package import BatonCore
import Crypto
import Foundation
import Glibc
package import SystemPackage

/// A plugin's library, open and checked.
package struct PluginFile: Sendable {
    /// Open for reading until the ``PluginFiles`` that made it goes away.
    package let descriptor: Int32
    package let sha256: String
    package let path: FilePath
}

/// The libraries that this process has opened.
///
/// A library is opened once and hashed through that descriptor, which is then given to every worker that loads it. So
/// nobody can put another file in its place between the check and the use.
package actor PluginFiles {
    private var open: [FilePath: PluginFile] = [:]

    package init() {}

    deinit {
        for file in open.values { close(file.descriptor) }
    }

    /// Opens the library of `role`, or returns it if it already is open.
    ///
    /// - Throws: `denied` if others than the user or root could have changed it, or if it is not what its manifest says.
    package func file(of role: InstalledRole) throws(BatonError) -> PluginFile {
        if let file = open[role.library] { return file }
        let path = role.library
        let descriptor = path.withPlatformString { Glibc.open($0, O_RDONLY | O_CLOEXEC | O_NONBLOCK) }
        guard descriptor >= 0 else {
            let reason = String(cString: strerror(errno))
            throw BatonError(.notFound, "cannot open plugin '\(path)'", causes: ["open: \(reason)"])
        }
        do throws(BatonError) {
            try checkOwner(of: descriptor, path: path)
            let sha256 = try hash(of: descriptor, path: path)
            guard let expected = role.plugin.sha256 else {
                throw BatonError(.denied, "the manifest of plugin '\(role.plugin.id)' has no 'sha256'")
            }
            guard sha256 == expected else {
                throw BatonError(
                    .denied, "plugin '\(path)' is not the file that its manifest names",
                    causes: ["its sha256 is \(sha256), the manifest says \(expected)"],
                    hints: ["Install the plugin again."]
                )
            }
            let file = PluginFile(descriptor: descriptor, sha256: sha256, path: path)
            open[path] = file
            return file
        } catch {
            close(descriptor)
            throw error
        }
    }

    private func checkOwner(of descriptor: Int32, path: FilePath) throws(BatonError) {
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw BatonError(.denied, "plugin '\(path)' is not a file")
        }
        guard status.st_uid == geteuid() || status.st_uid == 0 else {
            throw BatonError(.denied, "plugin '\(path)' belongs to user \(status.st_uid), neither to you nor to root")
        }
        guard status.st_mode & (S_IWGRP | S_IWOTH) == 0 else {
            throw BatonError(
                .denied, "plugin '\(path)' can be changed by other users",
                hints: ["Take that right away: chmod go-w '\(path)'."]
            )
        }
    }

    private func hash(of descriptor: Int32, path: FilePath) throws(BatonError) -> String {
        var hasher = SHA256()
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
        defer { buffer.deallocate() }
        while true {
            let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw BatonError(.denied, "cannot read plugin '\(path)'") }
            if count == 0 { break }
            hasher.update(bufferPointer: UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
        let digits = Array("0123456789abcdef".utf8)
        return String(
            decoding: hasher.finalize().flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
