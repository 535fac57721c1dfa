// What a review found. SPDX-License-Identifier: MIT

/// What a review found.
package struct Finding: Encodable, Equatable, Sendable {
    /// How grave a finding is.
    package enum Severity: String, Codable, Sendable {
        /// The text has to be revised.
        case major
        /// Worth knowing.
        case minor
    }

    /// Who found it.
    package enum Source: String, Codable, Sendable {
        case check, model
    }

    package var file: String
    /// The line, from 1; null if it is about the whole file.
    package var line: Int?
    package var severity: Severity
    /// The place, word by word; empty if it is about the whole file.
    package var quote: String
    package var message: String
    package var source: Source = .check

    package init(
        file: String,
        line: Int?,
        severity: Severity,
        quote: String,
        message: String,
        source: Source = .check
    ) {
        self.file = file
        self.line = line
        self.severity = severity
        self.quote = quote
        self.message = message
        self.source = source
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Keys.self)
        try container.encode(file, forKey: .file)
        try container.encode(line, forKey: .line)
        try container.encode(severity, forKey: .severity)
        try container.encode(quote, forKey: .quote)
        try container.encode(message, forKey: .message)
        try container.encode(source, forKey: .source)
    }

    private enum Keys: CodingKey {
        case file, line, severity, quote, message, source
    }
}
