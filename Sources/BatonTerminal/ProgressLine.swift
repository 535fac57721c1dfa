// One line that tells what is going on.

/// The state of a progress line: told the time and the news, it returns what to write.
///
/// On a terminal the line is rewritten, not before ``initialDelay`` has passed and at most every ``redrawInterval``.
/// Elsewhere each change of state is a line of its own.
package struct ProgressLine: Sendable {
    /// Nothing is shown for work that takes less than this.
    package static let initialDelay = Duration.milliseconds(250)
    /// 10 Hz: often enough to look alive, seldom enough to cost nothing.
    package static let redrawInterval = Duration.milliseconds(100)

    private let capabilities: TerminalCapabilities
    private var lastDrawn: (text: String, at: Duration)?
    private var isVisible = false

    package init(capabilities: TerminalCapabilities) {
        self.capabilities = capabilities
    }

    /// Takes the present state.
    ///
    /// - Parameters:
    ///   - text: The state, fit for a line that is rewritten many times.
    ///   - log: The state where lines stay: without what changes all the time. Nil: the same as `text`.
    ///   - elapsed: Time since the work began.
    /// - Returns: The text to write, or nil if nothing is to be written now.
    package mutating func update(_ text: String, log: String? = nil, at elapsed: Duration) -> String? {
        let text = sanitizedLine(capabilities.redraws ? text : log ?? text)
        guard text != lastDrawn?.text else { return nil }
        guard capabilities.redraws else {
            lastDrawn = (text, elapsed)
            return text + "\n"
        }
        guard elapsed >= Self.initialDelay else { return nil }
        if let lastDrawn, elapsed - lastDrawn.at < Self.redrawInterval { return nil }
        lastDrawn = (text, elapsed)
        isVisible = true
        return Self.erase + text.truncated(toWidth: max(1, (capabilities.width ?? 80) - 1))
    }

    /// The text that takes the line away, before anything else is written; nil if there is none.
    package mutating func clear() -> String? {
        guard isVisible else { return nil }
        isVisible = false
        lastDrawn = lastDrawn.map { ("", $0.at) }
        return Self.erase
    }

    /// The text that ends the line: `text` for good, however short the work was; nil if that was written already.
    package mutating func finish(_ text: String) -> String? {
        let text = sanitizedLine(text)
        let erased = clear() ?? ""
        if !capabilities.redraws, text == lastDrawn?.text { return nil }
        lastDrawn = nil
        return erased + text + "\n"
    }

    /// Back to the first column, and the line emptied (ECMA-48, 8.3.41).
    private static let erase = "\r\u{1B}[2K"
}

/// The parts of a progress line, of which the least important ones go first when the line is too long.
package struct ProgressFields: Sendable {
    private var fields: [(text: String, importance: Int)] = []

    package init() {}

    /// Appends `text`, if there is any; a field of lower importance is left out earlier.
    package mutating func add(_ text: String?, importance: Int) {
        if let text, !text.isEmpty { fields.append((text, importance)) }
    }

    /// The fields with ` · ` between them, as many as fit into `width` columns, at least one.
    package func text(width: Int?) -> String {
        var kept = fields
        while kept.count > 1, let width, joined(kept).displayWidth > width {
            let least = kept.indices.min { kept[$0].importance < kept[$1].importance }
            kept.remove(at: least ?? 0)
        }
        return joined(kept)
    }

    private func joined(_ fields: [(text: String, importance: Int)]) -> String {
        fields.map(\.text).joined(separator: " · ")
    }
}
