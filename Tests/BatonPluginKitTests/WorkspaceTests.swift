// Files of a view, and what may not be reached from it.

import BatonPluginKit
import FoundationEssentials
import Testing

@Suite("Workspace")
struct WorkspaceTests {
    @Test("lists regular files that match, sorted, without .git and without links")
    func lists() throws {
        let folder = try TemporaryFolder([
            "b.md": "b", "a.md": "a", "notes/x.md": "x", "notes/deep/y.txt": "y", ".git/config": "c",
            "sub/.git/config": "c", ".hidden.md": "h",
        ])
        folder.link("link.md", to: "a.md")
        folder.link("loop", to: ".")

        #expect(folder.workspace.files(matching: [Glob("**/*.md")]) == [".hidden.md", "a.md", "b.md", "notes/x.md"])
        #expect(folder.workspace.files(matching: [Glob("**")]).contains("notes/deep/y.txt"))
        #expect(!folder.workspace.files(matching: [Glob("**")]).contains { $0.contains(".git") })
        #expect(folder.workspace.files(matching: []).isEmpty)
    }

    @Test("writes into folders that are not there yet, and reads back")
    func writes() throws {
        let folder = try TemporaryFolder()

        try folder.workspace.write("one\n", to: "new/deeper/file.md")
        try folder.workspace.write("2", to: "new/deeper/file.md")

        #expect(try folder.workspace.text(of: "new/deeper/file.md") == "2")
        #expect(folder.workspace.exists("new/deeper/file.md"))
        #expect(!folder.workspace.exists("new/other.md"))
    }

    @Test("refuses paths that lead out", arguments: ["../x", "/etc/passwd", "a/../../x", "", "a\u{0}b", ".."])
    func refuses(path: String) throws {
        let folder = try TemporaryFolder()

        #expect(throws: PluginError(.denied, "'\(path)' is not a path inside the workspace")) {
            try folder.workspace.write("x", to: path)
        }
        #expect(!folder.workspace.exists(path))
    }

    @Test("refuses links that lead out, for reading and for writing")
    func refusesLinks() throws {
        let outside = try TemporaryFolder(["secret.md": "secret"])
        let folder = try TemporaryFolder(["in.md": "in"])
        folder.link("out", to: outside.path)
        folder.link("secret.md", to: "\(outside.path)/secret.md")
        folder.link("nowhere.md", to: "\(outside.path)/new.md")
        folder.link("inside.md", to: "in.md")

        for path in ["out/secret.md", "secret.md"] {
            #expect(throws: PluginError(.denied, "'\(path)' leads out of the workspace")) {
                try folder.workspace.text(of: path)
            }
        }
        #expect(throws: PluginError.self) { try folder.workspace.write("x", to: "out/new.md") }
        #expect(throws: PluginError.self) { try folder.workspace.write("x", to: "out/sub/new.md") }
        #expect(throws: PluginError(.denied, "'nowhere.md' is a link that leads nowhere")) {
            try folder.workspace.write("x", to: "nowhere.md")
        }
        #expect(try folder.workspace.text(of: "inside.md") == "in")
        #expect(outside.workspace.files(matching: [Glob("**")]) == ["secret.md"])
    }

    @Test("reads up to the limit and not past it")
    func limit() throws {
        let folder = try TemporaryFolder(["a": "12345"])

        #expect(try folder.workspace.bytes(of: "a", limit: 5).count == 5)
        #expect(throws: PluginError(.tooLarge, "'a' is larger than 4 bytes")) {
            try folder.workspace.bytes(of: "a", limit: 4)
        }
    }

    @Test("a file that is no UTF-8 text has no text")
    func binary() throws {
        let folder = try TemporaryFolder()
        try folder.workspace.write([0xFF, 0xFE, 0x41], to: "utf16")
        try folder.workspace.write([0x41, 0x00], to: "nul")
        try folder.workspace.write([UInt8](), to: "empty")

        #expect(try folder.workspace.text(of: "utf16") == nil)
        #expect(try folder.workspace.text(of: "nul") == nil)
        #expect(try folder.workspace.text(of: "empty") == "")
    }

    @Test("says which path cannot be read and why")
    func errors() throws {
        let folder = try TemporaryFolder(["folder/a": "a"])

        #expect(throws: PluginError(.failed, "cannot read 'none.md': No such file or directory")) {
            try folder.workspace.text(of: "none.md")
        }
        #expect(throws: PluginError(.failed, "cannot read 'folder': not a regular file")) {
            try folder.workspace.text(of: "folder")
        }
    }
}
