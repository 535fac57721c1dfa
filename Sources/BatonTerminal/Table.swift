// Columns of text that line up.

/// A table for people: columns line up by display width, and one of them gives way when the terminal is narrow.
package struct Table: Sendable {
    package struct Column: Sendable {
        package var title: String
        package var alignment: Alignment
        /// Whether the column is cut when the table is too wide; the first such column is taken.
        package var isFlexible: Bool

        package init(_ title: String, _ alignment: Alignment = .left, isFlexible: Bool = false) {
            self.title = title
            self.alignment = alignment
            self.isFlexible = isFlexible
        }
    }

    package enum Alignment: Sendable { case left, right }

    private let columns: [Column]
    private var rows: [[StyledText]] = []

    package init(_ columns: [Column]) {
        self.columns = columns
    }

    /// Appends a row; missing cells are empty, cells too many are left out, line breaks become spaces.
    package mutating func add(_ cells: [StyledText]) {
        let row = cells.prefix(columns.count).map(\.onOneLine)
        rows.append(row + Array(repeating: StyledText(), count: columns.count - row.count))
    }

    /// The lines, headings first if any column has one, without line breaks; nothing if there are no rows.
    package func lines(width: Int? = nil) -> [StyledText] {
        guard !rows.isEmpty else { return [] }
        let titles = columns.map { StyledText($0.title, .heading) }
        let all = (columns.contains { !$0.title.isEmpty } ? [titles] : []) + rows
        let widths = columnWidths(all, available: width)
        return all.map { line($0, widths) }
    }

    private static let gap = 2
    /// A flexible column is never made narrower than this.
    private static let narrowest = 8

    private func columnWidths(_ rows: [[StyledText]], available: Int?) -> [Int] {
        var widths = columns.indices.map { column in rows.map { $0[column].displayWidth }.max() ?? 0 }
        let total = widths.reduce(0, +) + Self.gap * (columns.count - 1)
        if let available, total > available, let flexible = columns.firstIndex(where: \.isFlexible) {
            let least = min(Self.narrowest, widths[flexible])
            widths[flexible] = max(least, widths[flexible] - (total - available))
        }
        return widths
    }

    private func line(_ cells: [StyledText], _ widths: [Int]) -> StyledText {
        var line = StyledText()
        var blanks = 0
        for (index, column) in columns.enumerated() {
            let cell = cells[index].truncated(toWidth: widths[index])
            let padding = widths[index] - cell.displayWidth
            if column.alignment == .right { blanks += padding }
            // Blanks are written only once something follows them, so that no line ends with spaces.
            if !cell.isEmpty {
                line += "\(String(repeating: " ", count: blanks))\(cell)"
                blanks = 0
            }
            if column.alignment == .left { blanks += padding }
            blanks += Self.gap
        }
        return line
    }
}

extension StyledText {
    fileprivate var onOneLine: StyledText {
        parts.reduce(StyledText()) { $0 + StyledText(sanitizedLine($1.text), $1.role) }
    }
}
