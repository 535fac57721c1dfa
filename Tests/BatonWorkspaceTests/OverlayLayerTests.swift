// Upper layers made by hand: also what the kernel of this machine does not make.

import BatonCore
import BatonTestSupport
import BatonWorkspace
import Foundation
import Glibc
import SystemPackage
import Testing

@Suite("The upper layer of an overlay")
struct OverlayLayerTests {
    /// The marks of overlay; the ones in `trusted` can be made by root alone.
    static let spaces = geteuid() == 0 ? ["user", "trusted"] : ["user"]

    @Test("a character device 0:0 hides a file, and a folder with all that is in it")
    func device() async throws {
        let view = try await Layer()
        for name in ["a", "folder", "never"] {
            #expect(view.upper.appending(name).withPlatformString { mknod($0, S_IFCHR, 0) } == 0)
        }

        #expect(
            try view.delta().described == [
                "removed a", "removed folder/deep/three", "removed folder/one", "removed folder/two",
            ])
    }

    @Test(
        "an empty file with the attribute 'whiteout' hides what is below it; without it, it is a file",
        arguments: spaces)
    func attribute(space: String) async throws {
        let view = try await Layer()
        try view.write("", to: "a")
        #expect(try view.delta().described == ["file a "])

        try await view.setAttribute("\(space).overlay.whiteout", "y", of: "a")

        #expect(try view.delta().described == ["removed a"])
    }

    @Test("an opaque folder hides all that is not in it, at every depth", arguments: spaces)
    func opaque(space: String) async throws {
        let view = try await Layer()
        try view.write("after", to: "folder/one")
        try view.write("new", to: "folder/four")
        #expect(try view.delta().described == ["file folder/four new", "file folder/one after"])

        try await view.setAttribute("\(space).overlay.opaque", "y", of: "folder")

        #expect(
            try view.delta().described == [
                "file folder/four new", "file folder/one after", "removed folder/deep/three", "removed folder/two",
            ])
    }

    @Test("a folder that is opaque below one that is not")
    func opaqueBelow() async throws {
        let view = try await Layer()
        try view.makeFolder("folder/deep")
        try await view.setAttribute("user.overlay.opaque", "y", of: "folder/deep")

        #expect(try view.delta().described == ["removed folder/deep/three"])
    }

    @Test("a new folder below an opaque one hides what was in its place, without a mark of its own")
    func belowOpaque() async throws {
        let view = try await Layer()
        try view.write("new", to: "folder/deep/four")
        try await view.setAttribute("user.overlay.opaque", "y", of: "folder")

        #expect(
            try view.delta().described == [
                "file folder/deep/four new", "removed folder/deep/three", "removed folder/one", "removed folder/two",
            ])
    }

    @Test("a folder that overlay has moved is refused, not misread", arguments: spaces)
    func redirect(space: String) async throws {
        let view = try await Layer()
        try view.makeFolder("moved")
        try await view.setAttribute("\(space).overlay.redirect", "/folder", of: "moved")

        #expect(throws: BatonError(.unsupported, "the view holds 'moved', a folder that overlay has moved")) {
            try view.delta()
        }
    }

    @Test("the marks of fuse-overlayfs are names; for the kernel they are files")
    func names() async throws {
        let view = try await Layer(.fuseOverlay)
        try view.write("", to: ".wh.a")
        try view.write("", to: "folder/.wh..wh..opq")
        try view.write("before", to: "folder/one")
        #expect(
            try view.delta().described == ["removed a", "removed folder/deep/three", "removed folder/two"])

        let plain = try await Layer()
        try plain.write("x", to: ".wh.a")
        #expect(try plain.delta().described == ["file .wh.a x"])
    }

    @Test("what belongs to a repository is no change, at any depth")
    func repositories() async throws {
        let view = try await Layer()
        try view.write("x", to: ".git/HEAD")
        try view.write("x", to: "nested/.git/HEAD")
        try view.write("x", to: "nested/file")

        #expect(try view.delta().described == ["file nested/file x"])
    }
}

/// A directory with files in folders, and the empty upper layer of a view of it.
private struct Layer {
    private let world: Directories
    private let view: View

    init(_ kind: View.Kind = .overlay) async throws {
        world = try Directories()
        for file in ["a", "folder/one", "folder/two", "folder/deep/three"] { try world.root.write("before", to: file) }
        view = try await world.store.makeView(of: world.root.path, kind: kind)
    }

    var upper: FilePath { view.upper }

    func delta() throws -> Delta { try view.delta() }

    func makeFolder(_ path: String) throws {
        try FileManager.default.createDirectory(atPath: upper.appending(path).string, withIntermediateDirectories: true)
    }

    func write(_ text: String, to path: String) throws {
        let target = upper.appending(path)
        try FileManager.default.createDirectory(
            atPath: target.removingLastComponent().string, withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(filePath: target.string))
    }

    /// Swift's C library does not show `setxattr`.
    func setAttribute(_ name: String, _ value: String, of path: String) async throws {
        let result = try await run(
            "python3", ["-c", "import os, sys; os.setxattr(*sys.argv[1:3], sys.argv[3].encode())", path, name, value],
            in: upper, environment: ProcessInfo.processInfo.environment)
        #expect(result.status == 0, "\(result.errors)")
    }
}

@Suite("What is mounted")
struct MountTableTests {
    @Test("finds what is strictly below a folder, and reads names with spaces")
    func below() {
        let table = MountTable(
            text: """
                22 27 0:20 / /proc rw,nosuid shared:5 - proc proc rw
                90 27 8:1 / /home/a/my\\040project/data rw - ext4 /dev/sda1 rw
                91 27 8:1 / /home/a/my\\040project rw - ext4 /dev/sda1 rw
                92 27 8:1 / /home/a/my\\040projects rw - ext4 /dev/sda1 rw
                """)

        #expect(table.mounts(below: "/home/a/my project") == ["/home/a/my project/data"])
        #expect(table.mounts(below: "/srv") == [])
    }
}
