// git's index by way of the git program.

import Glibc
import SystemPackage

extension ProgramAccess {
    /// Opens nothing yet: what git cannot read it says when it is asked.
    ///
    /// Reading and writing cost time in proportion to the index, for each process that does it.
    func openIndex(at path: FilePath) throws(GitError) -> any GitIndex {
        ProgramIndex(at: path, of: self)
    }
}

/// An index file that `git` reads and writes itself, whatever its format: split, sparse, or with extensions.
private final class ProgramIndex: GitIndex {
    private let path: FilePath
    private let access: ProgramAccess
    /// The directories that a sparse index has instead of the files below them, and their trees; nil if not asked yet.
    private var sparse: [FilePath: ObjectID]?

    init(at path: FilePath, of access: ProgramAccess) {
        self.path = path
        self.access = access
    }

    /// The most paths that are passed as arguments.
    ///
    /// So many of at most 4096 bytes are 256 KiB; Linux takes 2 MiB. Source: `execve(2)`.
    private static let maximumPathArguments = 64

    // MARK: Reading

    func contents(at paths: [FilePath]) throws(GitError) -> IndexContents {
        guard !paths.isEmpty, exists else { return IndexContents() }
        let isSparse = try access.flag("core.sparseCheckout", fallback: false)
        // Otherwise git would read every tree outside of the sparse checkout.
        let arguments = ProgramAccess.literally + ["ls-files", "-z", "-s", "-t"] + (isSparse ? ["--sparse"] : [])
        var contents = IndexContents()
        var unsure: [FilePath] = []
        // git compares each entry with each path; beyond some number listing everything costs less.
        let arePassed = paths.count <= Self.maximumPathArguments
        let listed = try access.output(
            of: arguments + ["--"], paths: arePassed ? paths : [], index: path)
        let wanted = arePassed ? nil : Set(paths)
        for record in listed.records {
            guard let line = IndexLine(record), wanted.map({ line.path.isAmong($0) }) ?? true else { continue }
            line.add(to: &contents)
            if line.mayBeIntentToAdd { unsure.append(line.path) }
        }
        if isSparse { try addHidden(paths, to: &contents) }
        try markIntentToAdd(unsure, in: &contents)
        return contents
    }

    private var exists: Bool { path.withPlatformString { Glibc.access($0, F_OK) } == 0 }

    /// Adds what is below the directories that a sparse index has only as such.
    private func addHidden(_ paths: [FilePath], to contents: inout IndexContents) throws(GitError) {
        let directories = try sparseDirectories()
        guard !directories.isEmpty else { return }
        for path in paths {
            if let (directory, tree) = directories.first(where: { path.starts(with: $0.key) }) {
                var rest = path
                _ = rest.removePrefix(directory)
                try add(rest.isEmpty ? try access.paths(inTree: tree) : [rest], of: tree, at: directory, to: &contents)
                if !rest.isEmpty {
                    try add(access.paths(below: rest, in: tree), of: tree, at: directory, to: &contents)
                }
            }
            for (directory, tree) in directories where directory != path && directory.starts(with: path) {
                try add(access.paths(inTree: tree), of: tree, at: directory, to: &contents)
            }
        }
    }

    private func add(
        _ paths: [FilePath], of tree: ObjectID, at directory: FilePath, to contents: inout IndexContents
    ) throws(GitError) {
        for (path, entry) in try access.entries(at: paths, in: tree) {
            contents.entries[directory.appending(path.components)] = IndexEntry(entry: entry, isSkipped: true)
        }
    }

    private func sparseDirectories() throws(GitError) -> [FilePath: ObjectID] {
        if let sparse { return sparse }
        let listed = try access.output(of: ["ls-files", "-z", "-s", "-t", "--sparse"], index: path)
        var found: [FilePath: ObjectID] = [:]
        for record in listed.records {
            guard let line = IndexLine(record), line.mode == RawTree.Entry.directory else { continue }
            found[line.path] = line.id
        }
        sparse = found
        return found
    }

    /// Such an entry has an empty blob, and does not count in a comparison that leaves it out.
    ///
    /// Source: git 2.39 `git-diff-index(1)`, `--ita-invisible-in-index`.
    private func markIntentToAdd(_ paths: [FilePath], in contents: inout IndexContents) throws(GitError) {
        guard let digits = paths.first.flatMap({ contents.entries[$0]?.entry.id.hex.utf8.count }) else { return }
        let compared = try access.output(
            of: ProgramAccess.literally + [
                "diff-index", "--cached", "--ita-invisible-in-index", "--name-only", "-z", "--no-renames",
                ObjectID.emptyTree(digits: digits).hex, "--",
            ], paths: paths.count <= Self.maximumPathArguments ? paths : [], index: path)
        let added = Set(compared.records.map { FilePath(gitBytes: $0) })
        for path in paths where !added.contains(path) { contents.entries[path]?.isIntentToAdd = true }
    }

    // MARK: Writing

    /// `git update-index` changes the entries, and knows itself which others have to be marked.
    ///
    /// It leaves new entries without the state of their file. `git add --refresh` then looks at just these files, and
    /// enters the state of those that have the staged content; it never stages anything. That reads and writes the index
    /// once more, but else `git diff-files` would list the files as changed until somebody runs `git status`.
    func write(applying changes: [IndexChange]) throws(GitError) {
        var input: [UInt8] = []
        let none = String(repeating: "0", count: try access.allSettings().nameDigits)
        for change in changes where change.entry == nil { input += "0 \(none)\t".utf8 + change.path.bytes + [0] }
        for change in changes {
            guard let entry = change.entry else { continue }
            input += "\(String(entry.mode.rawValue, radix: 8)) \(entry.id.hex) 0\t".utf8 + change.path.bytes + [0]
        }
        for change in changes where !change.path.isAllowedInGit {
            throw .invalidPath(change.path, in: "git update-index")
        }
        sparse = nil
        let updated = try access.output(
            of: Self.hookless + ["update-index", "-z", "--index-info"], input: input, index: path)
        // git passes over a path that it does not like.
        for line in updated.errors.split(whereSeparator: \.isNewline) where line.hasPrefix("Ignoring path ") {
            throw GitError(.other, String(line), in: "git update-index")
        }
        if !exists { _ = try access.output(of: Self.hookless + ["read-tree", "--empty"], index: path) }
        let stamped = changes.filter { $0.entry != nil && $0.stamp != nil }.map(\.path)
        guard !stamped.isEmpty else { return }
        // Without the state of its file an entry is right, too.
        _ = try access.run(
            ProgramAccess.literally + Self.hookless + [
                "add", "--refresh", "--pathspec-from-file=-", "--pathspec-file-nul",
            ],
            input: stamped.zeroTerminated, index: path)
    }

    /// The file is usually a copy, of which the hook `post-index-change` need not know.
    private static let hookless = ["-c", "core.hooksPath=/dev/null"]
}

/// One line of `git ls-files -s -t`: `H 100644 NAME 0<tab>path`.
private struct IndexLine {
    var tag: UInt8
    var mode: UInt32
    var id: ObjectID
    var stage: String
    var path: FilePath

    init?(_ record: ArraySlice<UInt8>) {
        guard let tab = record.firstIndex(of: 0x09), let tag = record.first else { return nil }
        let words = record[..<tab].split(separator: 0x20).map { String(decoding: $0, as: UTF8.self) }
        guard words.count == 4, let mode = UInt32(words[1], radix: 8) else { return nil }
        self.tag = tag
        self.mode = mode
        self.id = ObjectID(unchecked: words[2])
        self.stage = words[3]
        self.path = FilePath(gitBytes: record[(tab + 1)...])
    }

    func add(to contents: inout IndexContents) {
        guard stage == "0" else {
            contents.conflicted.insert(path)
            return
        }
        guard let entry = TreeEntry(mode: mode, id: id) else { return }
        contents.entries[path] = IndexEntry(entry: entry, isSkipped: tag == UInt8(ascii: "S"))
    }

    /// The content of an entry that is only promised is empty.
    var mayBeIntentToAdd: Bool { stage == "0" && Self.emptyBlobs.contains(id.hex) }

    /// Source: git 2.39 `object-file.c`, `empty_blob_oid`.
    private static let emptyBlobs: Set<String> = [
        "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391",
        "473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813",
    ]
}

extension FilePath {
    /// It is one of `paths`, or below one.
    fileprivate func isAmong(_ paths: Set<FilePath>) -> Bool {
        paths.contains(self) || parents.contains { paths.contains($0) }
    }
}
