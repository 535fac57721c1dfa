// What the terminal can do, decided once.

/// What the terminal can do: facts that are decided once and passed on as data.
package struct TerminalCapabilities: Hashable, Sendable {
    /// Whether standard output takes colour.
    package var colorsOutput: Bool
    /// Whether standard error takes colour.
    package var colorsErrors: Bool
    /// Whether a line on standard error can be rewritten.
    package var redraws: Bool
    /// Whether a person can be asked: standard input and standard error are terminals.
    package var prompts: Bool
    /// Whether standard output is a terminal, so that foreign text must not reach it raw.
    package var outputIsTerminal: Bool
    /// Columns; nil if nothing limits the width.
    package var width: Int?

    /// What `--color` asks for.
    package enum ColorChoice: String, CaseIterable, Sendable {
        case auto, always, never
    }

    /// What can be found out about the surroundings.
    package struct Facts: Sendable {
        package var inputIsTerminal = false
        package var outputIsTerminal = false
        package var errorsAreTerminal = false
        package var environment: [String: String] = [:]
        /// Columns as the terminal says; nil or 0 if it does not.
        package var width: Int?
        package var color = ColorChoice.auto

        package init(
            inputIsTerminal: Bool = false,
            outputIsTerminal: Bool = false,
            errorsAreTerminal: Bool = false,
            environment: [String: String] = [:],
            width: Int? = nil,
            color: ColorChoice = .auto
        ) {
            self.inputIsTerminal = inputIsTerminal
            self.outputIsTerminal = outputIsTerminal
            self.errorsAreTerminal = errorsAreTerminal
            self.environment = environment
            self.width = width
            self.color = color
        }
    }

    package init(_ facts: Facts) {
        let isDumb = facts.environment["TERM"] == "dumb"
        colorsOutput = Self.colors(facts, isTerminal: facts.outputIsTerminal && !isDumb)
        colorsErrors = Self.colors(facts, isTerminal: facts.errorsAreTerminal && !isDumb)
        redraws = facts.errorsAreTerminal && !isDumb
        prompts = facts.inputIsTerminal && facts.errorsAreTerminal
        outputIsTerminal = facts.outputIsTerminal
        width = Self.width(facts)
    }

    /// No colour, no redrawing, no width: what a pipe or a log gets.
    package static let plain = TerminalCapabilities(Facts())

    /// `--color` wins; then `NO_COLOR`, if it is there and not empty (no-color.org); then `CLICOLOR_FORCE`; then
    /// whether it is a terminal.
    private static func colors(_ facts: Facts, isTerminal: Bool) -> Bool {
        switch facts.color {
        case .always: return true
        case .never: return false
        case .auto: break
        }
        if facts.environment["NO_COLOR"]?.isEmpty == false { return false }
        if let force = facts.environment["CLICOLOR_FORCE"], !force.isEmpty, force != "0" { return true }
        return isTerminal
    }

    private static func width(_ facts: Facts) -> Int? {
        if let width = facts.width, width > 0 { return width }
        guard facts.outputIsTerminal || facts.errorsAreTerminal else { return nil }
        if let columns = facts.environment["COLUMNS"].flatMap({ Int($0) }), columns > 0 { return columns }
        return defaultWidth
    }

    /// Columns of a terminal that does not tell how many it has.
    private static let defaultWidth = 80
}
