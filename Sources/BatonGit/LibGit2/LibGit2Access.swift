// Git by way of libgit2: opening, settings, references.

import CGit2
import Glibc
import SystemPackage

/// Git by way of libgit2.
///
/// libgit2 objects belong to one thread at a time, and what is read is kept; so one of these lives inside one call of
/// ``GitStore``, which opens the repository anew each time and thereby sees what others changed meanwhile.
final class LibGit2Access: GitAccess {
    private let handle: GitHandle
    /// Runs the filters that libgit2 does not.
    let program: ProgramAccess
    /// The configuration, once it was asked for.
    private var frozenConfiguration: FrozenConfiguration?
    /// What happens to the bytes of a path, once it was asked for.
    var conversions: [FilePath: Conversion] = [:]

    /// The C object, valid for as long as this object lives.
    var pointer: OpaquePointer { handle.pointer }

    /// Opens the repository at `path`.
    ///
    /// The corresponding C function is `git_repository_open_ext`. It costs about 0.1 ms.
    init(at path: FilePath, program: ProgramAccess) throws(GitError) {
        self.handle = try Self.open(path, searching: false)
        self.program = program
        // Whoever asks for attributes makes libgit2 read the index, which costs time in proportion to the repository;
        // with an empty one in its place only the files of the working directory count.
        let none = try GitHandle("git_index_new", freeing: git_index_free) { git_index_new(&$0) }
        try check("git_repository_set_index") { git_repository_set_index(pointer, none.pointer) }
    }

    /// Opens the repository at `path` or, if `searching`, the one that contains it.
    static func open(_ path: FilePath, searching: Bool) throws(GitError) -> GitHandle {
        try check("git_libgit2_init") { GitLibrary.state }
        let flags = searching ? 0 : GIT_REPOSITORY_OPEN_NO_SEARCH.rawValue
        return try GitHandle("git_repository_open_ext", freeing: git_repository_free) { created in
            path.withPlatformString { git_repository_open_ext(&created, $0, flags, nil) }
        }
    }

    // MARK: Settings

    /// A frozen copy of the repository's, the user's and the machine's configuration.
    private func configuration() throws(GitError) -> OpaquePointer {
        if let frozenConfiguration { return frozenConfiguration.pointer }
        let frozen = try FrozenConfiguration(of: pointer)
        frozenConfiguration = frozen
        return frozen.pointer
    }

    func setting(_ name: String) throws(GitError) -> String? {
        let configuration = try configuration()
        var value: UnsafePointer<CChar>?
        let found: Void? = try GitError.nilIfNotFound { () throws(GitError) in
            try check("git_config_get_string") { git_config_get_string(&value, configuration, name) }
        }
        guard found != nil, let value else { return nil }
        let text = String(cString: value)
        return text.isEmpty ? nil : text
    }

    func flag(_ name: String, fallback: Bool) throws(GitError) -> Bool {
        let configuration = try configuration()
        var value: Int32 = 0
        let found: Void? = try GitError.nilIfNotFound { () throws(GitError) in
            try check("git_config_get_bool") { git_config_get_bool(&value, configuration, name) }
        }
        return found == nil ? fallback : value != 0
    }

    // MARK: References

    func head() throws(GitError) -> HeadState {
        var reference = "HEAD"
        // A branch can stand for another one; git follows as many. Source: git 2.39 `refs.c`, `SYMREF_MAXDEPTH`.
        for _ in 0..<5 {
            let found = try GitError.nilIfNotFound { () throws(GitError) in
                try GitHandle("git_reference_lookup", freeing: git_reference_free) {
                    git_reference_lookup(&$0, pointer, reference)
                }
            }
            guard let found else { return HeadState(reference: reference, commit: nil) }
            guard git_reference_type(found.pointer) == GIT_REFERENCE_SYMBOLIC,
                let target = git_reference_symbolic_target(found.pointer)
            else {
                let commit = git_reference_target(found.pointer).map { ObjectID($0.pointee) }
                return HeadState(reference: reference, commit: commit)
            }
            reference = String(cString: target)
        }
        throw GitError(.other, "HEAD is a symbolic reference to itself", in: "git_reference_lookup")
    }

    func reference(_ name: String) throws(GitError) -> ObjectID? {
        try GitError.nilIfNotFound { () throws(GitError) in
            var id = git_oid()
            try check("git_reference_name_to_id") { git_reference_name_to_id(&id, pointer, name) }
            return ObjectID(id)
        }
    }

    func references(withPrefix prefix: String) throws(GitError) -> [(name: String, target: ObjectID)] {
        let iterator = try GitHandle("git_reference_iterator_glob_new", freeing: git_reference_iterator_free) {
            git_reference_iterator_glob_new(&$0, pointer, prefix + "*")
        }
        var found: [(name: String, target: ObjectID)] = []
        var name: UnsafePointer<CChar>?
        while git_reference_next_name(&name, iterator.pointer) == 0, let current = name {
            let name = String(cString: current)
            if let target = try reference(name) { found.append((name, target)) }
        }
        return found.sorted { $0.name < $1.name }
    }

    func setReference(_ name: String, from old: ObjectID?, to new: ObjectID?, log: String) throws(GitError) {
        guard let new else { return try removeReference(name, from: old) }
        var target = new.raw
        do throws(GitError) {
            _ = try GitHandle("git_reference_create_matching", freeing: git_reference_free) {
                guard var old = old?.raw else { return git_reference_create(&$0, pointer, name, &target, 0, log) }
                return git_reference_create_matching(&$0, pointer, name, &target, 1, &old, log)
            }
        } catch {
            // The reference is not at `old` because it is not there at all.
            guard error.kind == .notFound, old != nil, try reference(name) == nil else { throw error }
            throw GitError(.modified, error.message, in: error.function)
        }
    }

    private func removeReference(_ name: String, from old: ObjectID?) throws(GitError) {
        let found = try GitError.nilIfNotFound { () throws(GitError) in
            try GitHandle("git_reference_lookup", freeing: git_reference_free) {
                git_reference_lookup(&$0, pointer, name)
            }
        }
        guard let found else {
            if old == nil { return }
            throw GitError(.modified, "the reference does not exist", in: "git_reference_delete")
        }
        guard git_reference_target(found.pointer).map({ ObjectID($0.pointee) }) == old else {
            throw GitError(.modified, "the reference has moved", in: "git_reference_delete")
        }
        // Compares once more with what the handle was read as.
        try check("git_reference_delete") { git_reference_delete(found.pointer) }
    }
}

/// A configuration that was read once.
private final class FrozenConfiguration {
    private let handle: GitHandle

    var pointer: OpaquePointer { handle.pointer }

    init(of repository: OpaquePointer) throws(GitError) {
        handle = try GitHandle("git_repository_config_snapshot", freeing: git_config_free) {
            git_repository_config_snapshot(&$0, repository)
        }
    }
}

extension ObjectID {
    init(_ raw: git_oid) {
        self.init(
            unchecked: withUnsafeBytes(of: raw) { bytes in
                String(unsafeUninitializedCapacity: bytes.count * 2) { buffer in
                    for (index, byte) in bytes.enumerated() {
                        buffer[index * 2] = Self.digit(byte >> 4)
                        buffer[index * 2 + 1] = Self.digit(byte & 15)
                    }
                    return bytes.count * 2
                }
            })
    }

    private static func digit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x57 + value }

    /// The name as libgit2 has it; all zeros for a name that is not SHA-1, which libgit2 finds nowhere.
    var raw: git_oid {
        var raw = git_oid()
        if hex.utf8.count == 40 { git_oid_fromstr(&raw, hex) }
        return raw
    }
}
