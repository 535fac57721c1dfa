// Git by way of libgit2: blobs, and what happens to bytes on their way into git and out of it.

import CGit2
import Glibc
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

    /// What happens to the bytes of one path on their way into git and out of it.
    enum Conversion {
        case none
        case libgit2
        /// libgit2 would convert the bytes otherwise than git.
        ///
        /// It runs no external filters, such as that of LFS, and knows no encodings; the unconverted bytes would stay in
        /// the history for good. It fills in one `$Id$` where git fills in all.
        case program
    }

    func stored(_ bytes: [UInt8], at path: FilePath, strict: Bool) throws(GitError) -> [UInt8] {
        switch try conversion(of: path) {
        case .none: return bytes
        case .program: return try program.stored(bytes, at: path, strict: strict)
        case .libgit2:
            let flags = strict ? GIT_FILTER_DEFAULT : GIT_FILTER_ALLOW_UNSAFE
            return try filtered(bytes, at: path, GIT_FILTER_TO_ODB, flags)
        }
    }

    func checkedOut(_ bytes: [UInt8], at path: FilePath) throws(GitError) -> [UInt8] {
        switch try conversion(of: path) {
        case .none: bytes
        case .program: try program.checkedOut(bytes, at: path)
        case .libgit2: try filtered(bytes, at: path, GIT_FILTER_TO_WORKTREE, GIT_FILTER_ALLOW_UNSAFE)
        }
    }

    private func conversion(of path: FilePath) throws(GitError) -> Conversion {
        if let known = conversions[path] { return known }
        let conversion = try findConversion(of: path)
        conversions[path] = conversion
        return conversion
    }

    private static let convertingAttributes = ["filter", "working-tree-encoding", "ident", "text", "eol", "crlf"]

    /// All attributes are asked for at once, since for each question libgit2 looks at all files that have some.
    ///
    /// Source: git 2.39 `gitattributes(5)`, the attributes that convert.
    private func findConversion(of path: FilePath) throws(GitError) -> Conversion {
        let names: [UnsafeMutablePointer<CChar>?] = Self.convertingAttributes.map { strdup($0) }
        defer { for name in names { free(name) } }
        var pointers = names.map { UnsafePointer($0) }
        var values = [UnsafePointer<CChar>?](repeating: nil, count: names.count)
        try check("git_attr_get_many") {
            path.withPlatformString { path in
                git_attr_get_many(
                    &values, pointer, UInt32(GIT_ATTR_CHECK_FILE_THEN_INDEX), path, names.count, &pointers)
            }
        }
        let kinds = values.map { git_attr_value($0) }
        if kinds[0] == GIT_ATTR_VALUE_STRING || kinds[1] == GIT_ATTR_VALUE_STRING || kinds[2] == GIT_ATTR_VALUE_TRUE {
            return .program
        }
        if kinds.dropFirst(3).contains(where: { $0 != GIT_ATTR_VALUE_UNSPECIFIED }) { return .libgit2 }
        // 'input' is a value of its own, and every value but a false one converts line ends.
        guard let automatic = try setting("core.autocrlf") else { return .none }
        return ["false", "no", "off", "0"].contains(automatic.lowercased()) ? .none : .libgit2
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
        var known: [FilePath: Bool] = [:]
        var found: Set<FilePath> = []
        for path in paths where try isIgnored(path, &known) { found.insert(path) }
        // libgit2 passes over a rule that takes back one of another file, and so ignores too much. Source: libgit2 1.5.1
        // `ignore.c`, `does_negate_rule`.
        return found.isEmpty ? [] : try program.ignored(Array(found), withRules: rules)
    }

    /// What is in an ignored directory is ignored, whatever the rules say of it.
    ///
    /// libgit2 asks in the other order: a rule about the path itself would come first. Source: libgit2 1.5.1 `ignore.c`,
    /// `git_ignore_path_is_ignored`; git 2.39 `gitignore(5)`, "It is not possible to re-include a file if a parent
    /// directory of that file is excluded".
    private func isIgnored(_ path: FilePath, _ known: inout [FilePath: Bool]) throws(GitError) -> Bool {
        for parent in path.parents {
            if known[parent] == nil { known[parent] = try matchesIgnoreRule(parent.bytes + [0x2F]) }
            if known[parent] == true { return true }
        }
        return try matchesIgnoreRule(path.bytes)
    }

    /// A directory ends with a slash.
    private func matchesIgnoreRule(_ path: [UInt8]) throws(GitError) -> Bool {
        var ignored: Int32 = 0
        try check("git_ignore_path_is_ignored") {
            withCharacters(path + [0]) { name, _ in git_ignore_path_is_ignored(&ignored, pointer, name) }
        }
        return ignored != 0
    }

    func attribute(_ name: String, of path: FilePath) throws(GitError) -> String? {
        // Whoever asks for the filter asks for the conversion too, and of most paths there is none.
        if name == "filter", case .none = try conversion(of: path) { return nil }
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
