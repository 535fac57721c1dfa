// What libgit2 reports when a call fails, and the one place that reads it.

import CGit2

/// A failed call of libgit2.
///
/// It stays inside this module: ``GitStore`` turns it into a `BatonError`, because it knows what the user was doing.
struct GitError: Error {
    /// The negative value that the function returned, one of `git_error_code`.
    var status: Int32
    /// libgit2's own words.
    var message: String
    /// The C function that failed.
    var function: String

    /// The object, reference or path does not exist.
    var isNotFound: Bool { status == GIT_ENOTFOUND.rawValue }
    /// Somebody else holds the lock of a file that had to be written.
    var isLocked: Bool { status == GIT_ELOCKED.rawValue }
    /// A reference is not what the caller said it is.
    var isModified: Bool { status == GIT_EMODIFIED.rawValue || status == GIT_EEXISTS.rawValue }
    /// More than one object has this abbreviated name.
    var isAmbiguous: Bool { status == GIT_EAMBIGUOUS.rawValue }
    /// The repository belongs to another user.
    ///
    /// libgit2 1.5.1 says "not found" instead if the user's configuration has no `safe.directory` at all. Source: its
    /// `repository.c`, `validate_ownership_config`.
    var isForeignOwner: Bool {
        status == GIT_EOWNER.rawValue || (isNotFound && message.contains("safe.directory"))
    }
}

/// Calls libgit2 and turns a negative status into a ``GitError``.
///
/// libgit2 keeps its message per thread, so it is read here, before anything can suspend.
func check(_ function: StaticString, _ body: () -> Int32) throws(GitError) {
    let status = body()
    guard status < 0 else { return }
    let message = git_error_last().flatMap { $0.pointee.message }.map { String(cString: $0) } ?? "no message"
    throw GitError(status: status, message: message, function: function.description)
}

extension GitError {
    /// The value of `body`, or nil if what it asks for does not exist.
    static func nilIfNotFound<Value: ~Copyable>(_ body: () throws(GitError) -> Value) throws(GitError) -> Value? {
        do throws(GitError) {
            return try body()
        } catch let error where error.isNotFound {
            return nil
        }
    }
}
