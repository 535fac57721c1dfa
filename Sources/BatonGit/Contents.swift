// File contents on their way into git and out of it: attributes, filters, blobs.

import CGit2
import SystemPackage

extension Repository {
    /// Whether git ignores `path`; says nothing about paths that are tracked all the same.
    ///
    /// The corresponding C function is `git_ignore_path_is_ignored`.
    func isIgnored(_ path: FilePath) throws(GitError) -> Bool {
        var ignored: Int32 = 0
        try check("git_ignore_path_is_ignored") {
            path.withPlatformString { git_ignore_path_is_ignored(&ignored, pointer, $0) }
        }
        return ignored != 0
    }

    /// Makes ``isIgnored(_:)`` follow these lines of a `.gitignore` in the root too, before all others.
    ///
    /// The corresponding C function is `git_ignore_add_rule`; it lasts as long as this value.
    func addIgnoreRules(_ lines: [UInt8]) throws(GitError) {
        let text = String(decoding: lines, as: UTF8.self)
        try check("git_ignore_add_rule") { git_ignore_add_rule(pointer, text) }
    }

    /// The text that `.gitattributes` gives the attribute `name` of `path`; nil if it is unset, or only set or cleared.
    func attribute(_ name: String, of path: FilePath) throws(GitError) -> String? {
        var value: UnsafePointer<CChar>?
        try check("git_attr_get") {
            path.withPlatformString {
                git_attr_get(&value, pointer, UInt32(GIT_ATTR_CHECK_FILE_THEN_INDEX), $0, name)
            }
        }
        guard git_attr_value(value) == GIT_ATTR_VALUE_STRING, let value else { return nil }
        return String(cString: value)
    }

    /// What git would store of a working file with these bytes: line ends converted as the attributes say.
    ///
    /// If `strict`, a conversion that cannot be undone fails where `core.safecrlf` forbids it.
    func stored(_ bytes: [UInt8], at path: FilePath, strict: Bool) throws(GitError) -> [UInt8] {
        let flags = strict ? GIT_FILTER_DEFAULT : GIT_FILTER_ALLOW_UNSAFE
        return try filtered(bytes, at: path, blob: nil, GIT_FILTER_TO_ODB, flags)
    }

    /// The bytes of the working file that git would write for the blob named `id`.
    func checkedOut(_ id: ObjectID, at path: FilePath) throws(GitError) -> [UInt8] {
        let blob = try blob(id)
        return try filtered(
            try content(of: id), at: path, blob: blob.pointer, GIT_FILTER_TO_WORKTREE, GIT_FILTER_ALLOW_UNSAFE
        )
    }

    /// Stores `bytes` as they are.
    func writeBlob(_ bytes: [UInt8]) throws(GitError) -> ObjectID {
        var id = git_oid()
        try check("git_blob_create_from_buffer") {
            withCharacters(bytes) { git_blob_create_from_buffer(&id, pointer, $0, $1) }
        }
        return ObjectID(id)
    }

    /// The name that a blob with these bytes has; stores nothing.
    func blobID(of bytes: [UInt8]) throws(GitError) -> ObjectID {
        var id = git_oid()
        try check("git_odb_hash") { withCharacters(bytes) { git_odb_hash(&id, $0, $1, GIT_OBJECT_BLOB) } }
        return ObjectID(id)
    }

    private func filtered(
        _ bytes: [UInt8],
        at path: FilePath,
        blob: OpaquePointer?,
        _ mode: git_filter_mode_t,
        _ flags: git_filter_flag_t
    ) throws(GitError) -> [UInt8] {
        var filters: OpaquePointer?
        try check("git_filter_list_load") {
            path.withPlatformString { git_filter_list_load(&filters, pointer, blob, $0, mode, flags.rawValue) }
        }
        // No list means that no filter applies.
        guard let filters, !bytes.isEmpty else { return bytes }
        defer { git_filter_list_free(filters) }
        return try collectBytes("git_filter_list_apply_to_buffer") { result in
            withCharacters(bytes) { git_filter_list_apply_to_buffer(&result, filters, $0, $1) }
        }
    }
}

/// Runs `body` with a pointer that is valid even for no bytes at all, which libgit2 insists on.
private func withCharacters(_ bytes: [UInt8], _ body: (UnsafePointer<CChar>, Int) -> Int32) -> Int32 {
    guard !bytes.isEmpty else { return "".withCString { body($0, 0) } }
    return bytes.withUnsafeBytes { buffer in
        let characters = buffer.assumingMemoryBound(to: CChar.self)
        guard let base = characters.baseAddress else { return -1 }
        return body(base, characters.count)
    }
}
