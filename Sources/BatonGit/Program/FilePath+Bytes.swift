// Paths as bytes, on their way to git and back.

import SystemPackage

extension FilePath {
    /// The path that git wrote as `bytes`.
    init(gitBytes bytes: some Sequence<UInt8>) {
        self = (bytes.map { CChar(bitPattern: $0) } + [0]).withUnsafeBufferPointer { buffer in
            buffer.baseAddress.map { FilePath(platformString: $0) } ?? FilePath()
        }
    }
}

extension FilePath {
    /// git takes such a path into its index, and checks it out; it would not take one that leads into a git directory.
    ///
    /// Source: git 2.39 `read-cache.c`, `verify_path`. git itself refuses a few more names if `core.protectHFS` or
    /// `core.protectNTFS` says so.
    var isAllowedInGit: Bool {
        !isEmpty && !isAbsolute
            && components.allSatisfy { $0.kind == .regular && $0.string.lowercased() != ".git" }
    }
}

extension GitError {
    static func invalidPath(_ path: FilePath, in function: String) -> GitError {
        GitError(.other, "invalid path '\(path.shown)'", in: function)
    }
}

extension FilePath.Component {
    /// The bytes of the name, without a final zero.
    var nameBytes: ArraySlice<UInt8> {
        withPlatformString { name in
            var bytes: ArraySlice<UInt8> = []
            var next = name
            while next.pointee != 0 {
                bytes.append(UInt8(bitPattern: next.pointee))
                next += 1
            }
            return bytes
        }
    }
}

extension Sequence<FilePath> {
    /// Each path with a zero byte behind it, as git reads them with `-z`.
    var zeroTerminated: [UInt8] { flatMap { $0.bytes + [0] } }
}
