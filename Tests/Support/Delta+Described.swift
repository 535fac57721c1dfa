// Changes as lines that tests can write out.

package import BatonCore
import Foundation
import SystemPackage

extension Delta {
    /// Each change as a line, sorted.
    package var described: [String] {
        changes.map { change in
            switch change.kind {
            case .removed: "removed \(change.path)"
            case .file(let content, let executable):
                "\(executable ? "executable" : "file") \(change.path) "
                    + String(decoding: FileManager.default.contents(atPath: content.string) ?? Data(), as: UTF8.self)
            case .symlink(let target): "link \(change.path) \(target)"
            }
        }.sorted()
    }
}
