// A git process that answers one question after the other.

import SystemPackage

/// A run of git that reads questions from its standard input and answers each before it reads the next.
///
/// That saves starting a process for each question, about 1 ms (measured 2026-11, git 2.39). It ends with this object.
final class GitConversation {
    private let process: PipedProcess
    private let arguments: [String]
    /// Output that was read and not handed out yet.
    private var pending: ArraySlice<UInt8> = []

    init(
        _ program: GitProgram, _ arguments: [String], index: FilePath? = nil
    ) throws(GitError) {
        self.process = try program.start(arguments, index: index)
        self.arguments = arguments
    }

    /// Sends a question.
    ///
    /// - Throws: ``GitError`` with git's last words if it has ended.
    func ask(_ bytes: [UInt8]) throws(GitError) {
        guard process.write(bytes) else { throw lastWords() }
    }

    /// The answer up to the next `end`, which is taken but not returned.
    func answer(until end: UInt8) throws(GitError) -> [UInt8] {
        var searched = 0
        while true {
            let start = pending.startIndex
            if let found = pending[(start + searched)...].firstIndex(of: end) {
                defer { pending = pending[(found + 1)...] }
                return Array(pending[..<found])
            }
            searched = pending.count
            try readMore()
        }
    }

    /// The next `count` bytes of the answer.
    func answer(count: Int) throws(GitError) -> [UInt8] {
        while pending.count < count { try readMore() }
        defer { pending = pending.dropFirst(count) }
        return Array(pending.prefix(count))
    }

    private func readMore() throws(GitError) {
        let bytes = process.read()
        guard !bytes.isEmpty else { throw lastWords() }
        pending = pending.isEmpty ? bytes[...] : pending + bytes
    }

    private func lastWords() -> GitError {
        let name = GitError.name(of: arguments)
        guard let output = try? process.communicate([]) else { return GitError(.other, "has ended", in: name) }
        return GitError(arguments, output)
    }
}
