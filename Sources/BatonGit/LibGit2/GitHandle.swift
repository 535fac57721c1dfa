// The owner of one libgit2 object.

import CGit2

/// Owns one libgit2 object and frees it exactly once, when the handle goes out of scope.
struct GitHandle: ~Copyable {
    /// The object, valid for as long as the handle lives.
    let pointer: OpaquePointer
    private let free: @convention(c) (OpaquePointer?) -> Void

    /// Owns the object that `make` creates.
    init(
        _ function: StaticString,
        freeing free: @convention(c) (OpaquePointer?) -> Void,
        _ make: (inout OpaquePointer?) -> Int32
    ) throws(GitError) {
        var created: OpaquePointer?
        try check(function) { make(&created) }
        guard let created else {
            throw GitError(.other, "returned no object", in: function.description)
        }
        self.pointer = created
        self.free = free
    }

    deinit { free(pointer) }
}

/// A handle that may own nothing, since `?.` would consume a noncopyable value.
struct OptionalGitHandle: ~Copyable {
    private let handle: GitHandle?

    init(_ handle: consuming GitHandle?) {
        self.handle = handle
    }

    /// The object, valid for as long as the handle lives; nil for none.
    var pointer: OpaquePointer? {
        switch handle {
        case .some(let handle): handle.pointer
        case .none: nil
        }
    }
}

/// The library's own state.
enum GitLibrary {
    /// Prepares libgit2 once, at first use; negative if that failed.
    ///
    /// It is never shut down: the process ends instead. libgit2's defaults stay, above all
    /// `GIT_OPT_ENABLE_STRICT_OBJECT_CREATION`, which refuses trees and commits that name missing objects.
    static let state: Int32 = git_libgit2_init()
}

/// Runs `body` with a buffer of libgit2's and returns its bytes; the buffer is disposed of in any case.
func collectBytes(_ function: StaticString, _ body: (inout git_buf) -> Int32) throws(GitError) -> [UInt8] {
    var buffer = git_buf()
    defer { git_buf_dispose(&buffer) }
    try check(function) { body(&buffer) }
    return [UInt8](UnsafeRawBufferPointer(start: buffer.ptr, count: buffer.size))
}

/// Owns one libgit2 object whose fields are public; see ``GitHandle``.
struct GitHandleTo<Object>: ~Copyable {
    /// The object, valid for as long as the handle lives.
    let pointer: UnsafeMutablePointer<Object>
    private let free: (UnsafeMutablePointer<Object>?) -> Void

    /// Owns the object that `make` creates.
    init(
        _ function: StaticString,
        freeing free: @escaping (UnsafeMutablePointer<Object>?) -> Void,
        _ make: (inout UnsafeMutablePointer<Object>?) -> Int32
    ) throws(GitError) {
        var created: UnsafeMutablePointer<Object>?
        try check(function) { make(&created) }
        guard let created else {
            throw GitError(.other, "returned no object", in: function.description)
        }
        self.pointer = created
        self.free = free
    }

    deinit { free(pointer) }
}

// MARK: - Errors

/// Calls libgit2 and turns a negative status into a ``GitError``.
///
/// libgit2 keeps its message per thread, so it is read here, before anything can suspend.
func check(_ function: StaticString, _ body: () -> Int32) throws(GitError) {
    let status = body()
    guard status < 0 else { return }
    let message = git_error_last().flatMap { $0.pointee.message }.map { String(cString: $0) } ?? "no message"
    throw GitError(GitError.kind(of: status, message), message, in: function.description)
}

extension GitError {
    /// libgit2 1.5.1 says "not found" for a foreign owner if the user's configuration has no `safe.directory` at all.
    ///
    /// Source: its `repository.c`, `validate_ownership_config`.
    fileprivate static func kind(of status: Int32, _ message: String) -> Kind {
        switch git_error_code(rawValue: status) {
        case GIT_ENOTFOUND: message.contains("safe.directory") ? .foreignOwner : .notFound
        case GIT_EOWNER: .foreignOwner
        case GIT_ELOCKED: .locked
        case GIT_EMODIFIED, GIT_EEXISTS: .modified
        case GIT_EAMBIGUOUS: .ambiguous
        default: message.hasPrefix("unsupported ") ? .unsupported : .other
        }
    }
}
