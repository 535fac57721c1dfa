// What the tests of recipes share.

import BatonCore
import BatonRecipes
import BatonTerminal
import Testing

/// The roles that Baton ships, as far as recipes see them.
let roles = RoleDirectory([
    .init(name: "researcher", kind: "researcher", permissions: ["fs.read", "fs.write", "model.call"]),
    .init(
        name: "writer",
        kind: "writer",
        permissions: ["fs.read", "fs.write", "model.call"],
        settings: ["words", "tone"]
    ),
    .init(name: "reviewer", kind: "reviewer", permissions: ["fs.read", "model.call"], settings: []),
    .init(
        name: "coder",
        kind: "coder",
        permissions: ["fs.read", "fs.write", "exec", "model.call"],
        settings: ["files", "check"]
    ),
])

let bindingContext = BindingContext(runID: "0123abcd", today: "2026-01-31")

/// A recipe with a fault, and all that is said about it.
struct WrongRecipe: Sendable, CustomTestStringConvertible {
    let name: String
    let recipe: String
    let expected: String

    init(_ name: String, _ recipe: String, _ expected: String) {
        self.name = name
        self.recipe = recipe
        self.expected = expected
    }

    var testDescription: String { name }
}

/// The diagnostics of `recipe` as a person sees them.
func rendered(_ recipe: String) -> String {
    let file = SourceFile(name: "r.yaml", text: recipe)
    let diagnostics = Recipe.load(file, roles: roles).1
    return StyledText.diagnostics(diagnostics, in: file).plain
}

/// The recipe in `text`, which must have no faults.
func sound(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) throws -> Recipe {
    let file = SourceFile(name: "r.yaml", text: text)
    let (recipe, diagnostics) = Recipe.load(file, roles: roles)
    #expect(StyledText.diagnostics(diagnostics, in: file).plain == "", sourceLocation: sourceLocation)
    return try #require(recipe, sourceLocation: sourceLocation)
}

/// What `recipe` becomes with `arguments`, or the messages that say why it cannot.
func bound(_ recipe: Recipe, _ arguments: [String: String]) -> (plan: Plan?, messages: [String]) {
    let (plan, diagnostics) = recipe.bind(arguments, in: bindingContext)
    return (plan, diagnostics.map { "\($0.id): \($0.message)" })
}
