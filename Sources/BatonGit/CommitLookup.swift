// Finds commits by name and by place in the history.

import BatonCore
import CGit2

extension Repository {
    /// The commit whose name begins with `prefix`, which is 4 to 40 hexadecimal digits; nil if there is none.
    ///
    /// - Throws: `invalidInput` if several objects' names begin with it.
    func commit(prefix: String) throws -> ObjectID? {
        do throws(GitError) {
            return try object(prefix: prefix)
        } catch {
            if error.isNotFound { return nil }
            guard error.isAmbiguous else { throw error }
            throw BatonError(
                .invalidInput,
                "'\(prefix)' is the beginning of more than one name",
                hints: ["Give more digits; 'git log' shows them."]
            )
        }
    }

    private func object(prefix: String) throws(GitError) -> ObjectID? {
        var short = git_oid()
        try check("git_oid_fromstrn") { git_oid_fromstrn(&short, prefix, prefix.utf8.count) }
        let object = try GitHandle("git_object_lookup_prefix", freeing: git_object_free) {
            git_object_lookup_prefix(&$0, pointer, &short, prefix.utf8.count, GIT_OBJECT_COMMIT)
        }
        return git_object_id(object.pointer).map { ObjectID($0.pointee) }
    }

    /// Whether `commit` is HEAD's commit or one of its ancestors.
    func isInHistory(_ commit: ObjectID) throws(GitError) -> Bool {
        guard let head = try head().commit else { return false }
        if head == commit { return true }
        var (descendant, ancestor) = (head.raw, commit.raw)
        var answer: Int32 = 0
        try check("git_graph_descendant_of") {
            answer = git_graph_descendant_of(pointer, &descendant, &ancestor)
            return answer
        }
        return answer == 1
    }
}
