// Git by way of the git program: references.

extension ProgramAccess {
    func head() throws(GitError) -> HeadState {
        let branch = try run(["symbolic-ref", "-q", "HEAD"])
        switch branch.status {
        case 0: return HeadState(reference: branch.text, commit: try reference(branch.text))
        // Not symbolic. Source: git 2.39 `git-symbolic-ref(1)`, `--quiet`.
        case 1: return HeadState(reference: "HEAD", commit: try reference("HEAD"))
        default: throw GitError(["symbolic-ref"], branch)
        }
    }

    func reference(_ name: String) throws(GitError) -> ObjectID? {
        let arguments = ["show-ref", "--verify", "--hash", name]
        let found = try run(arguments)
        if found.status == 0 { return ObjectID(hex: found.text) }
        if found.errors.contains("not a valid ref") { return nil }
        throw GitError(arguments, found)
    }

    func references(withPrefix prefix: String) throws(GitError) -> [(name: String, target: ObjectID)] {
        // git takes whole directories only.
        let directory = prefix.lastIndex(of: "/").map { String(prefix[...$0]) }
        let listed = try output(
            of: ["for-each-ref", "--format=%(objectname) %(refname)"] + [directory].compactMap(\.self))
        var found: [(name: String, target: ObjectID)] = []
        for line in listed.lines {
            let words = line.split(separator: 0x20, maxSplits: 1).map { String(decoding: $0, as: UTF8.self) }
            guard words.count == 2, words[1].hasPrefix(prefix), let target = ObjectID(hex: words[0]) else { continue }
            found.append((words[1], target))
        }
        return found.sorted { $0.name < $1.name }
    }

    /// A hook called `reference-transaction` runs, as it does whenever git itself moves a reference.
    func setReference(_ name: String, from old: ObjectID?, to new: ObjectID?, log: String) throws(GitError) {
        var commands = ""
        if name == "HEAD" {
            // git would let a branch that HEAD came to stand on count as a detached HEAD at the same commit.
            guard try run(["symbolic-ref", "-q", "HEAD"]).status == 1 else {
                throw GitError(.modified, "HEAD is not detached any more", in: "git update-ref")
            }
            commands += "option no-deref\0"
        }
        switch (old, new) {
        case (let old?, let new?): commands += "update \(name)\0\(new.hex)\0\(old.hex)\0"
        case (nil, let new?): commands += "create \(name)\0\(new.hex)\0"
        case (let old?, nil): commands += "delete \(name)\0\(old.hex)\0"
        // That there is none.
        case (nil, nil): commands += "verify \(name)\0\0"
        }
        _ = try output(of: ["update-ref", "-m", log, "--stdin", "-z"], input: Array(commands.utf8))
    }
}
