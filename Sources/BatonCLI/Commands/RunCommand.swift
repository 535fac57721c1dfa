// `baton run`: runs a recipe.

import ArgumentParser
import BatonCore
import BatonEngine
import BatonModels
import BatonRecipes
import SystemPackage

struct RunCommand: BatonSubcommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run a recipe; each step that changes files becomes a commit",
        discussion: """
              $ baton run blog-post topic='Local-first software'
              $ baton run recipes/brief.yaml --model openai/gpt-4o-mini --json

            RECIPE is a file, or the name of one in .baton/recipes, in your own recipes or among those that came with
            Baton ('baton recipes' lists them). The exit status says how it went: 'baton help exit-statuses'.
            """
    )

    @Argument(help: ArgumentHelp("Recipe: a name or a file", valueName: "recipe"))
    var recipe: String

    @Argument(help: ArgumentHelp("Parameters of the recipe (can be repeated)", valueName: "key=value"))
    var arguments: [String] = []

    @Option(name: .long, help: ArgumentHelp("Model for all roles that the recipe gives none", valueName: "name"))
    var model: String?

    @Option(name: .long, help: "How steps are kept apart from your files")
    var view: ViewChoice = .auto

    @Flag(name: .long, help: "Write one JSON event a line to standard output")
    var json = false

    func execute(in context: CommandContext) async throws -> ExitReason {
        let project = try await context.openProject(view: view)
        var generator = SystemRandomNumberGenerator()
        let run = RunID.random(using: &generator)
        let plan = try context.plan(recipe, arguments: arguments, run: run, roles: RoleDirectory(project.plugins))
        let catalog = try context.modelCatalog()
        let presenter: any RunPresenting =
            json ? JSONRunPresenter(console: context.console) : TextRunPresenter(console: context.console)
        return try await catalog.closed {
            let setting = RunSetting(
                models: ChosenModel(catalog: catalog, choice: model), observer: presenter, stops: context.stops(),
                ask: context.ask
            )
            return try await presenter.presenting { try await project.run(plan, as: run, setting) }.reason
        }
    }
}

/// The model that the user chose, for all steps that name none.
private struct ChosenModel: ModelResolving {
    let catalog: ModelCatalog
    let choice: String?

    func model(named name: String?) async throws -> any ChatModel {
        try await catalog.resolve(name ?? choice)
    }
}

extension ViewChoice: ExpressibleByArgument {}

extension ModelCatalog {
    /// Runs `body`, then ends what the catalog has started, also if `body` throws.
    func closed<Result>(_ body: () async throws -> Result) async throws -> Result {
        do {
            let result = try await body()
            await shutdown()
            return result
        } catch {
            await shutdown()
            throw error
        }
    }
}
