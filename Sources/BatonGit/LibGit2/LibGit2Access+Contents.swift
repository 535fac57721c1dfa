// Git by way of libgit2: blobs, and what happens to bytes on their way into git and out of it.

import CGit2
import SystemPackage

extension LibGit2Access {
    func content(of blob: ObjectID) throws(GitError) -> [UInt8] {
        var id = blob.raw
        let blob = try GitHandle("git_blob_lookup", freeing: git_blob_free) { git_blob_lookup(&$0, pointer, &id) }
        let size = Int(git_blob_rawsize(blob.pointer))
        return [UInt8](UnsafeRawBufferPointer(start: git_blob_rawcontent(blob.pointer), count: size))
    }

    func writeBlob(_ bytes: [UInt8]) throws(GitError) -> ObjectID {
        var id = git_oid()
        try check("git_blob_create_from_buffer") {
            withCharacters(bytes) { git_blob_create_from_buffer(&id, pointer, $0, $1) }
        }
        return ObjectID(id)
    }

    func blobID(of bytes: [UInt8]) throws(GitError) -> ObjectID {
        var id = git_oid()
        try check("git_odb_hash") { withCharacters(bytes) { git_odb_hash(&id, $0, $1, GIT_OBJECT_BLOB) } }
        return ObjectID(id)
    }

    // MARK: Conversion

    func stored(_ bytes: [UInt8], at path: FilePath, strict: Bool) throws(GitError) -> [UInt8] {
        if try needsProgram(path) { return try program.stored(bytes, at: path, strict: strict) }
        let flags = strict ? GIT_FILTER_DEFAULT : GIT_FILTER_ALLOW_UNSAFE
        return try filtered(bytes, at: path, GIT_FILTER_TO_ODB, flags)
    }

    func checkedOut(_ bytes: [UInt8], at path: FilePath) throws(GitError) -> [UInt8] {
        if try needsProgram(path) { return try program.checkedOut(bytes, at: path) }
        return try filtered(bytes, at: path, GIT_FILTER_TO_WORKTREE, GIT_FILTER_ALLOW_UNSAFE)
    }

    /// libgit2 runs no external filters, such as that of LFS, and knows no encodings; the unconverted bytes would stay
    /// in the history for good.
    private func needsProgram(_ path: FilePath) throws(GitError) -> Bool {
        if try attribute("filter", of: path) != nil { return true }
        return try attribute("working-tree-encoding", of: path) != nil
    }

    private func filtered(
        _ bytes: [UInt8], at path: FilePath, _ mode: git_filter_mode_t, _ flags: git_filter_flag_t
    ) throws(GitError) -> [UInt8] {
        var filters: OpaquePointer?
        try check("git_filter_list_load") {
            path.withPlatformString { git_filter_list_load(&filters, pointer, nil, $0, mode, flags.rawValue) }
        }
        // No list means that no filter applies.
        guard let filters, !bytes.isEmpty else { return bytes }
        defer { git_filter_list_free(filters) }
        return try collectBytes("git_filter_list_apply_to_buffer") { result in
            withCharacters(bytes) { git_filter_list_apply_to_buffer(&result, filters, $0, $1) }
        }
    }

    // MARK: Attributes

    func ignored(_ paths: [FilePath], withRules rules: [UInt8]?) throws(GitError) -> Set<FilePath> {
        if let rules {
            // Lasts as long as this object.
            let text = String(decoding: rules, as: UTF8.self)
            try check("git_ignore_add_rule") { git_ignore_add_rule(pointer, text) }
        }
        var found: Set<FilePath> = []
        for path in paths {
            var ignored: Int32 = 0
            try check("git_ignore_path_is_ignored") {
                path.withPlatformString { git_ignore_path_is_ignored(&ignored, pointer, $0) }
            }
            if ignored != 0 { found.insert(path) }
        }
        return found
    }

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
}

/// Runs `body` with a pointer that is valid even for no bytes at all, which libgit2 insists on.
func withCharacters(_ bytes: [UInt8], _ body: (UnsafePointer<CChar>, Int) -> Int32) -> Int32 {
    guard !bytes.isEmpty else { return "".withCString { body($0, 0) } }
    return bytes.withUnsafeBytes { buffer in
        let characters = buffer.assumingMemoryBound(to: CChar.self)
        guard let base = characters.baseAddress else { return -1 }
        return body(base, characters.count)
    }
}
