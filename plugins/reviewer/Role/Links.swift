// Finds links in Markdown and tells where they lead. SPDX-License-Identifier: MIT

import BatonPluginKit
import BatonRoleText

/// Tells whether the links of a file lead somewhere in the workspace; links to elsewhere are not followed.
struct Links {
    let path: String
    let text: String
    let workspace: Workspace

    /// What is wrong with a link; nil if nothing is.
    func problem(with target: String) -> String? {
        guard !target.isEmpty else { return "the link has no target" }
        if target.contains("://") || target.hasPrefix("mailto:") || target.hasPrefix("tel:") { return nil }
        let parts = target.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
        let file = Self.decoded(String(parts[0]))
        let anchor = parts.count > 1 ? String(parts[1]) : ""
        guard let resolved = file.isEmpty ? path : resolve(file) else {
            return "the link leads out of the project"
        }
        guard workspace.exists(resolved) else { return "'\(resolved)' does not exist" }
        guard !anchor.isEmpty, resolved.lowercased().hasSuffix(".md") else { return nil }
        let other = resolved == path ? text : (try? workspace.text(of: resolved)).flatMap { $0 } ?? ""
        let anchors = Markdown(other).headings.map { Markdown.anchor(of: $0.text) }
        return anchors.contains(anchor.lowercased()) ? nil : "'\(resolved)' has no heading for '#\(anchor)'"
    }

    /// The targets of inline links and images in a line; code spans have none.
    static func targets(in line: String) -> [String] {
        var targets: [String] = []
        var rest = withoutCode(line)[...]
        while let bracket = rest.firstIndex(of: "]") {
            rest = rest[rest.index(after: bracket)...]
            guard rest.first == "(", let close = rest.firstIndex(of: ")") else { continue }
            let inside = rest[rest.index(after: rest.startIndex)..<close]
            let target = inside.split(separator: " ", maxSplits: 1).first ?? ""
            targets.append(
                target.hasPrefix("<") && target.hasSuffix(">") ? String(target.dropFirst().dropLast()) : String(target)
            )
            rest = rest[close...]
        }
        return targets
    }

    /// The path in the workspace that a relative link of this file means; nil if it leads out.
    private func resolve(_ target: String) -> String? {
        var parts = target.hasPrefix("/") ? [] : path.split(separator: "/").dropLast().map(String.init)
        for part in target.split(separator: "/") where part != "." {
            if part == ".." {
                guard parts.popLast() != nil else { return nil }
            } else {
                parts.append(String(part))
            }
        }
        return parts.isEmpty ? "." : parts.joined(separator: "/")
    }

    private static func withoutCode(_ line: String) -> String {
        var inCode = false
        return String(
            line.filter { character in
                if character == "`" { inCode.toggle() }
                return !inCode
            }
        )
    }

    /// `%20` and the like as the bytes they stand for.
    private static func decoded(_ text: String) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            let digits = String(decoding: rest.prefix(2), as: UTF8.self)
            if byte == UInt8(ascii: "%"), digits.utf8.count == 2, let value = UInt8(digits, radix: 16) {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
