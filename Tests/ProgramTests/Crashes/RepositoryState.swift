// Everything of a repository that must be as before an operation or as after it.

import BatonTestSupport
import Foundation
import SystemPackage

/// What a person can see of a repository and its working directory, without names that hang on the time.
struct RepositoryState: Equatable {
    /// HEAD's branch and the trees of its commits, the newest first.
    var history: [String]
    /// The index, entry by entry.
    var index: [String]
    /// What `git status` says.
    var status: [String]
    /// Every file, link and directory outside of `.git`: kind, permissions, content.
    var files: [String: String]
    /// Kinds of the operations that Baton has recorded, the newest first.
    var operations: [String]

    /// Reads it; `operations` is what `baton op log --json` printed.
    init(of world: World, operations: ProgramResult) async throws {
        let commands = "git symbolic-ref HEAD; git log --format=%T; echo; git ls-files --stage; echo; git status -s"
        let result = try await run(
            "sh", ["-ec", commands], in: world.project.path, environment: world.environment)
        guard result.status == 0 else { throw GitFailure(command: [commands], errors: result.errors) }
        let parts = result.output.components(separatedBy: "\n\n").map { $0.split(separator: "\n").map(String.init) }
        guard parts.count == 3 else { throw GitFailure(command: [commands], errors: result.output) }
        (history, index, status) = (parts[0], parts[1], parts[2])
        files = Self.files(below: world.project.path)
        self.operations = operations.jsonLines.compactMap { $0["kind"] as? String }
    }

    private static func files(below root: FilePath) -> [String: String] {
        var files: [String: String] = [:]
        let names = FileManager.default.enumerator(atPath: root.string)
        while let name = names?.nextObject() as? String {
            if name == ".git" {
                names?.skipDescendants()
                continue
            }
            let path = root.appending(name).string
            guard let attributes = try? FileManager.default.attributesOfItem(atPath: path) else { continue }
            let mode = (attributes[.posixPermissions] as? Int).map { String($0, radix: 8) } ?? ""
            files[name] =
                switch attributes[.type] as? FileAttributeType {
                case .typeDirectory: "directory \(mode)"
                case .typeSymbolicLink:
                    "link " + ((try? FileManager.default.destinationOfSymbolicLink(atPath: path)) ?? "")
                default: "file \(mode) " + (FileManager.default.contents(atPath: path)?.base64EncodedString() ?? "")
                }
        }
        return files
    }

    /// What differs from `other`, a line each, but for the operations; the first few are enough.
    func differences(from other: Self) -> [String] {
        var lines: [String] = []
        if history != other.history { lines.append("history: \(history) instead of \(other.history)") }
        for entry in Set(index).symmetricDifference(other.index).sorted() {
            lines.append("index: \(index.contains(entry) ? "has" : "lacks") \(entry)")
        }
        if status != other.status { lines.append("status: \(status) instead of \(other.status)") }
        for name in Set(files.keys).union(other.files.keys).sorted() where files[name] != other.files[name] {
            let texts = [files[name], other.files[name]].map { String(($0 ?? "nothing").prefix(80)) }
            lines.append("\(name): \(texts[0]) instead of \(texts[1])")
        }
        return lines.count > 8 ? lines.prefix(8) + ["and \(lines.count - 8) more"] : lines
    }
}

extension World {
    /// What Baton or git may leave for a moment and nobody may find later.
    func traces() -> [String] {
        let paths = (try? FileManager.default.subpathsOfDirectory(atPath: project.path.string)) ?? []
        return paths.filter { path in
            let name = FilePath(path).lastComponent?.string ?? ""
            if path.hasPrefix(".git/") {
                return (name.hasSuffix(".lock") && path != ".git/baton/operation.lock")
                    || ["operation", "operation.new", "index"].contains { path == ".git/baton/\($0)" }
            }
            return name.hasPrefix(".baton-")
        }
    }
}
