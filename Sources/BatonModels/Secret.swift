// A key that no message, description or log can show.

/// A credential.
///
/// Printing, interpolating, dumping or reflecting it shows `[secret]`; only ``reveal()`` gives the text.
package struct Secret: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let text: String

    /// Nil if `text` is empty or holds what cannot be sent: anything but visible ASCII.
    ///
    /// White space around it, such as the line break of a file, is dropped.
    package init?(_ text: String) {
        var rest = text[...]
        while rest.first?.isWhitespace == true { rest.removeFirst() }
        while rest.last?.isWhitespace == true { rest.removeLast() }
        guard !rest.isEmpty, rest.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
        self.text = String(rest)
    }

    /// The credential itself, for the one place that sends it.
    func reveal() -> String { text }

    /// `other` with each occurrence of the credential replaced: servers like to quote what they refuse.
    func redacted(from other: String) -> String {
        other.split(separator: text, omittingEmptySubsequences: false).joined(separator: description)
    }

    package var description: String { "[secret]" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
