// A folder for one test.

import Foundation
package import SystemPackage

/// A folder that is removed when the last reference to it goes.
package final class TemporaryFolder: Sendable {
    package let path: FilePath

    /// Makes a folder in `folder`; nil: where temporary files go.
    package init(_ name: String = "baton-test", in folder: FilePath? = nil) throws {
        let template = (folder ?? FilePath(NSTemporaryDirectory())).appending("\(name).\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(atPath: template.string, withIntermediateDirectories: true)
        // Links resolved, as programs see it.
        path = FilePath(URL(filePath: template.string).resolvingSymlinksInPath().path(percentEncoded: false))
    }

    deinit { try? FileManager.default.removeItem(atPath: path.string) }

    package func write(_ text: String, to file: String) throws {
        let target = path.appending(file)
        try FileManager.default.createDirectory(
            atPath: target.removingLastComponent().string, withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(filePath: target.string))
    }

    /// The text of a file; nil if there is none.
    package func read(_ file: String) -> String? {
        FileManager.default.contents(atPath: path.appending(file).string).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Every file below the folder with its content, links not followed, without `.git`.
    package func snapshot() -> [String: String] {
        var result: [String: String] = [:]
        for name in (try? FileManager.default.subpathsOfDirectory(atPath: path.string)) ?? [] {
            guard !name.hasPrefix(".git/"), name != ".git", let text = read(name) else { continue }
            result[name] = text
        }
        return result
    }
}

/// True if something stands at an absolute path.
package func exists(_ path: String) -> Bool {
    FileManager.default.fileExists(atPath: path)
}
