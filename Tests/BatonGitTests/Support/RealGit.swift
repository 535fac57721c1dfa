// Runs the real `git`, away from the configuration of whoever runs the tests.

import Glibc
import SystemPackage
import Testing

/// What a program said when it ended.
struct ProgramResult {
    var status: Int32
    var output: [UInt8]
    var errors: String

    /// Standard output without the final line end.
    var text: String {
        let text = String(decoding: output, as: UTF8.self)
        return text.hasSuffix("\n") ? String(text.dropLast()) : text
    }
}

/// The `git` on the PATH, with a home directory of its own.
struct RealGit {
    let home: FilePath

    /// What it finds in its environment.
    var environment: [String: String] {
        [
            "PATH": getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin",
            "HOME": home.string,
            "GIT_CONFIG_GLOBAL": home.appending(".gitconfig").string,
            "GIT_CONFIG_NOSYSTEM": "1",
            // 'git status' must not tidy the index up behind a test's back.
            "GIT_OPTIONAL_LOCKS": "0",
            "LC_ALL": "C",
            "TZ": "UTC",
        ]
    }

    /// Runs `git` in `directory`; output goes through files, so that nothing waits for a descriptor of another test.
    func run(_ arguments: [String], in directory: FilePath, environment: [String: String] = [:]) throws -> ProgramResult
    {
        let scratch = home.appending("io-\(UInt64.random(in: .min ... .max))")
        let (out, err) = (FilePath(scratch.string + ".out"), FilePath(scratch.string + ".err"))
        defer {
            unlink(out.string)
            unlink(err.string)
        }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, out.string, O_WRONLY | O_CREAT, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, err.string, O_WRONLY | O_CREAT, 0o600)

        var variables = self.environment
        variables.merge(environment) { $1 }
        var argumentVector = (["git", "-C", directory.string] + arguments).map { strdup($0) } + [nil]
        var environmentVector = variables.map { strdup("\($0)=\($1)") } + [nil]
        defer {
            for pointer in argumentVector + environmentVector { free(pointer) }
        }
        var process: pid_t = 0
        let spawned = posix_spawnp(&process, "git", &actions, nil, &argumentVector, &environmentVector)
        try #require(spawned == 0, "git could not be started: \(spawned)")
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        return ProgramResult(
            status: status & 0x7F == 0 ? (status >> 8) & 0xFF : -1,
            output: try readBytes(out),
            errors: String(decoding: try readBytes(err), as: UTF8.self)
        )
    }
}

// MARK: - Files

/// The bytes of the file at `path`.
func readBytes(_ path: FilePath) throws -> [UInt8] {
    let file = try FileDescriptor.open(path, .readOnly)
    return try file.closeAfter {
        var bytes: [UInt8] = []
        while true {
            let chunk = try [UInt8](unsafeUninitializedCapacity: 1 << 16) { buffer, count in
                count = try file.read(into: UnsafeMutableRawBufferPointer(buffer))
            }
            if chunk.isEmpty { return bytes }
            bytes += chunk
        }
    }
}

/// Writes a new file, or replaces the content of one that is there.
func writeBytes(_ bytes: [UInt8], to path: FilePath) throws {
    let file = try FileDescriptor.open(
        path, .writeOnly, options: [.create, .truncate], permissions: FilePermissions(rawValue: 0o644)
    )
    _ = try file.closeAfter { try file.writeAll(bytes) }
}

/// Creates the directory at `path` and those it is in.
func makeDirectories(_ path: FilePath) {
    guard !path.components.isEmpty, mkdirIfMissing(path) != 0 else { return }
    makeDirectories(path.removingLastComponent())
    _ = mkdirIfMissing(path)
}

private func mkdirIfMissing(_ path: FilePath) -> Int32 {
    path.withPlatformString { mkdir($0, 0o755) == 0 || errno == EEXIST ? 0 : -1 }
}
