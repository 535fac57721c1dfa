// Reads git's objects, one after the other, through one process.

/// Reads objects by way of one `git cat-file --batch`, and keeps the trees that it has read.
///
/// In a partial clone git fetches an object that is missing; see ``ProgramAccess``.
final class ObjectReader {
    private let program: GitProgram
    private var conversation: GitConversation?
    private var trees: [ObjectID: RawTree] = [:]

    init(_ program: GitProgram) {
        self.program = program
    }

    private static let arguments = ["--no-replace-objects", "cat-file", "--batch"]

    /// The bytes of the object called `id`, which is of this `kind`: `blob`, `tree` or `commit`.
    ///
    /// - Throws: ``GitError/Kind/notFound`` if there is no object of this kind.
    func read(_ id: ObjectID, _ kind: String) throws(GitError) -> [UInt8] {
        do throws(GitError) {
            let conversation = try conversing()
            try conversation.ask(Array("\(id.hex)\n".utf8))
            let words = try conversation.answer(until: 0x0A).split(separator: 0x20)
            // 'NAME missing', or 'NAME KIND SIZE' and the bytes.
            guard words.count == 3, let size = Int(String(decoding: words[2], as: UTF8.self)) else {
                throw GitError(.notFound, "object \(id.hex) is missing", in: "git cat-file")
            }
            let bytes = try conversation.answer(count: size)
            _ = try conversation.answer(count: 1)
            guard words[1].elementsEqual(kind.utf8) else {
                throw GitError(.notFound, "object \(id.hex) is no \(kind)", in: "git cat-file")
            }
            return bytes
        } catch {
            // It may have ended; the next question starts another.
            conversation = nil
            throw error
        }
    }

    private func conversing() throws(GitError) -> GitConversation {
        if let conversation { return conversation }
        let started = try GitConversation(program, Self.arguments)
        conversation = started
        return started
    }

    /// The tree called `id`.
    ///
    /// The tree without entries is known to git without being stored.
    func tree(_ id: ObjectID) throws(GitError) -> RawTree {
        if let known = trees[id] { return known }
        let tree = RawTree(try read(id, "tree"), nameBytes: id.hex.utf8.count / 2)
        trees[id] = tree
        return tree
    }
}
