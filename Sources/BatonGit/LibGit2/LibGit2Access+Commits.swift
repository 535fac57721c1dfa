// Git by way of libgit2: commits.

import CGit2

extension LibGit2Access {
    func commit(_ id: ObjectID) throws(GitError) -> CommitData {
        let commit = try lookUp(id)
        return CommitData(id, commit)
    }

    private func lookUp(_ id: ObjectID) throws(GitError) -> GitHandle {
        var id = id.raw
        return try GitHandle("git_commit_lookup", freeing: git_commit_free) { git_commit_lookup(&$0, pointer, &id) }
    }

    func commit(startingWith prefix: String) throws(GitError) -> ObjectID? {
        // More digits than a name has are none.
        guard prefix.utf8.count <= 40 else { return nil }
        return try GitError.nilIfNotFound { () throws(GitError) in
            var short = git_oid()
            try check("git_oid_fromstrn") { git_oid_fromstrn(&short, prefix, prefix.utf8.count) }
            let object = try GitHandle("git_object_lookup_prefix", freeing: git_object_free) {
                git_object_lookup_prefix(&$0, pointer, &short, prefix.utf8.count, GIT_OBJECT_COMMIT)
            }
            guard let id = git_object_id(object.pointer) else {
                throw GitError(.notFound, "has no name", in: "git_object_id")
            }
            return ObjectID(id.pointee)
        }
    }

    func isAncestor(_ ancestor: ObjectID, of commit: ObjectID) throws(GitError) -> Bool {
        if ancestor == commit { return true }
        // libgit2 does not say that it is a commit which is missing.
        for id in [commit, ancestor] { _ = try lookUp(id) }
        var (descendant, ancestor) = (commit.raw, ancestor.raw)
        var answer: Int32 = 0
        try check("git_graph_descendant_of") {
            answer = git_graph_descendant_of(pointer, &descendant, &ancestor)
            return answer
        }
        return answer == 1
    }

    func walk(from head: ObjectID, limit: Int, _ visit: (CommitData) -> Bool) throws(GitError) -> Bool {
        var walk = CommitWalk(from: try lookUp(head), head)
        while walk.visited < limit, let commit = walk.next() {
            for parent in commit.parents where walk.isNew(parent) {
                let data = try GitError.nilIfNotFound { () throws(GitError) in try self.commit(parent) }
                walk.add(data)
            }
            guard visit(commit) else { break }
        }
        return walk.isAtEnd
    }

    func writeCommit(_ commit: NewCommit) throws(GitError) -> ObjectID {
        // `git_signature_default` knows the configuration only, not the environment.
        let author = try GitHandleTo("git_signature_default", freeing: git_signature_free) {
            git_signature_default(&$0, pointer)
        }
        var tree = commit.tree.raw
        var id = git_oid()
        var parents = commit.parents.map(\.raw)
        let count = parents.count
        try check("git_commit_create_from_ids") {
            parents.withUnsafeMutableBufferPointer { parents in
                var pointers = parents.indices.map { UnsafePointer(parents.baseAddress?.advanced(by: $0)) }
                return git_commit_create_from_ids(
                    &id, pointer, nil, author.pointer, author.pointer, nil, commit.message, &tree, count, &pointers)
            }
        }
        return ObjectID(id)
    }
}

extension CommitData {
    init(_ id: ObjectID, _ commit: borrowing GitHandle) {
        let author = git_commit_author(commit.pointer)?.pointee
        self.init(
            id: id,
            tree: git_commit_tree_id(commit.pointer).map { ObjectID($0.pointee) } ?? id,
            parents: (0..<git_commit_parentcount(commit.pointer)).compactMap { index in
                git_commit_parent_id(commit.pointer, index).map { ObjectID($0.pointee) }
            },
            message: git_commit_message(commit.pointer).map { String(cString: $0) } ?? "",
            authorSeconds: Int(author?.when.time ?? 0),
            authorOffset: Int(author?.when.offset ?? 0),
            committerSeconds: Int(git_commit_time(commit.pointer))
        )
    }
}

/// Walks from a commit to its ancestors, the newest first, and stops quietly where a shallow clone ends.
///
/// `git_revwalk` does not: it fails before it hands out the last commit that is there.
private struct CommitWalk {
    /// Known and not handed out yet, the newest last.
    private var pending: [CommitData]
    private var seen: Set<ObjectID>
    private(set) var visited = 0
    private var isCut = false

    init(from head: borrowing GitHandle, _ id: ObjectID) {
        pending = [CommitData(id, head)]
        seen = [id]
    }

    /// Every ancestor has been handed out.
    var isAtEnd: Bool { pending.isEmpty && !isCut }

    /// The newest commit not handed out yet; its parents have to be added.
    mutating func next() -> CommitData? {
        guard let commit = pending.popLast() else { return nil }
        visited += 1
        return commit
    }

    mutating func isNew(_ commit: ObjectID) -> Bool { seen.insert(commit).inserted }

    /// Nil stands for a commit that the repository does not have.
    mutating func add(_ commit: CommitData?) {
        guard let commit else { return isCut = true }
        var low = 0
        var high = pending.count
        while low < high {
            let middle = (low + high) / 2
            if pending[middle].committerSeconds < commit.committerSeconds { low = middle + 1 } else { high = middle }
        }
        pending.insert(commit, at: low)
    }
}
