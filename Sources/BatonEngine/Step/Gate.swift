// What has to be true of a step's changes before they may land.

import BatonCore
import BatonRecipes
import BatonWorkers
import BatonWorkspace
import Glibc
import SystemPackage

/// The rules that a step's changes have to keep.
struct Gate: Sendable {
    let step: PlannedStep
    /// False if the role's plugin does not declare that it writes.
    let mayWrite: Bool

    /// Checks which paths were changed.
    func checkPaths(of delta: Delta) throws(BatonError) {
        guard let first = delta.changes.first else { return }
        guard mayWrite else {
            throw BatonError(
                .denied,
                "step '\(step.id)' changed '\(first.path)', and its plugin does not declare the permission 'fs.write'")
        }
        let globs = step.writes.map { Glob($0) }
        let outside = delta.paths.filter { path in !globs.contains { $0.matches(path.bytes) } }
        guard !outside.isEmpty else { return }
        let named = outside.prefix(5).map { "'\($0)'" }.joined(separator: ", ")
        let more = outside.count > 5 ? " and \(outside.count - 5) more" : ""
        let rule =
            step.writes.isEmpty ? "it has no 'writes'" : "its 'writes' allows \(step.writes.joined(separator: ", "))"
        throw BatonError(
            .denied, "step '\(step.id)' changed \(named)\(more), which it may not: \(rule)",
            hints: [
                "If it should, add the path to the step's 'writes' in the recipe. Nothing was changed in your files."
            ]
        )
    }

    /// Runs the step's success checks in its view.
    ///
    /// `delta` is what the step changed, `root` the directory that its view shows.
    func check(
        _ delta: Delta, root: FilePath, execute: (String, Duration) async throws -> CommandOutput
    ) async throws -> [CheckResult] {
        var results: [CheckResult] = []
        for check in step.success {
            switch check {
            case .file(let path):
                let exists = try Self.exists(FilePath(path), after: delta, root: root)
                results.append(CheckResult(what: "file '\(path)' exists", passed: exists))
            case .command(let line, let timeout):
                let output = try await execute(line, timeout ?? Self.defaultTimeout)
                let detail = output.succeeded ? nil : "\(output.result.phrase)\n\(output.lastLines(12))"
                results.append(CheckResult(what: "'\(line)' succeeds", passed: output.succeeded, detail: detail))
            }
        }
        return results
    }

    static let defaultTimeout = Duration.seconds(60)

    /// True if `path` is a file or folder once `delta` is applied to `root`.
    private static func exists(_ path: FilePath, after delta: Delta, root: FilePath) throws(BatonError) -> Bool {
        for change in delta.changes where change.path == path { return change.kind != .removed }
        if delta.changes.contains(where: { $0.kind != .removed && $0.path.starts(with: path) }) { return true }
        return try FileEntry(at: root.appending(path.components)) != .absent
    }
}

/// The state of changed files at one moment, to notice that something changed them again.
struct ContentStamps: Equatable {
    private var stamps: [FilePath: Stamp] = [:]

    private struct Stamp: Equatable {
        let inode: UInt64
        let size: Int64
        let seconds: Int
        let nanoseconds: Int
    }

    init() {}

    init(of delta: Delta) {
        for change in delta.changes {
            guard case .file(let content, _) = change.kind else { continue }
            var status = stat()
            guard content.withPlatformString({ lstat($0, &status) }) == 0 else { continue }
            stamps[change.path] = Stamp(
                inode: UInt64(status.st_ino), size: Int64(status.st_size), seconds: status.st_mtim.tv_sec,
                nanoseconds: status.st_mtim.tv_nsec
            )
        }
    }

    /// The first path whose content is not what it was then.
    func firstDifference(from now: ContentStamps) -> FilePath? {
        stamps.keys.sorted { $0.string < $1.string }.first { stamps[$0] != now.stamps[$0] }
    }
}

extension FilePath {
    /// The path as the bytes that the system knows.
    var bytes: [UInt8] { withPlatformString { Array(UnsafeRawBufferPointer(start: $0, count: strlen($0))) } }
}
