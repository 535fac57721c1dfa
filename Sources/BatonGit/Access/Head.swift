// Where HEAD is.

/// Where the working directory's `HEAD` is.
package struct Head: Hashable, Sendable {
    /// Lowercase hexadecimal digits; nil before the first commit.
    package var commit: String?
    /// The branch's short name, such as `main`; nil if HEAD is detached.
    package var branch: String?

    package init(commit: String?, branch: String?) {
        self.commit = commit
        self.branch = branch
    }
}

/// What a landing has to know about HEAD.
struct HeadState: Equatable {
    /// The reference to move: `refs/heads/main`, or `HEAD` if it is detached.
    var reference: String
    /// Nil before the first commit.
    var commit: ObjectID?

    var isDetached: Bool { reference == "HEAD" }

    var head: Head { Head(commit: commit?.hex, branch: isDetached ? nil : Self.shortName(of: reference)) }

    /// `main` for `refs/heads/main`; what is no branch stays as it is.
    static func shortName(of reference: String) -> String {
        let prefix = "refs/heads/"
        return reference.hasPrefix(prefix) ? String(reference.dropFirst(prefix.count)) : reference
    }
}
