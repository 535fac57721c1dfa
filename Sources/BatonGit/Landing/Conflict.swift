// Refusals: something in the way of a change, and how it is told.

package import BatonCore
import SystemPackage

/// A change that does not fit; nothing was changed.
package struct LandingConflict: Error, Sendable {
    /// What people are told.
    package let error: BatonError
    /// The paths, in their order.
    package let paths: [String]
}

extension LandingConflict {
    /// Paths that a message names at most; more are counted.
    static let namedMost = 5

    /// Throws if there are any.
    static func throwIfAny(_ conflicts: [Fitting.Conflict], for purpose: Purpose) throws {
        guard let cause = conflicts.map(\.cause).min() else { return }
        var paths: [FilePath] = []
        for conflict in conflicts where conflict.cause == cause && !paths.contains(conflict.path) {
            paths.append(conflict.path)
        }
        paths.sort { $0.string < $1.string }
        throw LandingConflict(
            error: BatonError(.conflict, message(cause, paths, purpose), hints: hints(cause, purpose)),
            paths: Set(conflicts.map(\.path.string)).sorted()
        )
    }

    private static func message(_ cause: ConflictCause, _ paths: [FilePath], _ purpose: Purpose) -> String {
        let names = list(paths)
        let isOne = paths.count == 1
        let (has, it) = isOne ? ("has", "it") : ("have", "them")
        let was = isOne ? "was" : "were"
        return switch cause {
        case .uncommitted:
            "\(names) \(has) changes of yours that are not committed; \(purpose.rawValue) would overwrite \(it)"
        case .untracked:
            """
            \(names) \(isOne ? "is a file" : "are files") of yours that git does not track; \
            \(purpose.rawValue) would overwrite \(it)
            """
        case .changedMeanwhile:
            "\(names) \(was) changed by you while the step ran, in lines that the step changed too"
        case .committedSince where purpose == .step:
            "\(names) \(was) changed by a commit made since the step started, in lines that the step changed too"
        case .committedSince:
            "\(names) \(was) changed by later commits in a way that \(purpose.rawValue) cannot keep"
        case .staged: "\(names) \(has) staged changes of yours that \(purpose.rawValue) cannot keep"
        case .inTheWay: "\(names) \(isOne ? "is" : "are") in the way; \(purpose.rawValue) would overwrite \(it)"
        }
    }

    private static func hints(_ cause: ConflictCause, _ purpose: Purpose) -> [String] {
        let again = purpose == .step ? "run again" : "try again"
        return switch cause {
        case .uncommitted, .staged:
            ["Nothing was changed. Commit your changes or put them aside with 'git stash', then \(again)."]
        case .untracked, .inTheWay: ["Nothing was changed. Move it away, or commit it, then \(again)."]
        case .changedMeanwhile: ["Your version is untouched. Run the step again, so that it starts from it."]
        case .committedSince where purpose == .step:
            ["Nothing was changed. Run the step again, so that it starts from the new commit."]
        case .committedSince:
            ["Nothing was changed. Take back the later commits first, or edit the files by hand."]
        }
    }

    /// `'a'`, `'a' and 'b'`, or the first five and a count.
    static func list(_ paths: [FilePath]) -> String {
        let names = paths.prefix(namedMost).map { "'\($0.shown)'" }
        let more = paths.count - names.count
        let parts = more > 0 ? names + ["\(more) more"] : names
        guard let last = parts.last, parts.count > 1 else { return parts.joined() }
        return parts.dropLast().joined(separator: ", ") + " and " + last
    }
}
