// Reads what a commit says about itself.

import CGit2

/// The parts of a commit that people wrote, copied out of libgit2.
struct CommitText {
    /// The whole message; bytes that are not UTF-8 are replaced.
    var message: String
    /// Seconds since 1970.
    var authorSeconds: Int
    /// Minutes east of UTC.
    var authorOffset: Int

    init(_ commit: borrowing GitHandle) {
        message = git_commit_message(commit.pointer).map { String(cString: $0) } ?? ""
        let author = git_commit_author(commit.pointer)?.pointee
        authorSeconds = Int(author?.when.time ?? 0)
        authorOffset = Int(author?.when.offset ?? 0)
    }

    /// The first line, as `git revert` quotes it.
    var subject: String {
        let line = message.split(omittingEmptySubsequences: true, whereSeparator: \.isNewline).first ?? ""
        return String(line)
    }

    /// The commits that this one says it takes back.
    var revertedCommits: [ObjectID] {
        var found: [ObjectID] = []
        var rest = Substring(message)
        while let range = rest.firstRange(of: CommitMessage.revertMark + " ") {
            rest = rest[range.upperBound...]
            let name = rest.prefix(40)
            // A merge that was taken back is named with a comma: its own changes are not those of a step.
            if rest.dropFirst(40).first == ".", let id = ObjectID(hex: String(name)) { found.append(id) }
        }
        return found
    }
}
