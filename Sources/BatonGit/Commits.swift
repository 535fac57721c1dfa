// Writes commits and moves branches.

import BatonCore
import CGit2
import SystemPackage

extension Repository {
    /// Writes a commit object by the configured user; no branch moves.
    ///
    /// The corresponding C function is `git_commit_create`. It signs nothing and runs no hooks.
    func writeCommit(_ tree: ObjectID, parent: ObjectID?, message: CommitMessage) throws(GitError) -> ObjectID {
        let author = try signature()
        let tree = try self.tree(tree)
        var id = git_oid()
        if let parent {
            let parent = try commit(parent)
            var parents: [OpaquePointer?] = [parent.pointer]
            try check("git_commit_create") {
                git_commit_create(
                    &id, pointer, nil, author.pointer, author.pointer, nil, message.rendered, tree.pointer, 1, &parents
                )
            }
        } else {
            try check("git_commit_create") {
                git_commit_create(
                    &id, pointer, nil, author.pointer, author.pointer, nil, message.rendered, tree.pointer, 0, nil
                )
            }
        }
        return ObjectID(id)
    }

    /// Moves HEAD's branch, or a detached HEAD, if it still is where `head` says.
    ///
    /// - Throws: A conflict if it is not; nothing was changed then.
    func moveHead(from head: HeadState, to commit: ObjectID, log: String, _ patience: LockPatience) throws {
        let moved: Void? = try patience.retry {
            guard try self.head() == head else { throw Self.moved(head) }
            do throws(GitError) {
                return try setReference(head.reference, from: head.commit, to: commit, log: log)
            } catch {
                if error.isLocked { return nil }
                throw error.isModified ? Self.moved(head) : error
            }
        }
        guard moved == nil else { return }
        throw BatonError(
            .conflict,
            "git's reference '\(head.reference)' is locked",
            hints: ["Nothing was changed. Another git program is at work; wait until it is done, then run again."]
        )
    }

    private func setReference(_ name: String, from old: ObjectID?, to new: ObjectID, log: String) throws(GitError) {
        var new = new.raw
        _ = try GitHandle("git_reference_create_matching", freeing: git_reference_free) {
            guard var old = old?.raw else { return git_reference_create(&$0, pointer, name, &new, 0, log) }
            return git_reference_create_matching(&$0, pointer, name, &new, 1, &old, log)
        }
    }

    private static func moved(_ head: HeadState) -> BatonError {
        BatonError(
            .conflict,
            head.isDetached ? "HEAD moved meanwhile" : "branch '\(head.head.branch ?? head.reference)' moved meanwhile",
            hints: ["Nothing was changed. Run again, so that the step starts from the new commit."]
        )
    }
}

extension Repository {
    /// Refuses a path whose content an external program would have to convert.
    ///
    /// libgit2 runs none, and the unconverted bytes, such as a large file instead of its LFS pointer, would stay in the
    /// history for good.
    func refuseFilters(of path: FilePath) throws {
        if let filter = try attribute("filter", of: path) {
            throw BatonError(
                .unsupported,
                "'\(path.shown)' goes through git's filter '\(filter)', which Baton does not run",
                hints: ["Nothing was changed. Keep such files out of what a step writes."]
            )
        }
        if let encoding = try attribute("working-tree-encoding", of: path) {
            throw BatonError(
                .unsupported,
                "'\(path.shown)' is kept in the encoding '\(encoding)', which Baton does not convert",
                hints: ["Nothing was changed. Keep such files out of what a step writes."]
            )
        }
    }
}
