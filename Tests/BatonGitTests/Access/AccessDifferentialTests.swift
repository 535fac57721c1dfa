// Both ways to git give the same answers, for trees, changes, rules and indexes made by chance.

import SystemPackage
import Testing

@testable import BatonGit

@Suite("Access: both ways agree")
struct AccessDifferentialTests {
    private static let seeds: [UInt64] = Array(1...3)

    /// Few names, so that files and directories meet; some that are awkward.
    private static let names: [[UInt8]] = [
        Array("a".utf8), Array("b".utf8), Array("a.b".utf8), Array("a-".utf8), Array("build".utf8), Array("x.log".utf8),
        Array(":x".utf8), Array("*".utf8), Array("[b".utf8), [0x20], [0x22, 0x5C, 0x0A], [0xFF, 0xFE], Array("é".utf8),
    ]

    private func path(_ chance: inout AccessGenerator) -> FilePath {
        let depth = Int.random(in: 1...4, using: &chance)
        let names = (0..<depth).map { _ in chance.pick(Self.names) }
        return FilePath(gitBytes: names.joined(separator: [0x2F]))
    }

    private func entry(_ access: any GitAccess, _ chance: inout AccessGenerator) throws -> TreeEntry {
        let content = Array("\(Int.random(in: 0..<9, using: &chance))\n".utf8)
        return TreeEntry(chance.pick([.file, .file, .executable, .symlink]), try access.writeBlob(content))
    }

    /// Changes that can be applied to a tree with these entries: what is in the way of a new file is removed.
    private func changes(
        to tree: [FilePath: TreeEntry], count: Int, _ access: any GitAccess, _ chance: inout AccessGenerator
    ) throws -> [TreeChange] {
        var after = tree
        var touched: Set<FilePath> = []
        for _ in 0..<count {
            if Bool.random(using: &chance),
                let victim = tree.keys.sorted(by: { $0.string < $1.string }).randomElement(using: &chance)
            {
                after[victim] = nil
                touched.insert(victim)
            } else {
                let path = path(&chance)
                for other in after.keys where other != path && (other.starts(with: path) || path.starts(with: other)) {
                    after[other] = nil
                    touched.insert(other)
                }
                after[path] = try entry(access, &chance)
                touched.insert(path)
            }
        }
        return touched.compactMap { path in
            if after[path] == nil, tree[path] == nil { return nil }
            return after[path] == tree[path] ? nil : TreeChange(path: path, entry: after[path])
        }
    }

    @Test("trees, entries and differences", arguments: seeds)
    func trees(seed: UInt64) throws {
        var chance = AccessGenerator(state: seed)
        let repository = try AccessRepository()
        let (one, two) = (try repository.access(.libgit2), try repository.access(.program))
        var tree: ObjectID?
        var known: [FilePath: TreeEntry] = [:]
        for round in 0..<6 {
            let changes = try changes(to: known, count: Int.random(in: 1...25, using: &chance), one, &chance)
            let note: Comment = "seed \(seed), round \(round)"

            let new = try one.writeTree(tree, applying: changes)
            #expect(try two.writeTree(tree, applying: changes) == new, note)
            for change in changes { known[change.path] = change.entry }

            let asked = Array(known.keys) + (0..<20).map { _ in path(&chance) }
            #expect(try one.entries(at: asked, in: new) == known, note)
            #expect(try two.entries(at: asked, in: new) == known, note)
            for (old, new) in [(tree, new), (new, tree)] as [(ObjectID?, ObjectID?)] {
                let differences = try two.differences(from: old, to: new)
                #expect(try one.differences(from: old, to: new) == differences, note)
                #expect(Set(differences.map(\.path)) == Set(changes.map(\.path)), note)
            }
            for path in asked { #expect(try one.paths(below: path, in: new) == two.paths(below: path, in: new), note) }
            tree = new
        }
        #expect(try repository.program.run(["fsck", "--strict", "--no-dangling"]).status == 0, "seed \(seed)")
    }

    @Test("what is ignored", arguments: seeds)
    func ignored(seed: UInt64) throws {
        var chance = AccessGenerator(state: seed &+ 1000)
        let patterns = [
            "a", "b/", "/a", "/a/b", "*.log", "!x.log", "!a", "a/*", "!a/b", "**/b", "a/**", "a/**/b", "build/",
            "!build/",
            "?", "[ab]", "\\!x", "#c", "", "é", "!*", "b ", "*/", "!*/", "*.b",
        ]
        for round in 0..<2 {
            let repository = try AccessRepository()
            let rules = { (chance: inout AccessGenerator) in
                (0..<Int.random(in: 0...5, using: &chance)).map { _ in chance.pick(patterns) + "\n" }.joined()
            }
            for directory in ["", "a/", "b/", "a/b/", "build/"] where Bool.random(using: &chance) {
                try repository.write(FilePath(directory + ".gitignore"), rules(&chance))
            }
            try writeFile(repository.gitDirectory.appending("info/exclude"), Array(rules(&chance).utf8))
            let more = Bool.random(using: &chance) ? Array(rules(&chance).utf8) : nil
            // Whether a path is a directory now must not matter; it does to libgit2.
            let asked = try (0..<60).map { _ in path(&chance) }.filter { try repository.stamp($0)?.kind != .directory }

            let one = try repository.access(.libgit2).ignored(asked, withRules: more)
            let two = try repository.access(.program).ignored(asked, withRules: more)
            let differing = one.symmetricDifference(two).map(\.shown).sorted()
            #expect(differing == [], "seed \(seed), round \(round), \(repository.root)")
        }
    }

    @Test("index contents before and after writing", arguments: seeds)
    func indexes(seed: UInt64) throws {
        var chance = AccessGenerator(state: seed &+ 2000)
        let repository = try AccessRepository()
        let access = try repository.access(.libgit2)
        try repository.git("config", "index.version", chance.pick(["2", "4"]))
        var known: [FilePath: TreeEntry] = [:]
        for round in 0..<4 {
            let note: Comment = "seed \(seed), round \(round)"
            let tree = try changes(to: known, count: 15, access, &chance)
            // Removals first, as landings have them; the working files have the staged content.
            for change in tree where change.entry == nil { repository.remove(change.path) }
            for change in tree { try materialize(change, in: repository, access) }
            let index = tree.map { change in
                IndexChange(path: change.path, entry: change.entry, stamp: try? repository.stamp(change.path))
            }
            for change in tree { known[change.path] = change.entry }
            let way = chance.pick(AccessWay.allCases)

            try repository.writeIndex(try repository.access(way), index)

            let asked = Array(known.keys) + (0..<10).map { _ in path(&chance) }
            let contents = try AccessWay.allCases.map {
                try repository.access($0).openIndex(at: repository.index).contents(at: asked)
            }
            #expect(contents[0].entries == contents[1].entries, note)
            #expect(contents[0].conflicted == contents[1].conflicted, note)
            #expect(contents[0].entries.mapValues(\.entry) == known, note)
            #expect(try repository.git("diff-files", "--name-only") == "", note)
            #expect(
                try repository.git("status", "--porcelain").split(separator: "\n").allSatisfy { $0.hasPrefix("A  ") },
                note)
        }
        let written = try repository.id(repository.git("write-tree"))
        #expect(try access.writeTree(nil, applying: known.map { TreeChange(path: $0, entry: $1) }) == written)
    }

    private func materialize(_ change: TreeChange, in repository: AccessRepository, _ access: any GitAccess) throws {
        guard let entry = change.entry else { return }
        let content = try access.content(of: entry.id)
        // A directory that has nothing left may be in the way.
        repository.remove(change.path)
        try writeFile(repository.root.appending(change.path.components), content, executable: entry.mode == .executable)
        if entry.mode == .symlink { repository.link(change.path, to: String(decoding: content, as: UTF8.self)) }
    }

    @Test("line ends", arguments: seeds)
    func conversion(seed: UInt64) throws {
        var chance = AccessGenerator(state: seed &+ 3000)
        let repository = try AccessRepository()
        try repository.git("config", "core.autocrlf", chance.pick(["true", "false", "input"]))
        try repository.git("config", "core.eol", chance.pick(["lf", "crlf", "native"]))
        let attributes = ["text", "-text", "text=auto", "eol=crlf", "eol=lf", "text=auto eol=crlf", "ident", "binary"]
        try repository.write(
            ".gitattributes", ["*.a", "*.b", "d/*", "*"].map { "\($0) \(chance.pick(attributes))\n" }.joined())
        let (one, two) = (try repository.access(.libgit2), try repository.access(.program))
        for round in 0..<8 {
            let pieces: [[UInt8]] = [[0x61], [0x0A], [0x0D, 0x0A], [0x0D], [0x24, 0x49, 0x64, 0x24], [0x20], [0]]
            let bytes = (0..<Int.random(in: 0...12, using: &chance)).flatMap { _ in
                let piece = chance.pick(pieces)
                return piece == [0] && !Bool.random(using: &chance) ? [0x62] : piece
            }
            let path: FilePath = chance.pick(["x.a", "x.b", "d/x", "x"])
            let note: Comment = "seed \(seed), round \(round), \(path): \(bytes)"

            #expect(try one.stored(bytes, at: path, strict: false) == two.stored(bytes, at: path, strict: false), note)
            let (left, right) = (try one.checkedOut(bytes, at: path), try two.checkedOut(bytes, at: path))
            #expect(left == right, note)
        }
    }
}
