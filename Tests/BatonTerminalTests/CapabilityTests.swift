// What the terminal can do, from what is known about it.

import BatonTerminal
import Testing

@Suite("Terminal capabilities")
struct CapabilityTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var choice: TerminalCapabilities.ColorChoice = .auto
        var isTerminal = true
        var environment: [String: String] = [:]
        var expected: Bool

        var testDescription: String { "\(choice), terminal: \(isTerminal), \(environment)" }
    }

    @Test(
        "colour: the option, then NO_COLOR, then CLICOLOR_FORCE, then the terminal",
        arguments: [
            Case(expected: true),
            Case(isTerminal: false, expected: false),
            Case(environment: ["TERM": "dumb"], expected: false),
            Case(environment: ["TERM": "xterm-256color"], expected: true),
            Case(environment: ["NO_COLOR": "0"], expected: false),
            Case(environment: ["NO_COLOR": ""], expected: true),
            Case(environment: ["NO_COLOR": "1", "CLICOLOR_FORCE": "1"], expected: false),
            Case(isTerminal: false, environment: ["CLICOLOR_FORCE": "1"], expected: true),
            Case(isTerminal: false, environment: ["CLICOLOR_FORCE": "0"], expected: false),
            Case(isTerminal: false, environment: ["CLICOLOR_FORCE": ""], expected: false),
            Case(choice: .always, isTerminal: false, environment: ["NO_COLOR": "1", "TERM": "dumb"], expected: true),
            Case(choice: .never, environment: ["CLICOLOR_FORCE": "1"], expected: false),
        ]
    )
    func colour(_ test: Case) {
        let facts = TerminalCapabilities.Facts(
            outputIsTerminal: test.isTerminal,
            errorsAreTerminal: test.isTerminal,
            environment: test.environment,
            color: test.choice
        )
        let capabilities = TerminalCapabilities(facts)

        #expect(capabilities.colorsOutput == test.expected)
        #expect(capabilities.colorsErrors == test.expected)
    }

    @Test("each stream for itself")
    func streams() {
        let capabilities = TerminalCapabilities(
            .init(inputIsTerminal: true, outputIsTerminal: false, errorsAreTerminal: true))

        #expect(!capabilities.colorsOutput)
        #expect(capabilities.colorsErrors)
        #expect(capabilities.redraws)
        #expect(capabilities.prompts)
        #expect(!TerminalCapabilities(.init(outputIsTerminal: true, errorsAreTerminal: true)).prompts)
    }

    @Test("colour that is forced does not make lines rewritable")
    func redraw() {
        #expect(!TerminalCapabilities(.init(color: .always)).redraws)
        #expect(!TerminalCapabilities(.init(errorsAreTerminal: true, environment: ["TERM": "dumb"])).redraws)
    }

    @Test("width: the terminal's, then COLUMNS, then 80; none in a pipe")
    func width() {
        func width(_ width: Int?, _ columns: String?, isTerminal: Bool = true) -> Int? {
            let environment = columns.map { ["COLUMNS": $0] } ?? [:]
            return TerminalCapabilities(.init(errorsAreTerminal: isTerminal, environment: environment, width: width))
                .width
        }

        #expect(width(132, "90") == 132)
        #expect(width(nil, "90") == 90)
        #expect(width(0, "90") == 90)
        #expect(width(nil, "wide") == 80)
        #expect(width(nil, "-5") == 80)
        #expect(width(nil, nil) == 80)
        #expect(width(nil, "90", isTerminal: false) == nil)
    }
}
