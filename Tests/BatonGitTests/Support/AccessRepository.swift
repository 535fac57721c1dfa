// A repository of a test's own, and both ways to look at it.

import Glibc
import SystemPackage
import Testing

@testable import BatonGit

/// The ways to git that must give the same answers.
enum AccessWay: String, CaseIterable, CustomTestStringConvertible {
    case libgit2, program

    var testDescription: String { rawValue }
}

/// A repository in a temporary directory, which goes away with this object; its user is Ada.
final class AccessRepository {
    /// Holds everything; links resolved.
    let base: FilePath
    let root: FilePath
    /// Away from the configuration of whoever runs the tests.
    let program: BatonGit.GitProgram

    /// Makes an empty repository, with more options for `git init`.
    init(_ options: String...) throws {
        base = try Self.temporaryDirectory()
        root = base.appending("repo")
        program = Self.program(in: root, base)
        try #require(mkdir(root.string, 0o755) == 0)
        try git(["init", "-q", "-b", "main"] + options)
        try setUp()
    }

    /// Runs `git clone` with these options on `source`.
    init(cloning source: String, _ options: String...) throws {
        base = try Self.temporaryDirectory()
        root = base.appending("repo")
        program = Self.program(in: root, base)
        let cloning = try Self.program(in: base, base).run(["clone", "-q"] + options + [source, root.string])
        try #require(cloning.status == 0, "\(cloning.errors)")
        try setUp()
    }

    /// Another working directory of the same repository.
    init(worktreeOf other: AccessRepository, at root: FilePath) {
        base = FilePath("")
        self.root = root
        program = Self.program(in: root, other.base)
    }

    private static func temporaryDirectory() throws -> FilePath {
        var template = Array("/tmp/baton-access-XXXXXX".utf8CString)
        return FilePath(platformString: try #require(mkdtemp(&template)))
    }

    private static func program(in directory: FilePath, _ base: FilePath) -> BatonGit.GitProgram {
        let environment = [
            "PATH": getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin",
            "HOME": base.string,
            "GIT_CONFIG_GLOBAL": base.appending("gitconfig").string,
            "GIT_CONFIG_NOSYSTEM": "1",
            "TZ": "UTC",
        ]
        return BatonGit.GitProgram(in: directory, environment: environment)
    }

    private func setUp() throws {
        let settings = """
            [user]
            \tname = Ada
            \temail = ada@example.com
            [core]
            \tautocrlf = false
            \texcludesFile = /dev/null
            \tattributesFile = /dev/null
            """
        let path = gitDirectory.appending("config")
        try writeFile(path, try readFile(path) + Array(settings.utf8) + [0x0A])
    }

    deinit {
        if !base.isEmpty { removeTree(base) }
    }

    // MARK: git

    var gitDirectory: FilePath { root.appending(".git") }
    var index: FilePath { gitDirectory.appending("index") }

    func access(_ way: AccessWay) throws -> any GitAccess {
        let access = ProgramAccess(program)
        return way == .program ? access : try LibGit2Access(at: gitDirectory, program: access)
    }

    /// Runs `git`, which must succeed, and returns what it printed.
    @discardableResult
    func git(
        _ arguments: [String], input: String = "", variables: [String: String] = [:],
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> String {
        let output = try program.run(arguments, input: Array(input.utf8), variables: variables)
        try #require(
            output.status == 0, "git \(arguments.joined(separator: " ")): \(output.errors)",
            sourceLocation: sourceLocation)
        return output.text
    }

    @discardableResult
    func git(_ arguments: String..., sourceLocation: SourceLocation = #_sourceLocation) throws -> String {
        try git(arguments, sourceLocation: sourceLocation)
    }

    func id(_ name: String) throws -> ObjectID { try #require(ObjectID(hex: git("rev-parse", "--verify", name))) }

    /// Commits everything in the working directory, at a time of its own: `second` seconds after a fixed one.
    @discardableResult
    func commitAll(_ message: String = "by hand", second: Int = 0) throws -> ObjectID {
        try git("add", "-A")
        let date = "\(1_700_000_000 + second) +0130"
        try git(
            ["commit", "-q", "--allow-empty", "-m", message],
            variables: ["GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date])
        return try id("HEAD")
    }

    // MARK: Files

    func write(_ path: FilePath, _ text: String, executable: Bool = false) throws {
        try writeFile(root.appending(path.components), Array(text.utf8), executable: executable)
    }

    func read(_ path: FilePath) throws -> [UInt8] { try readFile(root.appending(path.components)) }

    func link(_ path: FilePath, to target: String) {
        remove(path)
        root.appending(path.components).withPlatformString { _ = symlink(target, $0) }
    }

    func remove(_ path: FilePath) { removeTree(root.appending(path.components)) }

    func stamp(_ path: FilePath) throws -> FileStamp? {
        try WorkingDirectory(root: root).look(at: path).stamp
    }

    // MARK: Checks

    /// The repository is sound, and `git status` has nothing to say.
    func expectClean(sourceLocation: SourceLocation = #_sourceLocation) throws {
        let check = try program.run(["fsck", "--strict", "--no-dangling"])
        #expect(check.status == 0, "\(check.errors)", sourceLocation: sourceLocation)
        #expect(try git("status", "--porcelain") == "", sourceLocation: sourceLocation)
    }

    /// Changes git's own index as a landing does: in a copy with the same time, which then takes its place.
    func writeIndex(_ access: any GitAccess, _ changes: [IndexChange]) throws {
        let copy = gitDirectory.appending("index.baton")
        removeTree(copy)
        var info = stat()
        if lstat(index.string, &info) == 0 {
            try writeFile(copy, try readFile(index))
            var times = [info.st_atim, info.st_mtim]
            try #require(utimensat(AT_FDCWD, copy.string, &times, 0) == 0)
        }
        try access.openIndex(at: copy).write(applying: changes)
        try #require(rename(copy.string, index.string) == 0)
    }
}

// MARK: - Files

func readFile(_ path: FilePath) throws -> [UInt8] {
    try readRegularFile(FileDescriptor.open(path, .readOnly), upTo: maximumFileBytes)
}

/// Writes a file anew, and the directories that it is in.
func writeFile(_ path: FilePath, _ bytes: [UInt8], executable: Bool = false) throws {
    removeTree(path)
    var parent = FilePath("/")
    for name in path.components.dropLast() {
        parent.append(name)
        parent.withPlatformString { _ = mkdir($0, 0o755) }
    }
    let file = try FileDescriptor.open(
        path, .writeOnly, options: [.create, .truncate],
        permissions: FilePermissions(rawValue: executable ? 0o755 : 0o644))
    _ = try file.closeAfter { try file.writeAll(bytes) }
}

/// Removes what is there, if anything.
func removeTree(_ path: FilePath) {
    guard let name = path.lastComponent, let parent = try? Directory(at: path.removingLastComponent()) else { return }
    try? removeTree(name, in: parent)
}

private func removeTree(_ name: FilePath.Component, in directory: borrowing Directory) throws {
    guard let stamp = try directory.stamp(of: name) else { return }
    guard stamp.kind == .directory else { return try directory.removeFile(name) }
    let inner = try Directory(name, in: directory)
    for child in try inner.names() { try removeTree(child, in: inner) }
    try directory.removeDirectory(name)
}

/// SplitMix64, so that a failure can be repeated from its seed.
struct AccessGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }

    mutating func pick<Value>(_ values: [Value]) -> Value { values[Int(next() % UInt64(values.count))] }
}
