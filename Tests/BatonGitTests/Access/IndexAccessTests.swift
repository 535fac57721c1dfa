// The index, by both ways to git.

import BatonCore
import Glibc
import SystemPackage
import Testing

@testable import BatonGit

@Suite("Access: the index")
struct IndexAccessTests {
    private func filled() throws -> AccessRepository {
        let repository = try AccessRepository()
        for path: FilePath in ["a", "dir/b", "dir/sub/c", "dir.x", "e", "z"] { try repository.write(path, "\(path)\n") }
        try repository.commitAll()
        return repository
    }

    @Test("staged entries are found at paths and below them", arguments: AccessWay.allCases)
    func contents(way: AccessWay) throws {
        let repository = try filled()
        let odd = FilePath(gitBytes: Array(":(top)*\n\t".utf8) + [0xFF])
        try repository.write(odd, "odd", executable: true)
        repository.link("link", to: "a")
        try repository.git("add", "-A")
        try repository.write("new", "")
        try repository.write("empty", "")
        try repository.git("add", "-N", "new")
        try repository.git("add", "empty")
        try repository.git("update-index", "--skip-worktree", "e")
        let index = try repository.access(way).openIndex(at: repository.index)

        let found = try index.contents(at: ["a", "dir", odd, "link", "new", "empty", "e", "none", "a/x", "di"])

        #expect(found.conflicted.isEmpty)
        #expect(Set(found.entries.keys) == ["a", "dir/b", "dir/sub/c", odd, "link", "new", "empty", "e"])
        #expect(found.entries["a"] == IndexEntry(entry: TreeEntry(.file, try repository.id(":a"))))
        #expect(found.entries[odd]?.entry.mode == .executable)
        #expect(found.entries["link"]?.entry.mode == .symlink)
        #expect(found.entries.filter(\.value.isSkipped).map(\.key) == ["e"])
        #expect(found.entries.filter(\.value.isIntentToAdd).map(\.key) == ["new"])
        #expect(try index.contents(at: []).isEmpty)
    }

    @Test("many paths at once", arguments: AccessWay.allCases)
    func many(way: AccessWay) throws {
        let repository = try filled()
        let index = try repository.access(way).openIndex(at: repository.index)
        let none = (0..<500).map { FilePath("none/\($0)") }

        let found = try index.contents(at: none + ["dir", "z"])

        #expect(Set(found.entries.keys) == ["dir/b", "dir/sub/c", "z"])
    }

    @Test("a path that is part of a merge is in conflict", arguments: AccessWay.allCases)
    func conflicts(way: AccessWay) throws {
        let repository = try filled()
        let id = try repository.id(":a").hex
        try repository.git(
            ["update-index", "--index-info"],
            input: "0 \(id) 0\ta\n100644 \(id) 1\ta\n100644 \(id) 2\ta\n100644 \(id) 3\tdir/new\n")

        let found = try repository.access(way).openIndex(at: repository.index).contents(at: ["a", "dir", "z"])

        #expect(found.conflicted == ["a", "dir/new"])
        #expect(Set(found.entries.keys) == ["dir/b", "dir/sub/c", "z"])
    }

    @Test("no index is an empty one, and is made by writing", arguments: AccessWay.allCases, [true, false])
    func absent(way: AccessWay, isFilled: Bool) throws {
        let repository = try AccessRepository()
        let access = try repository.access(way)
        try repository.write("a", "a\n")
        let entry = TreeEntry(.file, try access.writeBlob(Array("a\n".utf8)))

        #expect(try access.openIndex(at: repository.index).contents(at: ["a"]).isEmpty)
        let changes = [IndexChange(path: "a", entry: isFilled ? entry : nil, stamp: try repository.stamp("a"))]
        try access.openIndex(at: repository.index).write(applying: changes)

        #expect(try repository.git("status", "--porcelain") == (isFilled ? "A  a" : "?? a"))
    }

    @Test("entries are added, changed and removed; files and directories give way", arguments: AccessWay.allCases)
    func writing(way: AccessWay) throws {
        let repository = try filled()
        let access = try repository.access(way)
        let file = TreeEntry(.file, try access.writeBlob(Array("new\n".utf8)))
        let odd = FilePath(gitBytes: Array("\n\t:".utf8) + [0xFF])

        try repository.writeIndex(
            access,
            [
                IndexChange(path: "dir/b", entry: nil, stamp: nil),
                IndexChange(path: "dir/sub/c", entry: nil, stamp: nil),
                IndexChange(path: "dir", entry: file, stamp: nil), IndexChange(path: "a", entry: nil, stamp: nil),
                IndexChange(path: "a/x", entry: TreeEntry(.executable, file.id), stamp: nil),
                IndexChange(path: odd, entry: file, stamp: nil), IndexChange(path: "none", entry: nil, stamp: nil),
            ])

        let contents = try access.openIndex(at: repository.index).contents(at: ["a", "dir", "dir.x", odd, "e"])
        #expect(Set(contents.entries.keys) == ["a/x", "dir", "dir.x", odd, "e"])
        #expect(contents.entries["dir"]?.entry == file)
        #expect(contents.entries["a/x"]?.entry.mode == .executable)
        let tree = try access.writeTree(
            try repository.id("HEAD^{tree}"),
            applying: ["dir/b", "dir/sub/c", "a"].map { TreeChange(path: $0, entry: nil) }
                + [("dir", file), (odd, file), ("a/x", TreeEntry(.executable, file.id))].map(TreeChange.init))
        #expect(try repository.git("write-tree") == tree.hex)
    }

    @Test("what git would refuse in its index is refused, and nothing is written", arguments: AccessWay.allCases)
    func refusal(way: AccessWay) throws {
        let repository = try filled()
        let access = try repository.access(way)
        let file = TreeEntry(.file, try access.writeBlob([]))
        let before = try readFile(repository.index)

        for path: FilePath in [".git/x", "x/.git", "../x"] {
            #expect(throws: GitError.self) {
                try access.openIndex(at: repository.index)
                    .write(applying: [
                        IndexChange(path: path, entry: file, stamp: nil), IndexChange(path: "e", entry: nil),
                    ])
            }
        }
        #expect(try readFile(repository.index) == before)
    }

    @Test("an entry with its file's state needs no second look", arguments: AccessWay.allCases)
    func stamps(way: AccessWay) throws {
        let repository = try filled()
        let access = try repository.access(way)
        try repository.write("a", "changed\n")
        try repository.write("dir/n", "new\n")
        try repository.write("e", "not the staged content\n")
        let changes = try [("a", "changed\n"), ("dir/n", "new\n"), ("e", "staged\n")].map { path, text in
            IndexChange(
                path: FilePath(path), entry: TreeEntry(.file, try access.writeBlob(Array(text.utf8))),
                stamp: path == "e" ? nil : try repository.stamp(FilePath(path)))
        }

        try repository.writeIndex(access, changes)

        #expect(try repository.git("diff-files", "--name-only") == "e")
        #expect(try repository.git("diff", "--name-only") == "e")
        #expect(try repository.git("diff", "--cached", "--name-only") == "a\ndir/n\ne")
    }

    /// The size and the time in seconds stay, so only git's rule for an index that is as old as its files helps.
    @Test("an edit in the second of the last write is not overlooked afterwards", arguments: AccessWay.allCases)
    func racy(way: AccessWay) throws {
        let repository = try filled()
        var old = [timespec(tv_sec: 1_700_000_000, tv_nsec: 5), timespec(tv_sec: 1_700_000_000, tv_nsec: 5)]
        let times: (FilePath) -> Void = { path in
            path.withPlatformString { _ = utimensat(AT_FDCWD, $0, &old, 0) }
        }
        let file = repository.root.appending("z")
        times(file)
        // Without the time of the last change of the inode, which nobody can set.
        try repository.git("config", "core.trustctime", "false")
        try repository.git("config", "core.checkStat", "minimal")
        try repository.git("add", "z")
        times(repository.index)
        let descriptor = try FileDescriptor.open(file, .writeOnly)
        try descriptor.closeAfter { _ = try descriptor.writeAll("Z\n".utf8) }
        times(file)
        #expect(try repository.git("diff", "--name-only") == "z")
        let access = try repository.access(way)
        let entry = TreeEntry(.file, try access.writeBlob([]))

        try repository.writeIndex(access, [IndexChange(path: "other", entry: entry, stamp: nil)])

        #expect(try repository.git("diff", "--name-only") == "other\nz")
    }

    @Test("a locked index is not written")
    func locked() throws {
        let repository = try filled()
        try writeFile(FilePath(repository.index.string + ".lock"), [])
        let access = try repository.access(.program)
        expectError(.locked) {
            try access.openIndex(at: repository.index).write(applying: [IndexChange(path: "a", entry: nil, stamp: nil)])
        }
    }

    @Test("no hook runs for an index that is somebody's copy", arguments: AccessWay.allCases)
    func hooks(way: AccessWay) throws {
        let repository = try filled()
        let hook = repository.gitDirectory.appending("hooks/post-index-change")
        try writeFile(hook, Array("#!/bin/sh\ntouch \"\(repository.base)/ran\"\n".utf8), executable: true)
        try repository.writeIndex(try repository.access(way), [IndexChange(path: "a", entry: nil, stamp: nil)])

        #expect(throws: (any Error).self) { try readFile(repository.base.appending("ran")) }
    }
}

extension IndexContents {
    /// Nothing is staged, nor in conflict.
    var isEmpty: Bool { entries.isEmpty && conflicted.isEmpty }
}

extension IndexChange {
    init(path: FilePath, entry: TreeEntry?) { self.init(path: path, entry: entry, stamp: nil) }
}
