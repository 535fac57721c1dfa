// The git program in repositories that libgit2 refuses or harms.

import Glibc
import SystemPackage
import Testing

@testable import BatonGit

/// A landing in small: some files change, in the tree, on the branch, in the index and in the working directory.
private func land(
    _ files: [FilePath: String?], in repository: AccessRepository, _ way: AccessWay = .program,
    sourceLocation: SourceLocation = #_sourceLocation
) throws {
    let access = try repository.access(way)
    let head = try access.head()
    var changes: [TreeChange] = []
    for (path, text) in files {
        guard let text else {
            changes.append(TreeChange(path: path, entry: nil))
            repository.remove(path)
            continue
        }
        let stored = try access.stored(Array(text.utf8), at: path, strict: true)
        changes.append(TreeChange(path: path, entry: TreeEntry(.file, try access.writeBlob(stored))))
        try repository.write(path, text)
    }
    let base = try head.commit.map { try access.commit($0).tree }
    let before = try access.openIndex(at: repository.index).contents(at: Array(files.keys))
    #expect(
        try access.entries(at: Array(files.keys), in: base) == before.entries.mapValues(\.entry),
        sourceLocation: sourceLocation)
    let tree = try access.writeTree(base, applying: changes)
    let commit = try access.writeCommit(
        NewCommit(tree: tree, parents: head.commit.map { [$0] } ?? [], message: "step\n"))
    try access.setReference(head.reference, from: head.commit, to: commit, log: "baton: step")
    let staged = try changes.map { IndexChange(path: $0.path, entry: $0.entry, stamp: try repository.stamp($0.path)) }
    try repository.writeIndex(access, staged)

    #expect(try repository.id("HEAD") == commit, sourceLocation: sourceLocation)
    let differences = try access.differences(from: base, to: tree)
    #expect(Set(differences.map(\.path)) == Set(files.keys), sourceLocation: sourceLocation)
    #expect(try repository.git("diff-files", "--name-only") == "", sourceLocation: sourceLocation)
    try repository.expectClean(sourceLocation: sourceLocation)
}

/// Files in three directories, committed.
private func fill(_ repository: AccessRepository) throws {
    for directory in ["in", "out", "out/deep"] {
        for name in ["a", "b"] { try repository.write(FilePath("\(directory)/\(name)"), "\(directory) \(name)\n") }
    }
    try repository.write("top", "top\n")
    try repository.commitAll()
}

private let edits: [FilePath: String?] = ["in/a": "new\n", "in/new": "new\n", "in/b": nil, "top": "new\n"]

@Suite("Access: kinds of repository")
struct RepositoryKindTests {
    private func choice(_ repository: AccessRepository) throws -> AccessChoice {
        try AccessChoice.choose(gitDirectory: repository.gitDirectory, commonDirectory: repository.gitDirectory)
    }

    @Test("an ordinary one", arguments: AccessWay.allCases)
    func ordinary(way: AccessWay) throws {
        let repository = try AccessRepository()
        try fill(repository)
        #expect(try choice(repository) == .libgit2)
        try land(edits, in: repository, way)
    }

    @Test("object names in SHA-256")
    func sha256() throws {
        let repository = try AccessRepository("--object-format=sha256")
        let access = try repository.access(.program)
        #expect(try access.writeTree(nil, applying: []) == ObjectID.emptyTree(digits: 64))
        try land(["first": "1\n"], in: repository)
        try fill(repository)
        #expect(
            try choice(repository)
                == .program(because: "it uses git's extension 'objectformat', that is SHA-256 object names"))
        try land(edits, in: repository)
        let head = try #require(try access.head().commit)
        #expect(head.hex.utf8.count == 64)
        #expect(try access.commit(startingWith: String(head.hex.prefix(50))) == head)
        #expect(try access.walk(from: head, limit: 9) { _ in true })
        #expect(try access.differences(from: nil, to: repository.id("HEAD^{tree}")).count == 8)
        #expect(try access.blobID(of: []).hex.hasPrefix("473a0f4c"))
    }

    @Test("a sparse checkout, by directories and by patterns, with and without a sparse index", arguments: 0..<3)
    func sparse(kind: Int) throws {
        let repository = try AccessRepository()
        try fill(repository)
        switch kind {
        case 0: try repository.git("sparse-checkout", "set", "--cone", "in")
        case 1: try repository.git("sparse-checkout", "set", "--no-cone", "/in/", "/top")
        default: try repository.git("sparse-checkout", "set", "--cone", "--sparse-index", "in")
        }
        #expect(try repository.stamp("out") == nil)
        // 'git sparse-checkout' gives the working directory settings of its own.
        #expect(try choice(repository) != .libgit2)
        #expect(IndexExtensions(ofIndexAt: repository.index) == (kind == 2 ? .sparse : []))

        try land(edits, in: repository)

        let index = try repository.access(.program).openIndex(at: repository.index)
        let found = try index.contents(at: ["out", "in/a", "top"])
        #expect(Set(found.entries.keys) == ["out/a", "out/b", "out/deep/a", "out/deep/b", "in/a", "top"])
        #expect(Set(found.entries.filter(\.value.isSkipped).keys) == ["out/a", "out/b", "out/deep/a", "out/deep/b"])
        let some = try index.contents(at: ["out/deep", "out/b", "out/none"])
        #expect(Set(some.entries.keys) == ["out/deep/a", "out/deep/b", "out/b"])
        #expect(!some.entries.values.contains { !$0.isSkipped })
        #expect(IndexExtensions(ofIndexAt: repository.index) == (kind == 2 ? .sparse : []))
        #expect(try repository.stamp("out") == nil)
    }

    @Test("a file that a step makes outside of a sparse checkout", arguments: [false, true])
    func outsideOfSparse(hasSparseIndex: Bool) throws {
        let repository = try AccessRepository()
        try fill(repository)
        try repository.git(
            "sparse-checkout", "set", "--cone", hasSparseIndex ? "--sparse-index" : "--no-sparse-index", "in")

        try land(["out/new": "new\n"], in: repository)

        #expect(try repository.git("ls-files", "out") == "out/a\nout/b\nout/deep/a\nout/deep/b\nout/new")
    }

    @Test("a split index")
    func split() throws {
        let repository = try AccessRepository()
        try fill(repository)
        for number in 0..<40 { try repository.write(FilePath("many/\(number)"), "\(number)\n") }
        try repository.commitAll()
        try repository.git("update-index", "--split-index")
        #expect(try choice(repository) == .program(because: "its index is split"))

        try land(edits, in: repository)
        try land(["many/1": "new\n"], in: repository)

        #expect(IndexExtensions(ofIndexAt: repository.index) == .split)
    }

    @Test("an untracked cache is kept")
    func untrackedCache() throws {
        let repository = try AccessRepository()
        try fill(repository)
        try repository.git("config", "core.untrackedCache", "true")
        try repository.git("update-index", "--untracked-cache")
        try repository.git(["status"], variables: ["GIT_OPTIONAL_LOCKS": "1"])
        #expect(try choice(repository) == .program(because: "its index has a cache of untracked files"))

        try land(edits, in: repository)

        #expect(IndexExtensions(ofIndexAt: repository.index) == .untrackedCache)
    }

    @Test("what a file system monitor said is kept")
    func monitor() throws {
        let repository = try AccessRepository()
        try fill(repository)
        // Says that everything may have changed.
        let hook = repository.base.appending("monitor")
        try writeFile(hook, Array("#!/bin/sh\nprintf 'token\\0/\\0'\n".utf8), executable: true)
        try repository.git("config", "core.fsmonitor", hook.string)
        try repository.git("update-index", "--fsmonitor")
        #expect(try choice(repository) == .program(because: "its index is used with a file system monitor"))

        try land(edits, in: repository)

        #expect(IndexExtensions(ofIndexAt: repository.index) == .monitor)
    }

    @Test("an index of version 4", arguments: AccessWay.allCases)
    func version4(way: AccessWay) throws {
        let repository = try AccessRepository()
        try fill(repository)
        try repository.git("update-index", "--index-version", "4")
        #expect(try choice(repository) == .libgit2)

        try land(edits, in: repository, way)

        #expect(try readFile(repository.index)[7] == 4)
    }

    @Test("settings of their own for working directories, in both formats", arguments: [0, 1])
    func worktreeConfig(version: Int) throws {
        let repository = try AccessRepository()
        try fill(repository)
        try repository.git("config", "core.repositoryFormatVersion", "\(version)")
        try repository.git("config", "extensions.worktreeConfig", "true")
        try repository.git("config", "--worktree", "user.name", "Grace")
        #expect(
            try choice(repository)
                == .program(
                    because:
                        "it uses git's extension 'worktreeconfig', that is settings of their own for working directories"
                ))

        try land(edits, in: repository)

        #expect(try repository.git("log", "-1", "--format=%an") == "Grace")
    }

    @Test("a linked working directory", arguments: AccessWay.allCases)
    func linked(way: AccessWay) throws {
        let main = try AccessRepository()
        try fill(main)
        let linked = AccessRepository(worktreeOf: main, at: main.base.appending("linked"))
        try main.git("worktree", "add", "-q", "-b", "side", linked.root.string)
        let access: any GitAccess =
            way == .program
            ? ProgramAccess(linked.program)
            : try LibGit2Access(
                at: main.gitDirectory.appending("worktrees/linked"), program: ProgramAccess(linked.program))
        let head = try access.head()
        #expect(head.reference == "refs/heads/side")
        let old = try #require(head.commit)
        let commit = try access.writeCommit(NewCommit(tree: access.commit(old).tree, parents: [old], message: "m\n"))

        try access.setReference(head.reference, from: old, to: commit, log: "baton: linked")

        #expect(try linked.git("reflog", "-1", "--format=%gs", "HEAD") == "baton: linked")
        #expect(try main.id("HEAD") == old)
        #expect(try main.git("reflog", "-1", "--format=%gs", "HEAD") != "baton: linked")
        #expect(
            try linked.program.findRepository()
                == .found(
                    root: linked.root, gitDirectory: main.gitDirectory.appending("worktrees/linked"),
                    commonDirectory: main.gitDirectory))
        #expect(
            try AccessChoice.choose(
                gitDirectory: main.gitDirectory.appending("worktrees/linked"), commonDirectory: main.gitDirectory)
                == .libgit2)
    }

    @Test("a shallow clone ends quietly", arguments: AccessWay.allCases)
    func shallow(way: AccessWay) throws {
        let source = try AccessRepository()
        for number in 1...5 { try source.commitAll("\(number)", second: number) }
        let repository = try AccessRepository(cloning: "file://\(source.root)", "--depth=3")
        let access = try repository.access(way)
        let head = try repository.id("HEAD")
        #expect(try choice(repository) == .libgit2)

        var messages: [String] = []
        #expect(
            try !access.walk(from: head, limit: 100) {
                messages.append($0.message); return true
            })
        #expect(messages == ["5\n", "4\n", "3\n"])
        let last = try #require(try access.commit(repository.id("HEAD~2")).parents.first)
        expectError(.notFound) { _ = try access.commit(last) }
        try land(["x": "x\n"], in: repository, way)
    }

    @Test("before the first commit, and detached", arguments: AccessWay.allCases)
    func unbornAndDetached(way: AccessWay) throws {
        let repository = try AccessRepository()
        try land(["dir/first": "1\n"], in: repository, way)
        try repository.git("checkout", "-q", "--detach")
        try land(["dir/second": "2\n", "dir/first": nil], in: repository, way)
        #expect(try repository.git("rev-list", "--count", "HEAD") == "2")
        #expect(try repository.git("rev-list", "--count", "main") == "1")
    }

    @Test("a submodule is an entry like others", arguments: AccessWay.allCases)
    func submodule(way: AccessWay) throws {
        let inner = try AccessRepository()
        try fill(inner)
        let repository = try AccessRepository()
        try fill(repository)
        try repository.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", inner.root.string, "sub")
        try repository.commitAll()
        let access = try repository.access(way)
        let tree = try repository.id("HEAD^{tree}")
        let entry = TreeEntry(.submodule, try inner.id("HEAD"))

        #expect(try access.entries(at: ["sub", "sub/top"], in: tree) == ["sub": entry])
        #expect(try access.openIndex(at: repository.index).contents(at: ["sub"]).entries["sub"]?.entry == entry)
        #expect(try access.openIndex(at: repository.index).contents(at: ["sub/top"]).isEmpty)
        #expect(try access.paths(below: "sub", in: tree) == [])
        #expect(try access.differences(from: nil, to: tree).first { $0.path == "sub" }?.new == entry)
        try land(edits, in: repository, way)
    }

    @Test("filters, encodings and line ends as git has them", arguments: AccessWay.allCases)
    func converted(way: AccessWay) throws {
        let repository = try AccessRepository()
        try repository.git("config", "filter.up.clean", "tr a-z A-Z")
        try repository.git("config", "filter.up.smudge", "tr A-Z a-z")
        try repository.git("config", "filter.up.required", "true")
        try repository.git("config", "core.autocrlf", "true")
        try repository.write(".gitattributes", "*.up filter=up\n")
        try repository.commitAll()
        #expect(try choice(repository) == .libgit2)

        try land(["x.up": "hello\n", "y.txt": "a\r\nb\r\n"], in: repository, way)

        #expect(try repository.git("cat-file", "blob", "HEAD:x.up") == "HELLO")
        #expect(try repository.git("cat-file", "blob", "HEAD:y.txt") == "a\nb")
    }

    // MARK: Partial clones

    private func partial(_ filter: String) throws -> (source: AccessRepository, clone: AccessRepository) {
        let source = try AccessRepository()
        try source.git("config", "uploadpack.allowFilter", "true")
        try source.git("config", "uploadpack.allowAnySHA1InWant", "true")
        try fill(source)
        try source.write("in/a", "second\n")
        try source.commitAll()
        let clone = try AccessRepository(cloning: "file://\(source.root)", "--filter=\(filter)", "--sparse")
        try clone.git("sparse-checkout", "set", "in")
        return (source, clone)
    }

    @Test("a partial clone: git fetches what it needs, and no more", arguments: ["blob:none", "tree:0"])
    func partialClone(filter: String) throws {
        let (source, repository) = try partial(filter)
        #expect(try choice(repository) != .libgit2)
        let missing = {
            try repository.git("rev-list", "--objects", "--all", "--missing=print").split(separator: "\n").filter {
                $0.hasPrefix("?")
            }
        }
        let before = try missing()
        #expect(!before.isEmpty)

        try land(edits, in: repository)

        // A step in a directory that is here fetches no blob.
        if filter == "blob:none" { #expect(try missing() == before) }
        // The version before can be had, as for taking a step back.
        let access = try repository.access(.program)
        let old = try source.id("HEAD~1:in/a")
        #expect(try access.content(of: old) == Array("in a\n".utf8))
        #expect(try access.entries(at: ["out/deep/a"], in: source.id("HEAD~1^{tree}")).count == 1)
    }

    @Test("a partial clone without its remote says what is missing, and goes on", arguments: ["blob:none", "tree:0"])
    func unreachable(filter: String) throws {
        let (source, repository) = try partial(filter)
        let old = try source.id("HEAD~1:in/a")
        try repository.git("config", "remote.origin.url", "file:///nonexistent/repo")
        let access = try repository.access(.program)

        expectError(.notFound) { _ = try access.content(of: old) }
        if filter == "tree:0" {
            let tree = try source.id("HEAD~1^{tree}")
            expectError(.notFound) { _ = try access.entries(at: ["in/a"], in: tree) }
            expectError(.notFound) { _ = try access.differences(from: tree, to: source.id("HEAD^{tree}")) }
        }
        try land(edits, in: repository)
    }
}
