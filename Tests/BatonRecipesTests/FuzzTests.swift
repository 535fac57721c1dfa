// Recipes that were damaged at random.

import BatonCore
import BatonRecipes
import BatonTerminal
import Testing

@Suite("Damaged recipes")
struct FuzzTests {
    /// Each round makes a few random changes to a sound recipe; the seed is in the test's name, so a failure repeats.
    @Test("give a recipe or at least one diagnostic, and never stop the program", arguments: [1, 2, 3, 4] as [UInt64])
    func mutations(seed: UInt64) {
        var random = SplitMix(state: seed)
        for _ in 0..<100 {
            let text = damaged(BindingTests.text + "\n" + Self.templates, &random)
            let file = SourceFile(name: "a.yaml", text: text)
            let (recipe, diagnostics) = Recipe.load(file, roles: roles)

            let hasErrors = diagnostics.contains { $0.severity == .error }
            #expect((recipe == nil) == hasErrors, "seed \(seed):\n\(text)")
            #expect(diagnostics.compactMap(\.span).sorted() == diagnostics.compactMap(\.span))
            #expect(diagnostics.allSatisfy { isInside($0.span, file) }, "seed \(seed):\n\(text)")
            #expect(!StyledText.diagnostics(diagnostics, in: file, width: 60).plain.contains("\u{1B}"))
            if let recipe {
                let arguments = recipe.missingParameters(in: [:]).map { ($0.name, "1") }
                let (plan, faults) = recipe.bind(
                    Dictionary(arguments, uniquingKeysWith: { first, _ in first }),
                    in: bindingContext
                )
                #expect((plan == nil) != faults.isEmpty, "seed \(seed):\n\(text)")
            }
        }
    }

    /// Templates alone: random words and signs between delimiters, where Stencil by itself stops the process.
    @Test("templates of random signs never stop the program", arguments: [5, 6] as [UInt64])
    func templates(seed: UInt64) {
        var random = SplitMix(state: seed)
        let words = [
            "{{", "}}", "{%", "%}", "{#", "#}", "|", ":", ",", ".", " ", "\n", "'", "\\\"", "topic", "words", "if",
            "else", "endif", "for", "x", "in", "endfor", "empty", "split", "default", "join", "indent", "slug", "not",
            "and", "==", "<", "5", "-", "(", ")", "[", "]", "...", "forloop.first", "true", "é",
        ]
        for _ in 0..<400 {
            let count = Int.random(in: 1...12, using: &random)
            let template = (0..<count).map { _ in words.randomElement(using: &random) ?? "" }.joined()
            let text = "recipe: a\nparameters: {topic: string, words: integer}\nsteps: [{run: \"\(template)\"}]"
            let file = SourceFile(name: "a.yaml", text: text)
            let (recipe, diagnostics) = Recipe.load(file, roles: nil)

            #expect((recipe == nil) == diagnostics.contains { $0.severity == .error }, "seed \(seed):\n\(text)")
            _ = recipe?.bind(["topic": "", "words": "3"], in: bindingContext)
            _ = recipe?.bind(["topic": "a b", "words": "3"], in: bindingContext)
        }
    }

    static let templates = """
          - role: writer
            goal: >
              {% if deep %}{{ topic|default:"x"|uppercase }}{% else %}b{% endif %}
              {% for x in topic|split:" " %}{{ x }} {{ forloop.counter }}{% endfor %}
            settings: {words: &n 5, tone: *n}
        """

    private func damaged(_ text: String, _ random: inout SplitMix) -> String {
        var scalars = Array(text.unicodeScalars)
        let signs = Array("{}[]:,'\"|>-?&*!%@#\t\n \u{0}\u{1B}\u{85}\u{2028}é日🦉{%\\abc0159./".unicodeScalars)
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            guard !scalars.isEmpty else { break }
            let place = Int.random(in: 0..<scalars.count, using: &random)
            let end = min(scalars.count, place + Int.random(in: 1...12, using: &random))
            switch Int.random(in: 0..<5, using: &random) {
            case 0: scalars.removeSubrange(place..<end)
            case 1: scalars[place] = signs.randomElement(using: &random) ?? "x"
            case 2: scalars.insert(signs.randomElement(using: &random) ?? "x", at: place)
            case 3: scalars.insert(contentsOf: scalars[place..<end], at: Int.random(in: 0...place, using: &random))
            default: scalars.swapAt(place, Int.random(in: 0..<scalars.count, using: &random))
            }
        }
        return String(String.UnicodeScalarView(scalars))
    }

    private func isInside(_ span: SourceSpan?, _ file: SourceFile) -> Bool {
        guard let span else { return false }
        return span.column >= 1 && span.length >= 0 && file.line(span.line) != nil
    }
}

/// A small generator that gives the same numbers for the same seed.
///
/// Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
