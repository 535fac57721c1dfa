// Turns what failed below into the error that people meet.

import BatonCore
import SystemPackage

/// Runs `body`; an `Errno` becomes a `BatonError` that names the path.
func explainingErrno<Value: ~Copyable>(
    _ verb: String,
    _ path: FilePath,
    hints: [String] = ["Nothing was changed."],
    _ body: () throws(Errno) -> Value
) throws(BatonError) -> Value {
    do throws(Errno) {
        return try body()
    } catch .fileTooLarge {
        throw BatonError(
            .unsupported,
            "'\(path.shown)' is larger than \(maximumFileBytes >> 20) MiB, the most that Baton commits",
            hints: hints
        )
    } catch {
        throw BatonError(.unsupported, "cannot \(verb) '\(path.shown)'", causes: ["\(error)"], hints: hints)
    }
}

/// Runs `body`; a ``GitError`` that nobody below could explain becomes a `BatonError`.
///
/// `aim` says what the user was doing, as in "cannot land the step".
func explainingGit<Value: ~Copyable>(_ aim: String, _ body: () throws -> Value) throws -> Value {
    do {
        return try body()
    } catch let error as GitError {
        throw BatonError(.unsupported, "cannot \(aim)", causes: ["\(error.function): \(error.message)"])
    }
}
