// Finding recipes in folders, the recipes that come with Baton, and the documentation of problems.

import BatonCore
import BatonRecipes
import Foundation
import Testing

@Suite("Recipe library")
struct LibraryTests {
    @Test("lists recipes of all folders, the faulty ones too, and takes the first of two with the same name")
    func list() throws {
        try withFolder { folder in
            try write("recipe: b\nsummary: first\nsteps: [{run: ls}]", to: folder + "/one/b.yaml")
            try write("recipe: b\nsummary: second\nsteps: [{run: ls}]", to: folder + "/two/b.yml")
            try write(
                "recipe: a\nsummary: x\nparameters: {topic: string}\nsteps: [{run: ls}]", to: folder + "/two/a.yml")
            try write("recipe: c\n", to: folder + "/two/c.yaml")
            try write("nothing", to: folder + "/two/readme.md")
            try write("recipe: other\nsteps: [{run: ls}]", to: folder + "/two/d.yaml")
            let library = RecipeLibrary(folders: ["\(folder)/one", "\(folder)/two", "\(folder)/none"])

            let entries = library.list(roles: nil)

            #expect(entries.map(\.name) == ["a", "b", "c", "d"])
            #expect(library.names == ["a", "b", "c", "d"])
            #expect(entries.map { $0.recipe?.summary } == ["x", "first", nil, ""])
            #expect(entries[0].recipe?.parameters.map(\.name) == ["topic"])
            #expect(entries.map { $0.diagnostics.map(\.id) } == [[], [], ["missing-key"], ["name-mismatch"]])
            #expect(entries[1].source.name == "\(folder)/one/b.yaml")
        }
    }

    @Test("finds by name and by path, and suggests the nearest name")
    func find() throws {
        try withFolder { folder in
            try write("recipe: post\nsteps: [{run: ls}]", to: folder + "/post.yaml")
            let library = RecipeLibrary(folders: [folder])

            #expect(try library.load("post", roles: nil).recipe?.name == "post")
            #expect(try library.load("\(folder)/post.yaml", roles: nil).diagnostics == [])
            let missing = #expect(throws: BatonError.self) { try library.load("pots", roles: nil) }
            #expect(missing?.message == "no recipe 'pots'")
            #expect(missing?.hints.first == "Did you mean 'post'?")
            #expect(missing?.code == .notFound)
            let noFile = #expect(throws: BatonError.self) { try library.load("./x.yaml", roles: nil) }
            #expect(noFile?.message == "no recipe file './x.yaml'")
        }
    }

    @Test("says why a file cannot be read")
    func unreadable() throws {
        try withFolder { folder in
            try write("x", to: folder + "/folder.yaml/x")
            try write(Data([0x61, 0x0A, 0x62, 0xE4, 0x0A]), to: folder + "/latin.yaml")
            try write(Data(count: (1 << 20) + 1), to: folder + "/large.yaml")
            let entries = RecipeLibrary(folders: [folder]).list(roles: nil)

            #expect(
                entries.map { $0.diagnostics.map(\.message) } == [
                    ["the recipe's file is not a file"],
                    ["the recipe's file is larger than 1 MiB"],
                    ["the recipe's file is not text in UTF-8; the first other byte is in line 2"],
                ]
            )
        }
    }

    private func write(_ text: String, to path: String) throws { try write(Data(text.utf8), to: path) }

    private func write(_ bytes: Data, to path: String) throws {
        let url = URL(fileURLWithPath: path)
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try bytes.write(to: url)
    }

    private func withFolder(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("recipes-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }  // best effort: it is the temporary directory
        try body(folder.path)
    }
}

@Suite("Recipes that come with Baton")
struct ShippedRecipeTests {
    @Test("have no faults and can be run with what they ask for")
    func shipped() throws {
        let library = RecipeLibrary(folders: [projectFolder + "/recipes"])
        let entries = library.list(roles: roles)

        #expect(entries.count >= 4)
        for entry in entries {
            #expect(entry.diagnostics.map(\.message) == [], "\(entry.name)")
            let recipe = try #require(entry.recipe)
            #expect(!recipe.summary.isEmpty)
            let arguments = recipe.missingParameters(in: [:]).map { ($0.name, "owls") }
            #expect(bound(recipe, Dictionary(uniqueKeysWithValues: arguments)).messages == [], "\(entry.name)")
        }
    }

    @Test("every recipe in the recipe reference that is whole has no faults")
    func reference() throws {
        let text = try String(contentsOfFile: projectFolder + "/docs/recipes.md", encoding: .utf8)
        let blocks = text.split(separator: "```yaml\n").dropFirst().compactMap { $0.split(separator: "\n```").first }
        let recipes = blocks.filter { $0.hasPrefix("recipe:") || $0.contains("\nrecipe:") }

        #expect(recipes.count >= 2)
        for recipe in recipes { _ = try sound(String(recipe)) }
    }

    @Test("every kind of problem is in the recipe reference and has an explanation", arguments: RecipeProblem.allCases)
    func problems(_ problem: RecipeProblem) throws {
        let text = try String(contentsOfFile: projectFolder + "/docs/recipes.md", encoding: .utf8)

        #expect(text.contains("| `\(problem.rawValue)` |"))
        #expect(problem.explanation.text.hasSuffix("."))
        #expect(problem.explanation.wrong != problem.explanation.right)
    }

    private var projectFolder: String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().path
    }
}
