// Which way to git is chosen, and what is found without libgit2.

import BatonCore
import Glibc
import SystemPackage
import Testing

@testable import BatonGit

@Suite("Access: the choice")
struct AccessChoiceTests {
    private func choice(_ change: (inout RepositoryFacts) -> Void) throws(BatonError) -> AccessChoice {
        var facts = RepositoryFacts()
        change(&facts)
        return try AccessChoice.choose(facts)
    }

    @Test("libgit2, unless something speaks against it")
    func ordinary() throws {
        #expect(try choice { _ in } == .libgit2)
        #expect(
            try choice { $0.extensions = ["objectformat": "SHA1", "refstorage": "files", "noop": "x"] } == .libgit2)
        #expect(try choice { $0.extensions = ["worktreeconfig": "false"] } == .libgit2)
    }

    @Test("the program, and why")
    func program() throws {
        let cases: [(reason: String, facts: (inout RepositoryFacts) -> Void)] = [
            (
                "it uses git's extension 'objectformat', that is SHA-256 object names",
                { $0.extensions = ["objectformat": "sha256"] }
            ),
            (
                "it uses git's extension 'compatobjectformat', that is two kinds of object names",
                { $0.extensions = ["compatobjectformat": "sha256"] }
            ),
            (
                "it uses git's extension 'refstorage', that is another format for branches",
                { $0.extensions = ["refstorage": "reftable"] }
            ),
            (
                "it uses git's extension 'preciousobjects', that is objects that are never removed",
                { $0.extensions = ["preciousobjects": "true"] }
            ),
            (
                "it uses git's extension 'partialclone', that is a clone without all objects",
                { $0.extensions = ["partialclone": "origin"] }
            ),
            (
                "it uses git's extension 'relativeworktrees', that is relative paths between working directories",
                { $0.extensions = ["relativeworktrees": "1"] }
            ),
            ("it uses git's extension 'future'", { $0.extensions = ["future": "true"] }),
            ("libgit2 cannot open it: too new", { $0.openFailure = GitError(.other, "too new", in: "f") }),
            ("it is a partial clone", { $0.isPartialClone = true }),
            ("it has a sparse checkout", { $0.isSparse = true }),
            ("its index is of an unknown format", { $0.index = nil }),
            ("its index is split", { $0.index = [.split, .untrackedCache] }),
            ("its index is sparse", { $0.index = .sparse }),
            ("its index has a cache of untracked files", { $0.index = [.untrackedCache, .monitor] }),
            ("its index is used with a file system monitor", { $0.index = .monitor }),
        ]
        for (reason, facts) in cases { #expect(try choice(facts) == .program(because: reason)) }
    }

    @Test("the setting 'baton.git' decides")
    func wish() throws {
        #expect(try choice { $0.wish = "auto" } == .libgit2)
        #expect(try choice { $0.wish = "program" } == .program(because: "'baton.git' is set to 'program'"))
        #expect(try choice { ($0.wish, $0.isPartialClone) = ("libgit2", true) } == .libgit2)
        let refused = #expect(throws: BatonError.self) {
            try choice { ($0.wish, $0.openFailure) = ("libgit2", GitError(.unsupported, "no", in: "f")) }
        }
        #expect(refused?.code == .unsupported)
        let wrong = #expect(throws: BatonError.self) { try choice { $0.wish = "svn" } }
        #expect(wrong?.code == .invalidInput)
        #expect(wrong?.message == "'baton.git' is 'auto', 'libgit2' or 'program', not 'svn'")
    }

    @Test("what is in the configuration counts, the last value of several")
    func configuration() throws {
        let repository = try AccessRepository()
        let cases: [(String, AccessChoice)] = [
            ("[baton]\n\tgit = program\n\tgit = libgit2\n", .libgit2),
            ("[baton]\n\tgit = program\n", .program(because: "'baton.git' is set to 'program'")),
            ("[remote \"origin\"]\n\tpromisor = true\n", .program(because: "it is a partial clone")),
            ("[remote \"origin\"]\n\tpromisor = false\n", .libgit2),
            ("[remote \"a.b\"]\n\tpartialclonefilter = blob:none\n", .program(because: "it is a partial clone")),
            ("[core]\n\tsparseCheckout\n", .program(because: "it has a sparse checkout")),
            ("[core]\n\tsparseCheckout = true\n\tsparseCheckout = false\n", .libgit2),
            (
                "[core]\n\trepositoryFormatVersion = 1\n[extensions]\n\trefStorage = reftable\n",
                .program(because: "it uses git's extension 'refstorage', that is another format for branches")
            ),
            (
                "[core]\n\trepositoryFormatVersion = 1\n[extensions]\n\tpreciousObjects\n[baton]\n\tgit = program\n",
                .program(because: "'baton.git' is set to 'program'")
            ),
        ]
        let config = repository.gitDirectory.appending("config")
        let before = try readFile(config)
        for (text, expected) in cases {
            try writeFile(config, before + Array(text.utf8))
            let choice = try AccessChoice.choose(
                gitDirectory: repository.gitDirectory, commonDirectory: repository.gitDirectory)
            #expect(choice == expected, "\(text)")
        }
    }

    @Test("a broken configuration is left to git, which says what is wrong")
    func brokenConfiguration() throws {
        let repository = try AccessRepository()
        try writeFile(repository.gitDirectory.appending("config"), Array("[core\n".utf8))

        let choice = try AccessChoice.choose(
            gitDirectory: repository.gitDirectory, commonDirectory: repository.gitDirectory)

        guard case .program(let reason) = choice else {
            Issue.record("\(choice)")
            return
        }
        #expect(reason.hasPrefix("libgit2 cannot open it: "))
    }
}

@Suite("Access: index extensions")
struct IndexExtensionTests {
    @Test("names of any length, flags and versions are stepped over", arguments: ["2", "4"])
    func entries(version: String) throws {
        let repository = try AccessRepository()
        try repository.git("config", "index.version", version)
        for length in 1...40 { try repository.write(FilePath(String(repeating: "n", count: length)), "") }
        let deep = FilePath((0..<17).map { "\($0)" + String(repeating: "x", count: 248) }.joined(separator: "/"))
        let blob = try repository.git(["hash-object", "-w", "--stdin"])
        try repository.git(["update-index", "--index-info"], input: "100644 \(blob) 0\t\(deep.string)\n")
        try repository.write("promised", "")
        try repository.git("add", "-A", "n", "nn")
        try repository.git("add", "-N", "promised")
        #expect(IndexExtensions(ofIndexAt: repository.index) == [])

        try repository.git("update-index", "--untracked-cache")
        #expect(IndexExtensions(ofIndexAt: repository.index) == .untrackedCache)
        try repository.git("config", "index.recordEndOfIndexEntries", "true")
        try repository.git("update-index", "--split-index")
        #expect(IndexExtensions(ofIndexAt: repository.index) == [.untrackedCache, .split])
    }

    @Test("no file has none; what is no index, or cut off, is unknown")
    func broken() throws {
        let repository = try AccessRepository()
        #expect(IndexExtensions(ofIndexAt: repository.index) == [])
        try repository.write("a", "a")
        try repository.git("add", "a")
        let bytes = try readFile(repository.index)
        #expect(IndexExtensions.found(in: bytes) == [])
        for count in 0..<bytes.count where count < 30 || count % 7 == 0 {
            // Cut off between two extensions it still looks whole.
            if let found = IndexExtensions.found(in: Array(bytes[..<count])) { #expect(found == []) }
        }
        for count in 0..<(12 + 62) { #expect(IndexExtensions.found(in: Array(bytes[..<count])) == nil) }
        #expect(IndexExtensions.found(in: Array(repeating: 0xFF, count: 200)) == nil)
        #expect(
            IndexExtensions.found(
                in: Array("DIRC".utf8) + [0, 0, 0, 2, 0xFF, 0xFF, 0xFF, 0xFF] + Array(repeating: 0, count: 400)) == nil)
        try writeFile(repository.gitDirectory.appending("x"), Array("DIRC".utf8))
        #expect(IndexExtensions(ofIndexAt: repository.gitDirectory.appending("x")) == nil)
        #expect(IndexExtensions(ofIndexAt: repository.gitDirectory) == nil)
    }
}

@Suite("Access: finding a repository")
struct RepositoryFindingTests {
    private func found(_ directory: FilePath, _ repository: AccessRepository, global: String = "") throws
        -> RepositoryFinding
    {
        let settings = repository.base.appending("gitconfig")
        try writeFile(settings, Array(global.utf8))
        let environment = [
            "PATH": getenv("PATH").map { String(cString: $0) } ?? "", "HOME": repository.base.string,
            "GIT_CONFIG_GLOBAL": settings.string, "GIT_CONFIG_NOSYSTEM": "1",
            // A hook that starts Baton has these; they must not lead elsewhere.
            "GIT_DIR": "/nonexistent", "GIT_INDEX_FILE": "/nonexistent",
        ]
        return try BatonGit.GitProgram(in: directory, environment: environment).findRepository()
    }

    @Test("from any directory in it, whatever its name")
    func inside() throws {
        let repository = try AccessRepository()
        try repository.write("sub/deep/x", "")
        let expected = RepositoryFinding.found(
            root: repository.root, gitDirectory: repository.gitDirectory, commonDirectory: repository.gitDirectory)
        #expect(try found(repository.root, repository) == expected)
        #expect(try found(repository.root.appending("sub/deep"), repository) == expected)

        let odd = repository.base.appending(FilePath(gitBytes: Array("od\nd ".utf8) + [0xFF, 0x0A]).components)
        #expect(odd.withPlatformString { mkdir($0, 0o755) } == 0)
        try repository.git("init", "-q", "other")
        let moved = repository.root.appending("other/.git").withPlatformString { from in
            odd.appending(".git").withPlatformString { rename(from, $0) }
        }
        #expect(moved == 0)
        #expect(
            try found(odd, repository)
                == .found(root: odd, gitDirectory: odd.appending(".git"), commonDirectory: odd.appending(".git")))
    }

    @Test("none, bare, in the git directory, of a format that is not known")
    func useless() throws {
        let repository = try AccessRepository()
        #expect(try found(repository.base, repository) == .none)
        #expect(try found(repository.gitDirectory, repository) == .bare)
        try repository.git("init", "-q", "--bare", repository.base.appending("bare").string)
        #expect(try found(repository.base.appending("bare"), repository) == .bare)
        #expect(throws: GitError.self) { try found("/nonexistent", repository) }
        try repository.git("config", "core.repositoryFormatVersion", "1")
        try repository.git("config", "extensions.future", "true")
        guard case .refused(let error) = try found(repository.root, repository) else {
            Issue.record("not refused")
            return
        }
        #expect(error.kind == .unsupported)
    }

    /// Only root can give files away.
    @Test("of somebody else, unless the user trusts it", .enabled(if: getuid() == 0))
    func foreign() throws {
        let repository = try AccessRepository()
        try repository.commitAll()
        for path in [repository.root, repository.gitDirectory] { try #require(chown(path.string, 12345, 12345) == 0) }

        guard case .foreignOwner(let message) = try found(repository.root, repository) else {
            Issue.record("not refused")
            return
        }
        #expect(message.contains("dubious ownership"))
        expectError(.foreignOwner) { _ = try repository.access(.libgit2).head() }
        expectError(.foreignOwner) { _ = try repository.access(.program).head() }
        let choice = try AccessChoice.choose(
            gitDirectory: repository.gitDirectory, commonDirectory: repository.gitDirectory)
        #expect(choice != .libgit2)

        // libgit2 1.5.1 does not know the asterisk.
        for trusted in ["*", repository.root.string] {
            guard case .found = try found(repository.root, repository, global: "[safe]\n\tdirectory = \(trusted)\n")
            else {
                Issue.record("not trusted by '\(trusted)'")
                return
            }
            #expect(try repository.access(.program).head().commit != nil)
        }
    }
}

@Suite("Access: git's words")
struct ProgramErrorTests {
    @Test("what git complains of has a kind")
    func kinds() {
        let cases: [(String, GitError.Kind, String)] = [
            (
                "fatal: update_ref failed for ref 'x': cannot lock ref 'x': is at 1 but expected 2\n", .modified,
                "update_ref failed for ref 'x': cannot lock ref 'x': is at 1 but expected 2"
            ),
            (
                "fatal: cannot lock ref 'x': reference is missing but expected 2", .modified,
                "cannot lock ref 'x': reference is missing but expected 2"
            ),
            (
                "fatal: cannot lock ref 'x': Unable to create '/r/x.lock': File exists.\n\nAnother git process",
                .locked, "cannot lock ref 'x': Unable to create '/r/x.lock': File exists."
            ),
            (
                "fatal: cannot lock ref 'a/b': 'a' exists; cannot create 'a/b'", .other,
                "cannot lock ref 'a/b': 'a' exists; cannot create 'a/b'"
            ),
            (
                "fatal: Unable to create '/r/index.lock': Permission denied", .other,
                "Unable to create '/r/index.lock': Permission denied"
            ),
            (
                "fatal: detected dubious ownership in repository at '/r'\nTo add an exception", .foreignOwner,
                "detected dubious ownership in repository at '/r'"
            ),
            (
                "warning: x\nerror: external filter 'false' failed 1\nfatal: a: clean filter 'f' failed", .filter,
                "external filter 'false' failed 1; a: clean filter 'f' failed"
            ),
            ("fatal: could not fetch 1 from promisor remote", .notFound, "could not fetch 1 from promisor remote"),
            ("fatal: unknown repository extension found:\n\tfoo", .unsupported, "unknown repository extension found:"),
            ("something else\nmore", .other, "something else"),
            ("", .other, "exit status 3"),
        ]
        for (text, kind, message) in cases {
            let error = GitError(
                ["-c", "a=b", "--x", "log"], BatonGit.GitProgram.Output(status: 3, bytes: [], errors: text))
            #expect(error.kind == kind, "\(text)")
            #expect(error.message == message)
            #expect(error.function == "git log")
        }
    }
}
