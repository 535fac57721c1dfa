// Git by way of the git program: what it ignores.

import Glibc
import SystemPackage

extension ProgramAccess {
    func ignored(_ paths: [FilePath], withRules rules: [UInt8]?) throws(GitError) -> Set<FilePath> {
        guard !paths.isEmpty else { return [] }
        if let rules { return try ignoredInCopy(paths, rules) }
        // Without the index, what git tracks is answered for like everything else.
        let arguments = ["check-ignore", "--no-index", "-z", "--stdin"]
        // A path that begins with a colon would be a pattern, and 'check-ignore' knows no other way to say so.
        let answer = try run(arguments, input: paths.flatMap { Self.here + $0.bytes + [0] })
        switch answer.status {
        // 1 means that none is ignored. Source: git 2.39 `git-check-ignore(1)`.
        case 0, 1: return Set(answer.records.map { FilePath(gitBytes: $0.dropFirst(Self.here.count)) })
        // A step that makes a directory where the user has a link asks about paths that are not there yet.
        case _ where answer.errors.contains("beyond a symbolic link"): return try ignoredInCopy(paths, [])
        default: throw GitError(arguments, answer)
        }
    }

    private static let here = Array("./".utf8)

    /// Lets git look at a directory that has nothing but these paths, and the `.gitignore` files that count for them.
    ///
    /// `check-ignore` knows no rules that come before all others; `ls-files` does, but lists files that are there.
    private func ignoredInCopy(_ paths: [FilePath], _ rules: [UInt8]) throws(GitError) -> Set<FilePath> {
        let parents = Set(paths.flatMap(\.parents))
        // A path cannot be a file and a directory at once.
        let later = paths.filter { parents.contains($0) }
        let now = paths.filter { !parents.contains($0) }
        let copy: IgnoreCopy
        do throws(Errno) {
            copy = try IgnoreCopy(of: WorkingDirectory(root: program.directory), now)
        } catch {
            throw GitError(.other, "the paths cannot be copied: \(error)", in: "git ls-files")
        }
        let found = try found(in: copy, rules).intersection(now)
        return later.isEmpty ? found : found.union(try ignoredInCopy(later, rules))
    }

    private func found(in copy: IgnoreCopy, _ rules: [UInt8]) throws(GitError) -> Set<FilePath> {
        // Only rules that are arguments come before all others.
        let listed = try output(
            of: [
                "--work-tree=\(copy.root)", "ls-files", "-z", "--others", "--ignored", "--exclude-standard",
            ] + Self.patterns(rules).map { "--exclude=\($0)" }, index: Self.noIndex)
        return Set(listed.records.map { FilePath(gitBytes: $0) })
    }
}

extension ProgramAccess {
    /// The patterns in the lines of a `.gitignore`.
    ///
    /// Source: git 2.39 `dir.c`, `add_patterns_from_buffer`: no comments, no carriage return, no blanks at the end but those
    /// behind a backslash.
    private static func patterns(_ rules: [UInt8]) -> [String] {
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        let text = rules.starts(with: mark) ? rules.dropFirst(mark.count) : rules[...]
        return text.split(separator: 0x0A).compactMap { line in
            var line = line.last == 0x0D ? line.dropLast() : line
            while line.last == 0x20, line.dropLast().last != 0x5C { line.removeLast() }
            return line.isEmpty || line.first == 0x23 ? nil : String(decoding: line, as: UTF8.self)
        }
    }
}

/// A temporary directory with an empty file for each path that git is asked about; it goes with this object.
private final class IgnoreCopy {
    /// Stands for the working directory.
    let root: FilePath

    init(of working: WorkingDirectory, _ paths: [FilePath]) throws(Errno) {
        self.root = try Self.temporaryDirectory()
        let copy = WorkingDirectory(root: root)
        for directory in Set(paths.flatMap { [FilePath()] + $0.parents }) {
            let path = directory.appending(".gitignore")
            // git passes over a file that it cannot read, and one that is a link.
            guard let content = try? working.content(of: path) else { continue }
            try Self.create(path, content, in: copy)
        }
        for path in paths { try Self.create(path, [], in: copy) }
    }

    /// In memory, if it can be: hundreds of files may come and go.
    private static func temporaryDirectory() throws(Errno) -> FilePath {
        for place in ["/dev/shm", "/tmp"] {
            var template = Array("\(place)/baton-ignore-XXXXXX".utf8CString)
            if let made = mkdtemp(&template) { return FilePath(platformString: made) }
        }
        throw Errno(rawValue: errno)
    }

    /// Does nothing if the file is there: a path may be that of a `.gitignore`.
    private static func create(
        _ path: FilePath, _ content: [UInt8], in copy: WorkingDirectory
    ) throws(Errno) {
        do throws(Errno) {
            try copy.withParent(of: path, creating: true) { (directory, name) throws(Errno) in
                try directory.createFile(name, permissions: 0o600, content: content)
            }
        } catch .fileExists {
            return
        }
    }

    deinit {
        // What cannot be removed is left to whoever tidies up.
        let above = root.removingLastComponent()
        guard let name = root.lastComponent, let above = try? Directory(at: above) else { return }
        try? Self.remove(name, in: above)
    }

    private static func remove(_ name: FilePath.Component, in directory: borrowing Directory) throws(Errno) {
        guard try directory.stamp(of: name)?.kind == .directory else { return try directory.removeFile(name) }
        let inner = try Directory(name, in: directory)
        for child in try inner.names() { try remove(child, in: inner) }
        try directory.removeDirectory(name)
    }
}
