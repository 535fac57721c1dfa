// Git by way of the git program: blobs, and what happens to bytes on their way into git and out of it.

import SystemPackage

extension ProgramAccess {
    func content(of blob: ObjectID) throws(GitError) -> [UInt8] {
        try objects.read(blob, "blob")
    }

    func writeBlob(_ bytes: [UInt8]) throws(GitError) -> ObjectID {
        let written = try output(of: ["hash-object", "-w", "--stdin", "--no-filters"], input: bytes)
        return ObjectID(unchecked: written.text)
    }

    func blobID(of bytes: [UInt8]) throws(GitError) -> ObjectID {
        ObjectID(unchecked: try output(of: ["hash-object", "--stdin", "--no-filters"], input: bytes).text)
    }

    // MARK: Conversion

    /// git tells the name of what it would store; to have the bytes, they are stored.
    ///
    /// As with libgit2, attributes count that are in the working directory, not those that are in the index only.
    func stored(_ bytes: [UInt8], at path: FilePath, strict: Bool) throws(GitError) -> [UInt8] {
        let safety = strict ? [] : ["-c", "core.safecrlf=false"]
        let id = try output(of: safety + ["hash-object", "-w", "--stdin", "--path"], paths: [path], input: bytes).text
        return try content(of: ObjectID(unchecked: id))
    }

    func checkedOut(_ bytes: [UInt8], at path: FilePath) throws(GitError) -> [UInt8] {
        let id = try writeBlob(bytes)
        // 'cat-file' knows no end of options: a path that begins with '-' has to be a part of one.
        return try output(of: ["cat-file", "--filters", id.hex, "--path"], paths: [path]).bytes
    }

    /// A value that reads `set`, `unset` or `unspecified` cannot be told from these states.
    func attribute(_ name: String, of path: FilePath) throws(GitError) -> String? {
        do throws(GitError) {
            let conversation = try conversation(about: name)
            try conversation.ask(path.bytes + [0])
            // The path, the name and the value.
            for _ in 0..<2 { _ = try conversation.answer(until: 0) }
            let value = String(decoding: try conversation.answer(until: 0), as: UTF8.self)
            return ["set", "unset", "unspecified"].contains(value) ? nil : value
        } catch {
            attributes[name] = nil
            throw error
        }
    }

    private func conversation(about attribute: String) throws(GitError) -> GitConversation {
        if let known = attributes[attribute] { return known }
        let started = try GitConversation(program, ["check-attr", "--stdin", "-z", attribute], index: Self.noIndex)
        attributes[attribute] = started
        return started
    }

    /// An index that does not exist.
    ///
    /// Reading one costs time in proportion to the repository, and libgit2 does not either. Nothing can be made in `/proc`.
    static let noIndex = FilePath("/proc/self/no-index")
}
