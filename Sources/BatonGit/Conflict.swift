// Refusals: something in the way of a landing, and how it is told.

import BatonCore
import SystemPackage

/// Why a path must not be written.
enum Obstacle: Int, Comparable {
    /// It is staged, edited or removed, and not committed.
    case uncommitted
    /// It exists and git does not know it.
    case untracked
    /// A commit made since the step started changed it.
    case committedSince
    /// A later change and the one to be taken back overlap.
    case cannotMerge

    static func < (left: Obstacle, right: Obstacle) -> Bool { left.rawValue < right.rawValue }
}

/// All paths in the way of a landing.
struct Obstacles {
    private var found: [Obstacle: [FilePath]] = [:]

    /// Paths that a message names at most; more are counted.
    static let namedMost = 5

    mutating func add(_ obstacle: Obstacle, at path: FilePath) {
        guard found[obstacle]?.contains(path) != true else { return }
        found[obstacle, default: []].append(path)
    }

    /// Throws the first kind of obstacle that was found, with all its paths.
    func throwIfAny(for purpose: LandingPlan.Purpose) throws(BatonError) {
        guard let (obstacle, paths) = found.min(by: { $0.key < $1.key }) else { return }
        throw BatonError(.conflict, message(obstacle, paths, purpose), hints: hints(obstacle, paths))
    }

    private func message(_ obstacle: Obstacle, _ paths: [FilePath], _ purpose: LandingPlan.Purpose) -> String {
        let names = Self.list(paths)
        let isOne = paths.count == 1
        return switch obstacle {
        case .uncommitted:
            """
            \(names) \(isOne ? "has" : "have") changes of yours that are not committed; \
            \(purpose.rawValue) would overwrite \(isOne ? "it" : "them")
            """
        case .untracked:
            """
            \(names) \(isOne ? "is a file" : "are files") of yours that git does not track; \
            \(purpose.rawValue) would overwrite \(isOne ? "it" : "them")
            """
        case .committedSince:
            """
            \(names) \(isOne ? "was" : "were") changed by a commit made since the step started; \
            the step worked on what was there before
            """
        case .cannotMerge:
            "\(names) \(isOne ? "was" : "were") changed by later commits in a way that \(purpose.rawValue) cannot keep"
        }
    }

    private func hints(_ obstacle: Obstacle, _ paths: [FilePath]) -> [String] {
        switch obstacle {
        case .uncommitted:
            ["Nothing was changed. Commit your changes or put them aside with 'git stash', then run again."]
        case .untracked:
            ["Nothing was changed. Move the file away, or commit it, then run again."]
        case .committedSince:
            ["Nothing was changed. Run the step again, so that it starts from the new commit."]
        case .cannotMerge:
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
