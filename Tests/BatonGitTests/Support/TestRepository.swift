// A repository of a test's own, and what a test says about it.

import BatonCore
import BatonGit
import Glibc
import SystemPackage
import Testing

/// A repository in a temporary directory, which goes away with this object.
final class TestRepository {
    /// Holds everything; links resolved.
    let base: FilePath
    let root: FilePath
    let program: RealGit
    private var contents = 0

    /// Makes an empty repository whose user is Ada.
    init(_ name: String = "repo", options: [String] = []) throws {
        var template = Array("/tmp/baton-git-XXXXXX".utf8CString)
        let made = try #require(mkdtemp(&template).map { String(cString: $0) })
        base = FilePath(made)
        root = base.appending(name)
        program = RealGit(home: base.appending("home"))
        makeDirectories(program.home)
        makeDirectories(root)
        let initialized = try program.run(["init", "-q", "-b", "main"] + options, in: root)
        try #require(initialized.status == 0, "\(initialized.errors)")
        try git("config", "user.name", "Ada")
        try git("config", "user.email", "ada@example.com")
        // The same tests hold for both ways to git; scripts/test runs them once for each.
        if let way = getenv("BATON_TEST_GIT") { try git("config", "baton.git", String(cString: way)) }
        // Whatever the configuration of the machine says must not matter to libgit2 either.
        try git("config", "core.autocrlf", "false")
        try git("config", "core.excludesFile", "/dev/null")
        try git("config", "core.attributesFile", "/dev/null")
    }

    deinit {
        _ = try? program.run(["-c", "alias.x=!chmod -R u+rwx '\(base.string)'; rm -rf '\(base.string)'", "x"], in: "/")
    }

    // MARK: git

    /// Runs `git`, which must succeed, and returns what it printed.
    @discardableResult
    func git(_ arguments: String..., environment: [String: String] = [:]) throws -> String {
        let result = try program.run(arguments, in: root, environment: environment)
        try #require(result.status == 0, "git \(arguments.joined(separator: " ")): \(result.errors)")
        return result.text
    }

    /// Runs `git`, which may fail, and returns its exit status.
    @discardableResult
    func gitStatus(_ arguments: String...) throws -> Int32 {
        try program.run(arguments, in: root).status
    }

    /// Commits everything in the working directory by the real git.
    @discardableResult
    func commitAll(_ message: String = "by hand") throws -> String {
        try git("add", "-A")
        try git("commit", "-q", "--allow-empty", "-m", message)
        return try headCommit()
    }

    func headCommit() throws -> String { try git("rev-parse", "HEAD") }
    func headTree() throws -> String { try git("rev-parse", "HEAD^{tree}") }

    // MARK: Files

    func write(_ path: FilePath, _ text: String, executable: Bool = false) throws {
        let target = root.appending(path.components)
        makeDirectories(target.removingLastComponent())
        try writeBytes(Array(text.utf8), to: target)
        if executable { chmod(target.string, 0o755) }
    }

    func read(_ path: FilePath) throws -> String {
        String(decoding: try readBytes(root.appending(path.components)), as: UTF8.self)
    }

    func link(_ path: FilePath, to target: String) {
        let link = root.appending(path.components)
        makeDirectories(link.removingLastComponent())
        link.withPlatformString { _ = symlink(target, $0) }
    }

    func remove(_ path: FilePath) {
        root.appending(path.components).withPlatformString { _ = Glibc.remove($0) }
    }

    func exists(_ path: FilePath) -> Bool {
        var info = stat()
        return root.appending(path.components).withPlatformString { lstat($0, &info) } == 0
    }

    /// The permission bits of a file.
    func permissions(_ path: FilePath) -> mode_t {
        var info = stat()
        root.appending(path.components).withPlatformString { _ = lstat($0, &info) }
        return info.st_mode & 0o777
    }

    // MARK: Steps

    /// One change of a step.
    enum Edit {
        case write(FilePath, String, executable: Bool = false)
        case bytes(FilePath, [UInt8])
        case link(FilePath, to: FilePath)
        case remove(FilePath)
    }

    /// What a step that makes these edits leaves behind: the new contents are files outside of the repository.
    func delta(_ edits: [Edit]) throws -> Delta {
        Delta(
            try edits.map { edit in
                switch edit {
                case .write(let path, let text, let executable):
                    FileChange(path, .file(content: try content(Array(text.utf8)), executable: executable))
                case .bytes(let path, let bytes):
                    FileChange(path, .file(content: try content(bytes), executable: false))
                case .link(let path, let target): FileChange(path, .symlink(target: target))
                case .remove(let path): FileChange(path, .removed)
                }
            }
        )
    }

    private func content(_ bytes: [UInt8]) throws -> FilePath {
        contents += 1
        let path = base.appending("content-\(contents)")
        try writeBytes(bytes, to: path)
        return path
    }

    /// A store that waits for no lock.
    func store(_ patience: LockPatience = LockPatience(pauses: [])) throws -> GitStore {
        try GitStore(containing: root, environment: program.environment, patience: patience)
    }

    /// Lands a step with these edits that started from what is there now.
    @discardableResult
    func land(
        _ edits: [Edit], _ subject: String = "a step", trailers: [Trailer] = [], rule: ConflictRule = .fail
    ) async throws -> Landing {
        let store = try store()
        return try await store.land(
            try delta(edits),
            startedFrom: try await store.head().commit,
            message: CommitMessage(subject: subject, trailers: trailers),
            rule: rule
        )
    }

    // MARK: Checks

    /// HEAD, index and working directory agree, in the eyes of the real git, and the repository is sound.
    func expectClean(sourceLocation: SourceLocation = #_sourceLocation) throws {
        let check = try program.run(["fsck", "--strict", "--full", "--no-dangling"], in: root)
        #expect(check.status == 0, "\(check.errors)", sourceLocation: sourceLocation)
        #expect(try git("status", "--porcelain", "-uall") == "", sourceLocation: sourceLocation)
        #expect(try git("diff-files") == "", sourceLocation: sourceLocation)
        #expect(try git("diff-index", "--cached", "HEAD") == "", sourceLocation: sourceLocation)
        let index = ["GIT_INDEX_FILE": base.appending("other-index").string]
        try git("add", "-A", environment: index)
        #expect(try headTree() == git("write-tree", environment: index), sourceLocation: sourceLocation)
        unlink(base.appending("other-index").string)
    }

    /// Everything that a refused landing must leave as it was.
    func state() throws -> State {
        State(
            head: try program.run(["rev-parse", "HEAD", "HEAD@{0}"], in: root).text,
            references: try git("for-each-ref"),
            index: (try? readBytes(root.appending(".git/index"))) ?? [],
            files: try files(below: root)
        )
    }

    struct State: Equatable {
        var head: String
        var references: String
        var index: [UInt8]
        /// Kind, permissions and content of each file outside of `.git`.
        var files: [FilePath: String]
    }

    private func files(below directory: FilePath) throws -> [FilePath: String] {
        var found: [FilePath: String] = [:]
        guard let stream = opendir(directory.string) else { return [:] }
        defer { closedir(stream) }
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { FilePath.Component(platformString: $0) }
            }
            guard let name, name.kind == .regular, name != ".git" else { continue }
            let path = directory.appending(name)
            var info = stat()
            path.withPlatformString { _ = lstat($0, &info) }
            found[path] = "\(info.st_mode) \(info.st_ino) \(info.st_mtim.tv_nsec)"
            switch info.st_mode & S_IFMT {
            case S_IFDIR: found.merge(try files(below: path)) { $1 }
            case S_IFREG: found[path]? += " \(try readBytes(path))"
            default: break
            }
        }
        return found
    }

    /// `operation` throws an error that people can read, and changes nothing.
    @discardableResult
    func expectRefusal(
        sourceLocation: SourceLocation = #_sourceLocation,
        _ operation: () async throws -> Landing
    ) async throws -> BatonError {
        let before = try state()
        let error = await #expect(throws: (any Error).self, sourceLocation: sourceLocation) { try await operation() }
        #expect(try state() == before, sourceLocation: sourceLocation)
        return try #require(BatonError(told: error), "\(String(describing: error))", sourceLocation: sourceLocation)
    }
}

extension BatonError {
    /// What people are told of an error of this module.
    init?(told error: (any Error)?) {
        switch error {
        case let error as BatonError: self = error
        case let conflict as LandingConflict: self = conflict.error
        case let conflict as RevertConflict: self = conflict.error
        default: return nil
        }
    }
}

extension GitStore {
    /// Lands a step that started from `base`, and in whose time nobody else changed a file.
    @discardableResult
    func land(
        _ delta: Delta, startedFrom base: String?, message: CommitMessage, rule: ConflictRule = .fail
    ) throws -> Landing {
        let proposal = try propose(
            delta, from: StepBase(commit: base, started: FileTime(seconds: .max, nanoseconds: 0)))
        return try land(proposal, of: .example, message: message, rule: rule)
    }

    /// Takes one commit back.
    @discardableResult
    func revert(_ commit: String) throws -> Landing {
        try revert([RevertTarget(commit: commit, step: nil)], title: "revert \(commit.prefix(7))")
    }
}

extension StepOfRun {
    /// The second step of a run.
    static let example = StepOfRun(unchecked: 2, "draft")

    /// A step of run 0123abcd.
    init(unchecked number: Int, _ path: String) {
        var generator = FixedGenerator()
        self.init(
            RunID("0123abcd") ?? RunID.random(using: &generator), StepName(number: number, path: path))
    }
}

private struct FixedGenerator: RandomNumberGenerator {
    mutating func next() -> UInt64 { 0x0123_ABCD }
}

/// The time with which the kernel stamps files now.
func now() -> FileTime {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME_COARSE, &now)
    return FileTime(seconds: now.tv_sec, nanoseconds: now.tv_nsec)
}
