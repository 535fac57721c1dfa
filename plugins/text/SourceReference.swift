// A place in a file, as notes and posts cite it. SPDX-License-Identifier: MIT

/// A place in a file: `notes/sync.md:14`.
package struct SourceReference: Hashable, Sendable, CustomStringConvertible {
    package var path: String
    /// The number of the line, from 1.
    package var line: Int

    package init(path: String, line: Int) {
        self.path = path
        self.line = line
    }

    /// Reads `path:line`; nil for anything else.
    package init?(_ text: some StringProtocol) {
        guard let colon = text.lastIndex(of: ":"), colon != text.startIndex,
            let line = Int(text[text.index(after: colon)...]), line >= 1
        else { return nil }
        self.init(path: String(text[..<colon]), line: line)
    }

    package var description: String { "\(path):\(line)" }
}
