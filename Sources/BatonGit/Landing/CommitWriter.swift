// Writes the commits that land: signed, if the user signs commits.

import BatonCore
import SystemPackage

/// Writes the commits that land on a branch.
///
/// Commits on hidden references are never signed; those that land are, by the git program, if `commit.gpgSign` is set and
/// `baton.sign` is not false.
struct CommitWriter {
    private let git: any GitAccess
    private let program: GitProgram
    private let signs: Bool

    init(_ git: any GitAccess, _ program: GitProgram) throws {
        self.git = git
        self.program = program
        self.signs = try git.flag("commit.gpgsign", fallback: false) && git.flag("baton.sign", fallback: true)
    }

    /// Writes a commit, unless `existing` is one with the same tree, text and parents that need not be signed.
    func write(
        _ tree: ObjectID, parents: [ObjectID], _ message: CommitMessage, existing: ObjectID? = nil
    ) throws -> ObjectID {
        if signs { return try signed(tree, parents, message) }
        if let existing, let commit = try? git.commit(existing), commit.tree == tree, commit.parents == parents {
            return existing
        }
        return try git.writeCommit(NewCommit(tree: tree, parents: parents, message: message.rendered))
    }

    private func signed(_ tree: ObjectID, _ parents: [ObjectID], _ message: CommitMessage) throws -> ObjectID {
        do throws(GitError) {
            let arguments = ["commit-tree", "-S", tree.hex] + parents.flatMap { ["-p", $0.hex] }
            let output = try program.output(of: arguments, input: Array(message.rendered.utf8))
            guard let id = ObjectID(hex: output.text) else {
                throw GitError(.other, "printed no name of a commit", in: "git commit-tree")
            }
            return id
        } catch {
            throw BatonError(
                .unsupported, "the commit cannot be signed", causes: ["\(error.function): \(error.message)"],
                hints: [
                    "Nothing was changed. See that 'git commit -S' works here.",
                    "To land without signatures: git config baton.sign false",
                ])
        }
    }
}
