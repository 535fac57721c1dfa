// `baton recipe`: looks at recipes without running them.

import ArgumentParser
import BatonCore
import BatonEngine
import BatonRecipes
import BatonTerminal
import BatonWorkers

struct RecipeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recipe",
        abstract: "Check and list recipes",
        subcommands: [RecipeCheckCommand.self, RecipeListCommand.self]
    )
}

struct RecipeCheckCommand: BatonSubcommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Find everything that is wrong with recipes, without running them",
        discussion: """
              $ baton recipe check recipes/brief.yaml
            """
    )

    @Argument(help: ArgumentHelp("Recipes: names or files", valueName: "file"))
    var files: [String]

    func execute(in context: CommandContext) async throws -> ExitReason {
        let roles = RoleDirectory(PluginCatalog(searching: context.places.pluginFolders))
        var isFine = true
        for file in files {
            let entry = try context.recipes.load(context.located(file), roles: roles)
            context.console.report(entry.diagnostics, in: entry.source)
            if let recipe = entry.recipe {
                context.console.data(
                    "\(entry.source.name): '\(recipe.name)' is fine, \(Format.count(recipe.steps.count, "step"))")
            } else {
                isFine = false
            }
        }
        return isFine ? .done : .usage
    }
}

struct RecipeListCommand: BatonSubcommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the recipes that can be run here",
        discussion: """
              $ baton recipe list
            """
    )

    @Flag(name: .long, help: "Write one JSON object a recipe to standard output")
    var json = false

    func execute(in context: CommandContext) async throws -> ExitReason {
        context.listRecipes(json: json)
        return .done
    }
}

struct RecipesCommand: BatonSubcommand {
    static let configuration = CommandConfiguration(
        commandName: "recipes",
        abstract: "List the recipes that can be run here",
        discussion: """
              $ baton recipes
            """
    )

    @Flag(name: .long, help: "Write one JSON object a recipe to standard output")
    var json = false

    func execute(in context: CommandContext) async throws -> ExitReason {
        context.listRecipes(json: json)
        return .done
    }
}

extension CommandContext {
    fileprivate func listRecipes(json: Bool) {
        let roles = RoleDirectory(PluginCatalog(searching: places.pluginFolders))
        for entry in recipes.list(roles: roles) {
            if json {
                console.document(JSONText.line(entry.document) + "\n")
            } else if let recipe = entry.recipe {
                console.data("\(recipe.name, .id)  \(recipe.summary)")
                for parameter in recipe.parameters { console.data("    \(parameter.line)") }
            } else {
                console.data("\(entry.name, .id)  \("cannot be used", .error): \(entry.source.name)")
                console.note("    \(entry.diagnostics.first?.message ?? "")")
            }
        }
    }
}

extension RecipeLibrary.Entry {
    fileprivate var document: JSONValue {
        [
            "schema": "baton.recipe/1",
            "name": .string(name),
            "file": .string(source.name),
            "valid": .bool(recipe != nil),
            "summary": recipe.map { .string($0.summary) } ?? .null,
            "parameters": .array(
                (recipe?.parameters ?? []).map { parameter in
                    [
                        "name": .string(parameter.name),
                        "type": .string(parameter.type.name),
                        "required": .bool(parameter.defaultValue == nil),
                        "ask": parameter.ask.map(JSONValue.string) ?? .null,
                    ]
                }),
        ]
    }
}

extension Parameter {
    /// The parameter as `words=…  integer, optional  How long?`.
    fileprivate var line: String {
        let need = defaultValue == nil ? "required" : "optional"
        return "\(name)=…  \(type.name), \(need)" + (ask.map { "  \($0)" } ?? "")
    }
}
