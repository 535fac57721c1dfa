// Git by way of the git program: commits.

extension ProgramAccess {
    func commit(_ id: ObjectID) throws(GitError) -> CommitData {
        CommitData(id, stored: try objects.read(id, "commit"))
    }

    func commit(startingWith prefix: String) throws(GitError) -> ObjectID? {
        let found = try output(of: ["rev-parse", "--disambiguate=\(prefix)"]).lines
        guard found.count <= 1 else {
            throw GitError(.ambiguous, "object name \(prefix) is ambiguous", in: "git rev-parse")
        }
        guard let line = found.first, let id = ObjectID(hex: String(decoding: line, as: UTF8.self)) else { return nil }
        // A name in full is repeated without being looked up.
        let kind = try run(["cat-file", "-t", id.hex])
        return kind.status == 0 && kind.text == "commit" ? id : nil
    }

    func isAncestor(_ ancestor: ObjectID, of commit: ObjectID) throws(GitError) -> Bool {
        if ancestor == commit { return true }
        let arguments = ["merge-base", "--is-ancestor", ancestor.hex, commit.hex]
        let answer = try run(arguments)
        guard answer.status <= 1 else { throw GitError(arguments, answer) }
        return answer.status == 0
    }

    /// Asks for commits in portions that grow, since most who walk stop soon; each is two processes.
    func walk(from head: ObjectID, limit: Int, _ visit: (CommitData) -> Bool) throws(GitError) -> Bool {
        var visited: Set<ObjectID> = []
        var known: Set<ObjectID> = [head]
        var portion = 64
        walking: while visited.count < limit {
            let count = min(portion, limit - visited.count)
            let listed = try output(
                of: ["rev-list", "--skip=\(visited.count)", "--max-count=\(count)", head.hex])
            for commit in try commits(listed.bytes) {
                visited.insert(commit.id)
                known.formUnion(commit.parents)
                guard visit(commit) else { break walking }
            }
            if listed.lines.count < count { break }
            portion *= 4
        }
        // git leaves out the parents that a shallow clone does not have; the commits still name them.
        return known.isSubset(of: visited)
    }

    /// The commits with these names, one a line.
    private func commits(_ names: [UInt8]) throws(GitError) -> [CommitData] {
        guard !names.isEmpty else { return [] }
        var rest = try output(of: ["cat-file", "--batch"], input: names).bytes[...]
        var found: [CommitData] = []
        while let end = rest.firstIndex(of: 0x0A) {
            let words = rest[..<end].split(separator: 0x20).map { String(decoding: $0, as: UTF8.self) }
            guard words.count == 3, let size = Int(words[2]), rest.endIndex - end > size + 1 else {
                throw GitError(.notFound, words.joined(separator: " "), in: "git cat-file")
            }
            found.append(CommitData(ObjectID(unchecked: words[0]), stored: rest[(end + 1)...(end + size)]))
            rest = rest[(end + size + 2)...]
        }
        return found
    }

    /// Author and committer are `user.name` and `user.email`, as with libgit2, not what else git would look at.
    func writeCommit(_ commit: NewCommit) throws(GitError) -> ObjectID {
        var variables: [String: String] = [:]
        for (key, part) in [("user.name", "NAME"), ("user.email", "EMAIL")] {
            guard let value = try setting(key) else {
                throw GitError(.notFound, "config value '\(key)' was not found", in: "git commit-tree")
            }
            for role in ["AUTHOR", "COMMITTER"] { variables["GIT_\(role)_\(part)"] = value }
        }
        // The message is UTF-8, whatever the user's own messages are in.
        let arguments =
            ["-c", "i18n.commitEncoding=UTF-8", "commit-tree", "--no-gpg-sign", "-F", "-"]
            + commit.parents.flatMap { ["-p", $0.hex] } + [commit.tree.hex]
        let written = try output(of: arguments, input: Array(commit.message.utf8), variables: variables)
        return ObjectID(unchecked: written.text)
    }
}

extension CommitData {
    /// Reads a commit object.
    ///
    /// Source: git 2.39 `commit.c`, `parse_commit_buffer`, and `ident.c`, `split_ident_line`.
    init(_ id: ObjectID, stored bytes: some RandomAccessCollection<UInt8>) {
        self.init(
            id: id, tree: id, parents: [], message: "", authorSeconds: 0, authorOffset: 0, committerSeconds: 0)
        var rest = Array(bytes)[...]
        while let end = rest.firstIndex(of: 0x0A), end > rest.startIndex {
            add(header: rest[..<end])
            rest = rest[(end + 1)...]
        }
        // As libgit2 does: without empty lines at its start, and up to a zero byte.
        message = String(decoding: rest.drop { $0 == 0x0A }.prefix { $0 != 0 }, as: UTF8.self)
    }

    private mutating func add(header line: ArraySlice<UInt8>) {
        let blank = line.firstIndex(of: 0x20) ?? line.endIndex
        let value = String(decoding: line[blank...].dropFirst(), as: UTF8.self)
        switch String(decoding: line[..<blank], as: UTF8.self) {
        case "tree": tree = ObjectID(unchecked: value)
        case "parent": parents.append(ObjectID(unchecked: value))
        case "author": (authorSeconds, authorOffset) = Self.time(value)
        case "committer": committerSeconds = Self.time(value).seconds
        default: break
        }
    }

    /// Seconds since 1970 and minutes east of UTC, out of `Ada <ada@example.com> 1700000000 +0130`.
    private static func time(_ signature: String) -> (seconds: Int, offset: Int) {
        let words = signature.utf8.split(separator: 0x3E).last?.split(separator: 0x20) ?? []
        guard let first = words.first, let seconds = Int(String(decoding: first, as: UTF8.self)) else { return (0, 0) }
        guard words.count > 1, let zone = Int(String(decoding: words[1], as: UTF8.self)) else { return (seconds, 0) }
        return (seconds, zone / 100 * 60 + zone % 100)
    }
}
