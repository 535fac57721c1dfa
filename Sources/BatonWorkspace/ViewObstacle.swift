// What is known to stand in the way of a kind of view before it is tried.

import BatonCore
import CBatonLinux
import Glibc
package import SystemPackage

extension View.Kind {
    /// Where fuse-overlayfs is installed; nil if it is not.
    package static var fuseProgram: FilePath? {
        ["/usr/bin", "/usr/local/bin", "/bin", "/run/current-system/sw/bin"].map { FilePath("\($0)/fuse-overlayfs") }
            .first { $0.withPlatformString { access($0, X_OK) } == 0 }
    }

    /// Why this kind cannot work for `root`, to be read after its name; nil if only trying tells.
    package func obstacle(for root: FilePath) -> String? {
        switch self {
        case .overlay:
            if let mount = MountTable.current.mounts(below: root).first {
                return "cannot cover '\(root)', because '\(mount)' is mounted below it"
            }
            if root.withPlatformString({ baton_ignores_case($0) }) {
                return "cannot cover '\(root)', because it compares names without case"
            }
            return nil
        case .fuseOverlay:
            guard Self.fuseProgram != nil else { return "needs the program fuse-overlayfs, which is not installed" }
            guard access("/dev/fuse", R_OK | W_OK) == 0 else { return "needs /dev/fuse, which you may not open" }
            return nil
        case .copy, .warmCopy, .inPlace: return nil
        }
    }

    /// True if a copy of `root` in `folder` takes neither space nor time: the file system shares blocks.
    package static func canShareBlocks(of root: FilePath, in folder: FilePath) -> Bool {
        let probe = folder.appending("probe-\(getpid())")
        defer { try? removeTree(probe) }
        for name in (try? names(in: root)) ?? [] {
            guard let file = try? ReadableFile(root.appending(name)), file.size > 0 else { continue }
            let target = probe.withPlatformString { open($0, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600) }
            guard target >= 0 else { return false }
            defer { close(target) }
            return file.clone(into: target)
        }
        return false
    }
}

/// What is mounted where.
///
/// Source: proc_pid_mountinfo(5).
package struct MountTable: Sendable {
    private let points: [FilePath]

    package static var current: MountTable {
        guard let file = fopen("/proc/self/mountinfo", "re") else { return MountTable(text: "") }
        defer { fclose(file) }
        var text = ""
        var buffer = [CChar](repeating: 0, count: 8192)
        while fgets(&buffer, Int32(buffer.count), file) != nil {
            text += buffer.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
        }
        return MountTable(text: text)
    }

    package init(text: String) {
        points = text.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ")
            return fields.count > 4 ? FilePath(Self.unescaped(fields[4])) : nil
        }
    }

    /// The places strictly below `folder` at which something is mounted.
    package func mounts(below folder: FilePath) -> [FilePath] {
        points.filter { $0 != folder && $0.starts(with: folder) }
    }

    /// Space, tab, line break and backslash are written as three octal digits.
    private static func unescaped(_ text: Substring) -> String {
        var result: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "\\"), rest.count >= 3,
                let value = UInt8(String(decoding: rest.prefix(3), as: UTF8.self), radix: 8)
            {
                result.append(value)
                rest = rest.dropFirst(3)
            } else {
                result.append(byte)
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
