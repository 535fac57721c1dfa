// A folder that only its owner can look into, for sockets.

import BatonCore
import FoundationEssentials
import Glibc
import SystemPackage

/// Makes `folder`, if it is missing, and checks that nobody else can put something into it.
///
/// - Throws: ``BatonError`` with code `denied` if others may write to it or to a folder above it.
func makePrivateFolder(_ folder: FilePath) throws {
    do {
        try FileManager.default.createDirectory(
            atPath: folder.string, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700]
        )
    } catch {
        throw BatonError(
            .unsupported, "cannot make the folder '\(folder)' for the model's socket", causes: [systemReason(errno)],
            hints: ["Set XDG_RUNTIME_DIR to a folder of your own."]
        )
    }
    var path = folder
    var isOuter = false
    repeat {
        guard isSafe(path, isOuter: isOuter) else {
            throw BatonError(
                .denied, "other users can change '\(path)', where the model's socket would be",
                hints: ["Run 'chmod 700 \(path)' if it is yours, or set XDG_RUNTIME_DIR to a folder of your own."]
            )
        }
        isOuter = true
    } while path.removeLastComponent() && !path.isEmpty
}

/// Whether only this user decides what is in a folder.
///
/// The folder itself must be its owner's alone. Above it, others may write only where they cannot rename what is not
/// theirs.
private func isSafe(_ path: FilePath, isOuter: Bool) -> Bool {
    var information = stat()
    guard path.withPlatformString({ stat($0, &information) }) == 0 else { return false }
    let mode = information.st_mode
    if !isOuter { return information.st_uid == geteuid() && mode & 0o077 == 0 }
    let isTrusted = information.st_uid == geteuid() || information.st_uid == 0
    return isTrusted && (mode & 0o022 == 0 || mode & S_ISVTX != 0)
}
