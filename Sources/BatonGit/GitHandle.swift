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
            throw GitError(status: GIT_ERROR.rawValue, message: "returned no object", function: function.description)
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
            throw GitError(status: GIT_ERROR.rawValue, message: "returned no object", function: function.description)
        }
        self.pointer = created
        self.free = free
    }

    deinit { free(pointer) }
}
