// What a view says that a step has changed.

import BatonCore
import BatonTestSupport
import BatonWorkspace
import Foundation
import Glibc
import SystemPackage
import Testing

/// Every pair of what was and what is at a path, read from a copy.
///
/// The overlay's own forms are in OverlayLayerTests.
@Suite("The delta of a copy")
struct CopyDeltaTests {
    enum Thing: String, CaseIterable {
        case absent, file, otherFile, executable, link, otherLink, folder
    }

    static let pairs = Thing.allCases.flatMap { before in Thing.allCases.map { (before, $0) } }

    @Test("says exactly what differs", arguments: pairs)
    func pair(before: Thing, after: Thing) async throws {
        let world = try Directories()
        for path in ["a", "deep/er/a"] { try world.put(before, at: path, in: world.root.path) }
        let view = try await world.store.makeView(of: world.root.path, kind: .copy)
        for path in ["a", "deep/er/a"] {
            try FileManager.default.removeItem(atPath: view.workingDirectory.appending(path).string, ifPresent: true)
            try world.put(after, at: path, in: view.workingDirectory)
        }

        let delta = try view.delta()

        #expect(delta.described == ["a", "deep/er/a"].flatMap { expected(before, after, at: $0) }.sorted())
    }

    private func expected(_ before: Thing, _ after: Thing, at path: String) -> [String] {
        guard before != after else { return [] }
        let gone: [String] =
            switch before {
            case .absent: []
            case .folder: ["removed \(path)/child"]
            // What takes the place of a file is told of itself; a folder's files are told, and the file that they bury.
            default: after == .absent || after == .folder ? ["removed \(path)"] : []
            }
        let come: [String] =
            switch after {
            case .absent: []
            case .file: ["file \(path) content"]
            case .otherFile: ["file \(path) other"]
            case .executable: ["executable \(path) content"]
            case .link: ["link \(path) target"]
            case .otherLink: ["link \(path) elsewhere"]
            case .folder: ["file \(path)/child child"]
            }
        return gone + come
    }

    @Test("a file whose times and permissions alone were touched is no change")
    func touched() async throws {
        let world = try Directories()
        try world.root.write("content", to: "a")
        let view = try await world.store.makeView(of: world.root.path, kind: .copy)

        _ = view.workingDirectory.appending("a").withPlatformString { chmod($0, 0o600) }
        _ = view.workingDirectory.appending("a").withPlatformString { utimes($0, nil) }

        #expect(try view.delta().isEmpty)
    }

    @Test("the repository is not copied, and what a step puts in its place is no change")
    func repository() async throws {
        let world = try Directories()
        try world.root.write("ref", to: ".git/HEAD")
        try world.root.write("content", to: "a")
        let view = try await world.store.makeView(of: world.root.path, kind: .copy)
        #expect(!FileManager.default.fileExists(atPath: view.workingDirectory.appending(".git").string))

        try FileManager.default.createDirectory(
            atPath: view.workingDirectory.appending(".git").string, withIntermediateDirectories: true)

        #expect(try view.delta().isEmpty)
    }

    @Test("a pipe is refused by name")
    func pipe() async throws {
        let world = try Directories()
        let view = try await world.store.makeView(of: world.root.path, kind: .copy)
        _ = view.workingDirectory.appending("pipe").withPlatformString { mkfifo($0, 0o600) }

        #expect(throws: BatonError(.denied, "the step made 'pipe', which is a pipe, a socket or a device")) {
            try view.delta()
        }
    }

    @Test(
        "a link that leads out of the directory is refused",
        arguments: ["/etc/passwd", "../outside", "in/../../outside", "../../../..", "here/../../outside", "here/.."])
    func escapingLink(target: String) async throws {
        let world = try Directories()
        // What is above a link is not what its text says.
        try FileManager.default.createSymbolicLink(
            atPath: world.root.path.appending("here").string, withDestinationPath: ".")
        let view = try await world.store.makeView(of: world.root.path, kind: .copy)
        try FileManager.default.createSymbolicLink(
            atPath: view.workingDirectory.appending("link").string, withDestinationPath: target)

        #expect(
            throws: BatonError(
                .denied, "the step made the link 'link', which leads out of the directory to '\(target)'")
        ) { try view.delta() }
    }

    @Test("a link that stays in the directory is a change", arguments: ["deep/../kept", "./kept", "../kept", "deep"])
    func stayingLink(target: String) async throws {
        let world = try Directories()
        try world.root.write("", to: "deep/kept")
        let view = try await world.store.makeView(of: world.root.path, kind: .copy)
        try FileManager.default.createSymbolicLink(
            atPath: view.workingDirectory.appending("deep/link").string, withDestinationPath: target)

        let isInside = target != "deep/../kept"
        if isInside {
            #expect(try view.delta().described == ["link deep/link \(target)"])
        } else {
            // There is no folder deep/deep.
            #expect(throws: BatonError.self) { try view.delta() }
        }
    }

    @Test("what the user changes while a step works is no change of the step's")
    func usersOwnChanges() async throws {
        let world = try Directories()
        for name in ["edited", "gone", "touched"] { try world.root.write("before", to: name) }
        let view = try await world.store.makeView(of: world.root.path, kind: .copy)

        try world.root.write("the user's", to: "edited")
        try world.root.write("the user's", to: "new")
        try FileManager.default.removeItem(atPath: world.root.path.appending("gone").string)
        try Data("the step's".utf8).write(to: URL(filePath: view.workingDirectory.appending("own").string))

        #expect(try view.delta().described == ["file own the step's"])
    }

    @Test("as many paths as are allowed are told, one more is refused")
    func pathLimit() async throws {
        let world = try Directories()
        let view = try await world.store.makeView(of: world.root.path, kind: .copy)
        let folder = view.workingDirectory
        for number in 0..<20 { try world.touch("\(number)", in: folder) }
        #expect(try view.delta(pathsMax: 20).changes.count == 20)

        try world.touch("more", in: folder)

        #expect(throws: BatonError(.denied, "the step changed more than 20 paths")) { try view.delta(pathsMax: 20) }
        #expect(try view.delta().changes.count == 21)
    }

    @Test("a file of the size that is allowed is told, a longer one is refused by name; so are too many bytes in all")
    func sizeLimits() async throws {
        let world = try Directories()
        let view = try await world.store.makeView(of: world.root.path, kind: .copy)
        try world.touch("long", bytes: DeltaLimit.fileBytes, in: view.workingDirectory)
        #expect(try view.delta().paths == ["long"])

        try world.touch("long", bytes: DeltaLimit.fileBytes + 1, in: view.workingDirectory)
        #expect(
            throws: BatonError(
                .denied, "the step wrote 'long' with 104857601 bytes; at most 104857600 are allowed")
        ) { try view.delta() }

        let count = DeltaLimit.totalBytes / DeltaLimit.fileBytes
        try world.touch("long", bytes: DeltaLimit.totalBytes % DeltaLimit.fileBytes, in: view.workingDirectory)
        for number in 0..<count {
            try world.touch("\(number)", bytes: DeltaLimit.fileBytes, in: view.workingDirectory)
        }
        #expect(try view.delta().changes.count == count + 1)
        try world.touch("more", bytes: 1, in: view.workingDirectory)
        #expect(throws: BatonError(.denied, "the step wrote more than \(DeltaLimit.totalBytes) bytes in all")) {
            try view.delta()
        }
    }

    @Test("a name that is no text is told byte by byte")
    func notText() async throws {
        let world = try Directories()
        let view = try await world.store.makeView(of: world.root.path, kind: .copy)
        let name: [CChar] = [CChar(bitPattern: 0xFF), 97, 0]
        let path = view.workingDirectory.appending(FilePath(platformString: name).components)
        let file = path.withPlatformString { open($0, O_CREAT | O_WRONLY, 0o600) }
        close(file)

        let change = try #require(try view.delta().changes.first)

        #expect(
            change.path.withPlatformString { Array(UnsafeBufferPointer(start: $0, count: 2)) } == [
                CChar(bitPattern: 0xFF), 97,
            ])
    }
}

@Suite("Views")
struct ViewStoreTests {
    @Test("a removed view leaves nothing, also where overlay has left a folder without permissions")
    func removal() async throws {
        let world = try Directories()
        let view = try await world.store.makeView(of: world.root.path, kind: .overlay)
        try FileManager.default.createDirectory(
            atPath: view.work.appending("work/inner").string, withIntermediateDirectories: true)
        _ = view.work.appending("work").withPlatformString { chmod($0, 0) }

        try view.remove()

        #expect(!FileManager.default.fileExists(atPath: view.folder.string))
    }

    @Test("what a process that is gone has left is removed; what one that lives holds is kept")
    func sweeping() async throws {
        let world = try Directories()
        let views = world.state.path.appending("views")
        try world.state.write("", to: "views/999999-1/lock")
        try world.state.write("left", to: "views/999999-1/1/upper/a")
        let other = ViewStore(stateFolder: world.state.path)
        let held = try await other.makeView(of: world.root.path, kind: .overlay)

        let view = try await world.store.makeView(of: world.root.path, kind: .overlay)

        #expect(!FileManager.default.fileExists(atPath: views.appending("999999-1").string))
        #expect(FileManager.default.fileExists(atPath: held.folder.string))
        #expect(FileManager.default.fileExists(atPath: view.folder.string))
    }

    @Test("the view's root has the permissions of the directory that it shows")
    func rootMode() async throws {
        let world = try Directories()
        _ = world.root.path.withPlatformString { chmod($0, 0o751) }

        let view = try await world.store.makeView(of: world.root.path, kind: .overlay)

        var status = stat()
        #expect(view.upper.withPlatformString { stat($0, &status) } == 0)
        #expect(status.st_mode & 0o7777 == 0o751)
    }
}

/// A directory, a folder for state, and a store of views.
struct Directories {
    let root: TemporaryFolder
    let state: TemporaryFolder
    let store: ViewStore

    init() throws {
        root = try TemporaryFolder("baton-root")
        state = try TemporaryFolder("baton-state")
        store = ViewStore(stateFolder: state.path)
        try root.write("kept", to: "kept")
    }

    /// Makes a file of so many bytes that takes no space.
    func touch(_ name: String, bytes: Int = 0, in folder: FilePath) throws {
        let file = folder.appending(name).withPlatformString { open($0, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600) }
        defer { close(file) }
        guard file >= 0, ftruncate(file, bytes) == 0 else { throw Errno(rawValue: errno) }
    }

    func put(_ thing: CopyDeltaTests.Thing, at path: String, in folder: FilePath) throws {
        let target = folder.appending(path)
        let manager = FileManager.default
        try manager.createDirectory(atPath: target.removingLastComponent().string, withIntermediateDirectories: true)
        switch thing {
        case .absent: break
        case .file: try Data("content".utf8).write(to: URL(filePath: target.string))
        case .otherFile: try Data("other".utf8).write(to: URL(filePath: target.string))
        case .executable:
            try Data("content".utf8).write(to: URL(filePath: target.string))
            _ = target.withPlatformString { chmod($0, 0o755) }
        case .link: try manager.createSymbolicLink(atPath: target.string, withDestinationPath: "target")
        case .otherLink: try manager.createSymbolicLink(atPath: target.string, withDestinationPath: "elsewhere")
        case .folder:
            try manager.createDirectory(atPath: target.string, withIntermediateDirectories: true)
            try Data("child".utf8).write(to: URL(filePath: target.appending("child").string))
        }
    }
}

extension FileManager {
    func removeItem(atPath path: String, ifPresent: Bool) throws {
        var status = stat()
        if lstat(path, &status) == 0 { try removeItem(atPath: path) }
    }
}
