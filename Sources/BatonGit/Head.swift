// Where HEAD is.

import CGit2

/// Where the working directory's `HEAD` is.
package struct Head: Hashable, Sendable {
    /// 40 lowercase hexadecimal digits; nil before the first commit.
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

    var head: Head {
        let prefix = "refs/heads/"
        let name = reference.hasPrefix(prefix) ? String(reference.dropFirst(prefix.count)) : reference
        return Head(commit: commit?.hex, branch: isDetached ? nil : name)
    }
}

extension Repository {
    /// Where HEAD is now.
    func head() throws(GitError) -> HeadState {
        let head = try GitHandle("git_reference_lookup", freeing: git_reference_free) {
            git_reference_lookup(&$0, pointer, "HEAD")
        }
        guard git_reference_type(head.pointer) == GIT_REFERENCE_SYMBOLIC,
            let target = git_reference_symbolic_target(head.pointer)
        else {
            return HeadState(reference: "HEAD", commit: git_reference_target(head.pointer).map { ObjectID($0.pointee) })
        }
        let reference = String(cString: target)
        let commit = try GitError.nilIfNotFound { () throws(GitError) in
            var id = git_oid()
            try check("git_reference_name_to_id") { git_reference_name_to_id(&id, pointer, reference) }
            return ObjectID(id)
        }
        return HeadState(reference: reference, commit: commit)
    }
}
