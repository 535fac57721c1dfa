// Which paths a recipe may name.

import BatonCore

/// The rule for paths and patterns in recipes: inside the working directory, outside of git's own files.
enum PathRule {
    enum Kind {
        /// One file.
        case file
        /// A ``Glob``.
        case pattern
    }

    /// Why `path` is refused, as a phrase that follows "path '…' "; nil if it is fine.
    static func objection(to path: String, _ kind: Kind) -> String? {
        if path.isEmpty { return "is empty" }
        if path.utf8.count > lengthMax { return "is over \(lengthMax) bytes" }
        if path.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) {
            return "holds a control character or line break"
        }
        if path.hasPrefix("/") || path.hasPrefix("~/") { return "must be relative to the working directory" }
        if kind == .file, path.hasPrefix("-") { return "begins with '-', which commands take for an option" }
        var components = path.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        if components.last?.isEmpty == true, kind == .pattern { components.removeLast() }
        for component in components {
            switch component {
            case "..": return "must not hold '..'"
            case ".": return "must not hold '.' as a part"
            case "": return kind == .file && path.hasSuffix("/") ? "must name a file, not a folder" : "holds '//'"
            case _ where component.lowercased() == ".git": return "must not lie in '.git'"
            default: break
            }
        }
        return nil
    }

    static let hint = "Paths are relative to the working directory and stay inside it, such as 'posts/owls.md'."

    /// Linux's PATH_MAX, which is 4096 with its final zero.
    private static let lengthMax = 4095
}
