// What `baton doctor` finds out.

package import BatonCore
import BatonGit
package import BatonWorkerLink
package import BatonWorkspace
import Glibc
package import SystemPackage

/// The state of the machine and of one directory, as far as Baton's promises depend on them.
package struct Examination: Sendable {
    /// The directory that was looked at: the repository's, or the one that was asked about.
    package let directory: FilePath
    /// Why there is no repository; nil if there is one.
    package let repositoryProblem: BatonError?
    /// Each kind of view that isolates, best first: tried on a directory of Baton's own, then on this one.
    package let findings: [ViewProbe.Finding]
    /// The kind of view that steps get here.
    package let active: View.Kind
    /// What is to be known of the directory and does not keep views from working.
    package let remarks: [String]
    package let kernel: String
    /// Nil if it is not found.
    package let git: String?
    package let libgit2: String?
    package let limits = ResourceLimits.standard

    /// What holds steps in besides their view.
    package let hold: Hold?

    /// Examines the machine and the directory that `path` is in.
    ///
    /// - Parameters:
    ///   - path: An absolute path.
    ///   - probe: What tries the views.
    ///   - stateFolder: Baton's folder for state of the user.
    ///   - environment: The user's.
    package init(
        of path: FilePath, probe: ViewProbe, stateFolder: FilePath, environment: [String: String]
    ) async {
        var directory = path
        var problem: BatonError?
        do {
            directory = try GitStore(containing: path, environment: environment).root
        } catch {
            problem = error as? BatonError ?? BatonError(.unsupported, "\(error)")
        }
        self.directory = directory
        repositoryProblem = problem

        var findings: [ViewProbe.Finding] = []
        for kind in View.Kind.allCases where kind.isIsolated {
            let onOwn = await probe.tryOut(kind)
            findings.append(onOwn.obstacle == nil ? await probe.tryOut(kind, on: directory) : onOwn)
        }
        self.findings = findings
        let copies: View.Kind = View.Kind.canShareBlocks(of: directory, in: stateFolder) ? .copy : .warmCopy
        let isolated = findings.first { $0.obstacle == nil }
        active = isolated?.kind ?? copies
        if let isolated { hold = isolated.hold } else { hold = await probe.tryOut(.copy).hold }
        remarks = Self.remarks(on: directory)

        var name = utsname()
        uname(&name)
        kernel = withUnsafePointer(to: &name.release) {
            $0.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: $0.pointee)) {
                String(cString: $0)
            }
        }
        git = Self.gitVersion()
        libgit2 = Self.libraryVersion("libgit2.so.")
    }

    private static func remarks(on directory: FilePath) -> [String] {
        var status = stat()
        guard directory.withPlatformString({ stat($0, &status) }) == 0 else { return [] }
        var remarks: [String] = []
        if status.st_gid != getegid() {
            remarks.append(
                "'\(directory)' belongs to group \(status.st_gid), which is not your first one: in an overlay, files of "
                    + "that group cannot be changed. '--view copy' can."
            )
        }
        if status.st_uid != geteuid() {
            remarks.append(
                "'\(directory)' belongs to user \(status.st_uid), not to you: in an overlay, files of others cannot be "
                    + "changed. '--view copy' can."
            )
        }
        return remarks
    }

    /// The first line of `git --version`, without its words.
    private static func gitVersion() -> String? {
        guard let stream = popen("git --version 2>/dev/null", "re") else { return nil }
        defer { pclose(stream) }
        var buffer = [CChar](repeating: 0, count: 256)
        guard fgets(&buffer, Int32(buffer.count), stream) != nil else { return nil }
        let line = buffer.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
        return line.split(whereSeparator: \.isWhitespace).dropFirst(2).first.map(String.init)
    }

    /// The version in the name of a library that is loaded.
    private static func libraryVersion(_ prefix: String) -> String? {
        guard let file = fopen("/proc/self/maps", "re") else { return nil }
        defer { fclose(file) }
        var buffer = [CChar](repeating: 0, count: 4096)
        while fgets(&buffer, Int32(buffer.count), file) != nil {
            let line = buffer.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
            guard let name = line.split(separator: "/").last, name.hasPrefix(prefix) else { continue }
            return String(name.dropFirst(prefix.count).prefix { !$0.isWhitespace })
        }
        return nil
    }
}

extension Examination {
    /// The examination as JSON: schema "baton.doctor/1".
    package var document: JSONValue {
        .object([
            "schema": "baton.doctor/1",
            "isolated": .bool(active.isIsolated),
            "view": .string(active.rawValue),
            "views": .array(
                findings.map { finding in
                    .object([
                        "view": .string(finding.kind.rawValue),
                        "possible": .bool(finding.obstacle == nil),
                        "obstacle": finding.obstacle.map { .string($0.phrase) } ?? .null,
                        "advice": .array((finding.obstacle?.advice ?? []).map(JSONValue.string)),
                    ])
                }),
            "hold": hold.map(\.document) ?? .null,
            "limits": limits.document,
            "directory": .string(directory.string),
            "repository": .bool(repositoryProblem == nil),
            "repository_problem": repositoryProblem.map(\.document) ?? .null,
            "remarks": .array(remarks.map(JSONValue.string)),
            "kernel": .string(kernel),
            "git": git.map(JSONValue.string) ?? .null,
            "libgit2": libgit2.map(JSONValue.string) ?? .null,
        ])
    }
}

extension ResourceLimits {
    fileprivate var document: JSONValue {
        [
            "memory_bytes": .integer(Int(clamping: memoryBytes)), "processes": .integer(Int(clamping: processes)),
            "file_bytes": .integer(Int(clamping: fileBytes)), "written_bytes": .integer(Int(clamping: writtenBytes)),
            "processor_seconds": .integer(Int(clamping: processorSeconds)),
        ]
    }
}
