// Git by way of the git program: trees.

import SystemPackage

extension ProgramAccess {
    func entries(at paths: [FilePath], in tree: ObjectID?) throws(GitError) -> [FilePath: TreeEntry] {
        guard let tree else { return [:] }
        var found: [FilePath: TreeEntry] = [:]
        for path in paths {
            found[path] = try entry(at: path, in: tree)?.treeEntry
        }
        return found
    }

    /// Reads one directory after the other; those that were read before cost nothing.
    private func entry(at path: FilePath, in tree: ObjectID) throws(GitError) -> RawTree.Entry? {
        var entry = RawTree.Entry(mode: RawTree.Entry.directory, name: [], id: [])
        var id = tree
        for (depth, name) in path.components.enumerated() {
            guard entry.isDirectory else { return nil }
            if depth > 0 { id = entry.objectID }
            guard let next = try objects.tree(id)[name.nameBytes] else { return nil }
            entry = next
        }
        return path.isEmpty ? nil : entry
    }

    func paths(below path: FilePath, in tree: ObjectID?) throws(GitError) -> [FilePath] {
        guard let tree, let directory = try entry(at: path, in: tree), directory.isDirectory else { return [] }
        return try paths(inTree: directory.objectID).map { path.appending($0.components) }
    }

    /// The paths of all entries of a tree, in it.
    func paths(inTree tree: ObjectID) throws(GitError) -> [FilePath] {
        let listed = try output(of: ["ls-tree", "-r", "-z", "--name-only", "--full-tree", tree.hex])
        return listed.records.map { FilePath(gitBytes: $0) }
    }

    func differences(from old: ObjectID?, to new: ObjectID?) throws(GitError) -> [PathDifference] {
        guard let known = old ?? new else { return [] }
        let trees = [old ?? known.emptyTree, new ?? known.emptyTree]
        let output = try output(
            of: ["diff-tree", "-r", "-z", "--raw", "--no-abbrev", "--no-renames", "--ignore-submodules=none"]
                + trees.map(\.hex), index: Self.noIndex)
        let records = output.records
        return stride(from: 0, to: records.count - 1, by: 2)
            .compactMap { PathDifference(raw: records[$0], path: records[$0 + 1]) }
    }

    /// Reads the changed directories and writes them anew through one `git mktree`, the deepest first.
    ///
    /// `git fast-import` would make a commit that nobody wants, and a pack of its own for more than 100 objects; a
    /// temporary index would cost time in proportion to the repository.
    ///
    /// In a partial clone, entries may be of objects that are not here, and need not be. git before 2.38 fetches them
    /// nevertheless.
    func writeTree(_ base: ObjectID?, applying changes: [TreeChange]) throws(GitError) -> ObjectID {
        var edit = TreeEdit()
        for change in changes { try edit.add(change) }
        let missing = try allSettings().isPartialClone ? ["--missing"] : []
        let writer = try GitConversation(program, ["--no-replace-objects", "mktree", "-z", "--batch"] + missing)
        if let tree = try write(edit, on: base, at: FilePath(), writer) { return tree }
        return try write([], writer)
    }

    /// The tree that `edit` makes of `tree`; nil if nothing is left.
    private func write(
        _ edit: TreeEdit, on tree: ObjectID?, at path: FilePath, _ writer: GitConversation
    ) throws(GitError) -> ObjectID? {
        let before = try tree.map { id throws(GitError) in try objects.tree(id) }
        var entries = before?.entries.filter { edit.children[$0.name] == nil } ?? []
        for (name, child) in edit.children {
            let path = path.appending(FilePath(gitBytes: name).components)
            if var entry = try result(of: child, on: before?[name], at: path, writer) {
                entry.name = name
                entries.append(entry)
            }
        }
        return entries.isEmpty ? nil : try write(entries, writer)
    }

    /// What becomes of one entry; first everything is removed, then added.
    private func result(
        of edit: TreeEdit, on before: RawTree.Entry?, at path: FilePath, _ writer: GitConversation
    ) throws(GitError) -> RawTree.Entry? {
        var entry = before
        if edit.isRemoved {
            guard entry != nil else { throw .noEntry(path) }
            entry = nil
        }
        if !edit.children.isEmpty {
            guard entry?.isDirectory ?? true else {
                throw edit.hasUpserts ? .inTheWay(path) : .noEntry(path)
            }
            entry = try write(edit, on: entry?.objectID, at: path, writer)
                .map { RawTree.Entry(mode: RawTree.Entry.directory, name: [], id: $0.binary) }
        }
        guard let added = edit.entry else { return entry }
        guard entry?.isDirectory != true else { throw .inTheWay(path) }
        return RawTree.Entry(mode: added.mode.rawValue, name: [], id: added.id.binary)
    }

    /// Writes one tree; git sorts it.
    private func write(_ entries: [RawTree.Entry], _ writer: GitConversation) throws(GitError) -> ObjectID {
        var input: [UInt8] = []
        for entry in entries {
            let kind = entry.isDirectory ? "tree" : entry.mode == 0o160000 ? "commit" : "blob"
            input += "\(String(entry.mode, radix: 8)) \(kind) \(entry.objectID.hex)\t".utf8
            input += entry.name
            input.append(0)
        }
        input.append(0)
        try writer.ask(input)
        return ObjectID(unchecked: String(decoding: try writer.answer(until: 0x0A), as: UTF8.self))
    }
}

/// What happens to one entry of a tree, and below it.
private struct TreeEdit {
    var isRemoved = false
    var entry: TreeEntry?
    var children: [ArraySlice<UInt8>: TreeEdit] = [:]

    /// Something is added below.
    var hasUpserts: Bool { children.values.contains { $0.entry != nil || $0.hasUpserts } }

    mutating func add(_ change: TreeChange) throws(GitError) {
        guard change.path.isAllowedInGit else { throw .invalidPath(change.path, in: "git mktree") }
        add(change.entry, at: change.path.components.map(\.nameBytes)[...])
    }

    private mutating func add(_ new: TreeEntry?, at path: ArraySlice<ArraySlice<UInt8>>) {
        guard let name = path.first else {
            if let new { entry = new } else { isRemoved = true }
            return
        }
        children[name, default: TreeEdit()].add(new, at: path.dropFirst())
    }
}

extension GitError {
    fileprivate static func noEntry(_ path: FilePath) -> GitError {
        GitError(.notFound, "the tree has no '\(path.shown)'", in: "git mktree")
    }

    fileprivate static func inTheWay(_ path: FilePath) -> GitError {
        GitError(.other, "'\(path.shown)' cannot be a file and a directory", in: "git mktree")
    }
}

extension ObjectID {
    /// The name in binary.
    fileprivate var binary: ArraySlice<UInt8> {
        let digits = hex.utf8.map { $0 & 0x0F + ($0 >= 0x61 ? 9 : 0) }
        return stride(from: 0, to: digits.count - 1, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }[...]
    }
}

extension PathDifference {
    /// Reads `:100644 100644 OLD NEW M`.
    ///
    /// Source: git 2.39 `Documentation/diff-format.txt`, "Raw output format".
    fileprivate init?(raw: ArraySlice<UInt8>, path: ArraySlice<UInt8>) {
        let words = raw.dropFirst().split(separator: 0x20).map { String(decoding: $0, as: UTF8.self) }
        guard words.count == 5, let oldMode = UInt32(words[0], radix: 8), let newMode = UInt32(words[1], radix: 8)
        else { return nil }
        self.path = FilePath(gitBytes: path)
        // Of a side that does not exist the mode is 0, which makes no entry.
        self.old = TreeEntry(mode: oldMode, id: ObjectID(unchecked: words[2]))
        self.new = TreeEntry(mode: newMode, id: ObjectID(unchecked: words[3]))
    }
}
