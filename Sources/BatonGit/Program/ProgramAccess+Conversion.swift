// Git by way of the git program: what happens to bytes on their way into git and out of it.

import SystemPackage

extension ProgramAccess {
    func stored(_ bytes: [UInt8], at path: FilePath, strict: Bool) throws(GitError) -> [UInt8] {
        // git tells the name of what it would store; to have the bytes, they are stored.
        let safety = strict ? [] : ["-c", "core.safecrlf=false"]
        let id = try program.output(
            of: safety + ["hash-object", "-w", "--stdin", "--path", path.string], input: bytes
        ).text
        return try program.output(of: ["cat-file", "blob", id]).bytes
    }

    func checkedOut(_ bytes: [UInt8], at path: FilePath) throws(GitError) -> [UInt8] {
        let id = try program.output(of: ["hash-object", "-w", "--stdin", "--no-filters"], input: bytes).text
        return try program.output(of: ["cat-file", "--filters", "--path", path.string, id]).bytes
    }
}
