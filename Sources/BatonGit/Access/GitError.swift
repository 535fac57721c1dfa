// A call of git that failed, by whichever way it was made.

/// A call of libgit2, or of the git program, that failed.
///
/// It stays inside this module: ``GitStore`` turns it into a `BatonError`, because it knows what the user was doing.
struct GitError: Error, Hashable {
    var kind: Kind
    /// Git's own words.
    var message: String
    /// The C function or the command that failed.
    var function: String

    enum Kind: Hashable {
        /// The object, reference, path or setting does not exist.
        case notFound
        /// Somebody else holds the lock of a file that had to be written.
        case locked
        /// A reference is not what the caller said it is.
        case modified
        /// More than one object has this abbreviated name.
        case ambiguous
        /// The repository belongs to another user.
        case foreignOwner
        /// A format that this way to git does not know.
        case unsupported
        /// An external filter failed.
        case filter
        case other
    }

    init(_ kind: Kind, _ message: String, in function: String) {
        self.kind = kind
        self.message = message
        self.function = function
    }
}

extension GitError {
    /// The value of `body`, or nil if what it asks for does not exist.
    static func nilIfNotFound<Value: ~Copyable>(_ body: () throws(GitError) -> Value) throws(GitError) -> Value? {
        do throws(GitError) {
            return try body()
        } catch {
            guard error.kind == .notFound else { throw error }
            return nil
        }
    }
}
