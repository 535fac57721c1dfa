// Trees, by both ways to git.

import SystemPackage
import Testing

@testable import BatonGit

@Suite("Access: trees")
struct TreeAccessTests {
    /// A repository with some files, and a name that is no text.
    private func filled() throws -> AccessRepository {
        let repository = try AccessRepository()
        try repository.write("a", "a\n")
        try repository.write("dir/b", "b\n", executable: true)
        try repository.write("dir/sub/c", "c\n")
        try repository.write("dir.x", "x\n")
        repository.link("link", to: "a")
        try repository.write(oddName, "odd\n")
        try repository.commitAll()
        return repository
    }

    /// Line end, tab, quote, star, and a byte that is not UTF-8.
    private let oddName = FilePath(gitBytes: Array("od\n\t\"*[d".utf8) + [0xFF])

    @Test("entries are found by path; directories and what is not there are left out", arguments: AccessWay.allCases)
    func entries(way: AccessWay) throws {
        let repository = try filled()
        let tree = try repository.id("HEAD^{tree}")
        let asked: [FilePath] = [
            "a", "dir", "dir/b", "dir/sub/c", "link", "none", "a/b", "dir/none/x", oddName, "DIR/b",
        ]

        let found = try repository.access(way).entries(at: asked, in: tree)

        let blob = { (path: String) in try repository.id("HEAD:\(path)") }
        #expect(
            try found == [
                "a": TreeEntry(.file, blob("a")), "dir/b": TreeEntry(.executable, blob("dir/b")),
                "dir/sub/c": TreeEntry(.file, blob("dir/sub/c")), "link": TreeEntry(.symlink, blob("link")),
                oddName: TreeEntry(.file, repository.access(.libgit2).blobID(of: Array("odd\n".utf8))),
            ])
        #expect(try repository.access(way).entries(at: asked, in: nil).isEmpty)
        let missing = ObjectID(unchecked: String(repeating: "1", count: 40))
        expectError(.notFound) { _ = try repository.access(way).entries(at: asked, in: missing) }
    }

    @Test("the paths below a directory are those of all its files", arguments: AccessWay.allCases)
    func pathsBelow(way: AccessWay) throws {
        let repository = try filled()
        let tree = try repository.id("HEAD^{tree}")
        let access = try repository.access(way)

        #expect(try access.paths(below: "dir", in: tree) == ["dir/b", "dir/sub/c"])
        #expect(try access.paths(below: "dir/sub", in: tree) == ["dir/sub/c"])
        for path: FilePath in ["a", "none", "a/b"] { #expect(try access.paths(below: path, in: tree) == []) }
        #expect(try access.paths(below: "dir", in: nil) == [])
    }

    @Test(
        "differences: added, removed, changed, of another kind; sorted, with no renames", arguments: AccessWay.allCases)
    func differences(way: AccessWay) throws {
        let repository = try filled()
        let old = try repository.id("HEAD^{tree}")
        repository.remove("a")
        repository.remove("dir.x")
        try repository.write("dir.y", "x\n")
        repository.link("dir/b", to: "elsewhere")
        try repository.write("a/inside", "i\n")
        try repository.write("dir/sub/c", "c\n", executable: true)
        try repository.commitAll()
        let new = try repository.id("HEAD^{tree}")
        let access = try repository.access(way)

        let found = try access.differences(from: old, to: new)

        #expect(found.map(\.path) == ["a", "a/inside", "dir.x", "dir.y", "dir/b", "dir/sub/c"])
        #expect(found.map { $0.old?.mode } == [.file, nil, .file, nil, .executable, .file])
        #expect(found.map { $0.new?.mode } == [nil, .file, nil, .file, .symlink, .executable])
        #expect(found[5].old?.id == found[5].new?.id)
        #expect(try access.differences(from: new, to: new) == [])
        #expect(try access.differences(from: nil, to: nil) == [])
        let all = try access.differences(from: nil, to: old)
        #expect(all.count == 6)
        #expect(all.allSatisfy { $0.old == nil && $0.new != nil })
        #expect(try access.differences(from: old, to: nil).map(\.old) == all.map(\.new))
    }

    @Test("a tree is written as git would write it", arguments: AccessWay.allCases)
    func writing(way: AccessWay) throws {
        let repository = try filled()
        let tree = try repository.id("HEAD^{tree}")
        let access = try repository.access(way)
        let blob = try access.writeBlob(Array("new\n".utf8))
        let file = TreeEntry(.file, blob)

        let cases: [(changes: [(FilePath, TreeEntry?)], index: [String])] = [
            ([("new/deep/er", file)], ["100644 \(blob) 0\tnew/deep/er"]),
            ([("dir/b", nil), ("dir/sub/c", nil)], ["0 \(blob)\tdir/b", "0 \(blob)\tdir/sub/c"]),
            // A directory that becomes a file, and a file that becomes a directory.
            (
                [("dir/b", nil), ("dir", file), ("dir/sub/c", nil), ("a", nil), ("a/x", file)],
                ["0 \(blob)\tdir/b", "0 \(blob)\tdir/sub/c", "100644 \(blob) 0\tdir", "100644 \(blob) 0\ta/x"]
            ),
            ([(oddName, nil), ("dir.x", TreeEntry(.symlink, blob))], ["REMOVE", "120000 \(blob) 0\tdir.x"]),
            (
                [("dir/b", TreeEntry(.file, blob)), ("dir-", file)],
                ["100644 \(blob) 0\tdir/b", "100644 \(blob) 0\tdir-"]
            ),
            ([], []),
        ]
        for (changes, index) in cases {
            let written = try access.writeTree(tree, applying: changes.map { TreeChange(path: $0, entry: $1) })
            let other = repository.base.appending("other-index")
            removeTree(other)
            let read = try repository.program.output(of: ["read-tree", tree.hex], index: other)
            #expect(read.status == 0)
            var input: [UInt8] = []
            for line in index {
                input += line == "REMOVE" ? Array("0 \(blob)\t".utf8) + oddName.bytes : Array(line.utf8)
                input.append(0)
            }
            _ = try repository.program.output(of: ["update-index", "-z", "--index-info"], input: input, index: other)
            #expect(try repository.program.output(of: ["write-tree"], index: other).text == written.hex, "\(changes)")
        }
    }

    @Test("a tree with nothing in it, and one made from nothing", arguments: AccessWay.allCases)
    func empty(way: AccessWay) throws {
        let repository = try filled()
        let tree = try repository.id("HEAD^{tree}")
        let access = try repository.access(way)
        let all = try access.differences(from: nil, to: tree)

        let none = try access.writeTree(tree, applying: all.map { TreeChange(path: $0.path, entry: nil) })
        #expect(none == tree.emptyTree)
        #expect(try access.writeTree(nil, applying: []) == none)
        #expect(try access.writeTree(nil, applying: all.map { TreeChange(path: $0.path, entry: $0.new) }) == tree)
        #expect(try access.writeTree(none, applying: all.map { TreeChange(path: $0.path, entry: $0.new) }) == tree)
        #expect(try repository.git("cat-file", "-t", none.hex) == "tree")
    }

    @Test("impossible changes are refused", arguments: AccessWay.allCases)
    func refusals(way: AccessWay) throws {
        let repository = try filled()
        let tree = try repository.id("HEAD^{tree}")
        let access = try repository.access(way)
        let file = TreeEntry(.file, try access.writeBlob([]))
        let missing = TreeEntry(.file, ObjectID(unchecked: String(repeating: "1", count: 40)))

        let cases: [[(FilePath, TreeEntry?)]] = [
            [("none", nil)], [("dir/none", nil)], [("a/b", nil)], [("none/x", nil)],
            [("a/b", file)], [("dir", file)], [("x", file), ("x/y", file)],
            [(".git", file)], [("x/.git/config", file)], [("x/.GIT", file)], [("..", file)], [("x/../y", file)],
            [("x", missing)],
        ]
        for changes in cases {
            #expect(throws: GitError.self, "\(changes)") {
                try access.writeTree(tree, applying: changes.map { TreeChange(path: $0, entry: $1) })
            }
        }
    }
}
