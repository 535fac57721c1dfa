// Views that are more than a folder to remove: copies that are kept, and the user's own directory.

import BatonCore
import BatonTestSupport
import BatonWorkspace
import Foundation
import Glibc
import SystemPackage
import Testing

@Suite("A copy that is kept")
struct WarmCopyTests {
    @Test("is brought up to date for the next step, whatever the last one and the user did")
    func update() async throws {
        let world = try Directories()
        for file in ["same", "edited", "gone", "spoilt", "folder/file"] { try world.root.write("before", to: file) }
        let first = try await world.store.makeView(of: world.root.path, kind: .warmCopy)
        let kept = first.workingDirectory
        try Data("the step's".utf8).write(to: URL(filePath: kept.appending("spoilt").string))
        try Data("the step's".utf8).write(to: URL(filePath: kept.appending("new").string))
        try FileManager.default.removeItem(atPath: kept.appending("folder").string)
        #expect(
            try first.delta().described == ["file new the step's", "file spoilt the step's", "removed folder/file"])
        try first.remove()
        try world.root.write("the user's", to: "edited")
        try world.root.write("the user's", to: "added/file")
        try FileManager.default.removeItem(atPath: world.root.path.appending("gone").string)

        let second = try await world.store.makeView(of: world.root.path, kind: .warmCopy)

        #expect(second.workingDirectory == kept)
        #expect(try second.delta().isEmpty)
        #expect(snapshot(of: second.workingDirectory) == world.root.snapshot())
    }

    @Test("a second step at the same time has one of its own")
    func two() async throws {
        let world = try Directories()

        let first = try await world.store.makeView(of: world.root.path, kind: .warmCopy)
        let second = try await world.store.makeView(of: world.root.path, kind: .warmCopy)

        #expect(first.workingDirectory != second.workingDirectory)
        try first.remove()
        let third = try await world.store.makeView(of: world.root.path, kind: .warmCopy)
        #expect(third.workingDirectory == first.workingDirectory)
    }

    @Test("is gone with the store")
    func clearing() async throws {
        let world = try Directories()
        let view = try await world.store.makeView(of: world.root.path, kind: .warmCopy)
        try view.remove()

        await world.store.clear()

        #expect(!exists(view.folder.string))
    }

    private func snapshot(of folder: FilePath) -> [String: String] {
        var result: [String: String] = [:]
        for name in (try? FileManager.default.subpathsOfDirectory(atPath: folder.string)) ?? [] {
            guard let data = FileManager.default.contents(atPath: folder.appending(name).string) else { continue }
            result[name] = String(decoding: data, as: UTF8.self)
        }
        return result
    }
}

@Suite("A step that works in the user's own directory")
struct InPlaceTests {
    /// Does what a step may do, in every way in which a directory can change.
    private func work(in root: TemporaryFolder) throws {
        let manager = FileManager.default
        try root.write("the step's", to: "edited")
        try root.write("the step's", to: "new/file")
        try manager.removeItem(atPath: root.path.appending("gone").string)
        try manager.removeItem(atPath: root.path.appending("folder").string)
        try root.write("now a file", to: "folder")
        try manager.removeItem(atPath: root.path.appending("was-file").string)
        try root.write("now in a folder", to: "was-file/child")
        _ = root.path.appending("mode").withPlatformString { chmod($0, 0o755) }
        try manager.removeItem(atPath: root.path.appending("link").string)
        try manager.createSymbolicLink(atPath: root.path.appending("link").string, withDestinationPath: "elsewhere")
    }

    private func world() throws -> Directories {
        let world = try Directories()
        for file in ["edited", "gone", "folder/deep/file", "was-file", "mode", ".git/HEAD"] {
            try world.root.write("before", to: file)
        }
        try FileManager.default.createSymbolicLink(
            atPath: world.root.path.appending("link").string, withDestinationPath: "kept")
        return world
    }

    @Test("is put back before its changes land, and they are all there")
    func takenOut() async throws {
        let world = try world()
        let before = listing(of: world.root.path)
        let view = try await world.store.makeView(of: world.root.path, kind: .inPlace)
        #expect(view.workingDirectory == world.root.path)
        try work(in: world.root)

        let delta = try view.takenOut(try view.delta())

        #expect(listing(of: world.root.path) == before)
        #expect(
            delta.described == [
                "executable mode before", "file edited the step's", "file folder now a file",
                "file new/file the step's",
                "file was-file/child now in a folder", "link link elsewhere", "removed folder/deep/file",
                "removed gone",
                "removed was-file",
            ])
        try view.remove()
        #expect(listing(of: world.root.path) == before)
    }

    @Test("is put back when it failed")
    func failed() async throws {
        let world = try world()
        let before = listing(of: world.root.path)
        let view = try await world.store.makeView(of: world.root.path, kind: .inPlace)
        try work(in: world.root)

        try view.remove()

        #expect(listing(of: world.root.path) == before)
        #expect(!exists(view.folder.string))
    }

    @Test("what cannot be put back is said, and the files from before are kept")
    func notPutBack() async throws {
        let world = try world()
        let view = try await world.store.makeView(of: world.root.path, kind: .inPlace)
        try work(in: world.root)
        try FileManager.default.removeItem(atPath: view.folder.appending("copy/edited").string)

        let error = view.removed(after: CancellationError()) as? BatonError

        #expect(error?.message == "'\(world.root.path)' could not be put back after a step that failed")
        await world.store.clear()
        #expect(exists(view.folder.appending("copy/gone").string))
        // Put it right, so that the folder can go.
        try FileManager.default.removeItem(atPath: view.folder.string)
    }

    @Test("only one at a time")
    func serial() async throws {
        let world = try world()
        let view = try await world.store.makeView(of: world.root.path, kind: .inPlace)

        await #expect(throws: BatonError.self) {
            try await world.store.makeView(of: world.root.path, kind: .inPlace)
        }
        try view.remove()
        let next = try await world.store.makeView(of: world.root.path, kind: .inPlace)
        try next.remove()
    }

    @Test("one that was cut off: the files from before are kept and named, and no other step starts there")
    func cutOff() async throws {
        let world = try world()
        let left = world.state.path.appending("views/999999-1")
        try world.state.write("", to: "views/999999-1/lock")
        try world.state.write("before", to: "views/999999-1/1/copy/edited")
        try world.state.write(world.root.path.string, to: "views/999999-1/1/in-place")

        let error = await #expect(throws: BatonError.self) {
            try await world.store.makeView(of: world.root.path, kind: .inPlace)
        }

        #expect(error?.code == .conflict)
        #expect(error?.hints.first?.contains("\(left)/1/copy") == true)
        #expect(world.state.read("views/999999-1/1/copy/edited") == "before")
        // Other kinds of view do not touch the directory, and are not kept from it.
        try await world.store.makeView(of: world.root.path, kind: .overlay).remove()
        #expect(exists(left.string))
    }

    /// Path, kind, permissions and content of everything, without what no view shows.
    private func listing(of root: FilePath) -> [String] {
        ((try? FileManager.default.subpathsOfDirectory(atPath: root.string)) ?? []).sorted().map { name in
            var status = stat()
            _ = root.appending(name).withPlatformString { lstat($0, &status) }
            let target = (try? FileManager.default.destinationOfSymbolicLink(atPath: root.appending(name).string)) ?? ""
            let data = FileManager.default.contents(atPath: root.appending(name).string) ?? Data()
            return "\(name) \(String(status.st_mode, radix: 8)) \(target) \(String(decoding: data, as: UTF8.self))"
        }
    }
}
