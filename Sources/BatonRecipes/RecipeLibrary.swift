// Finds recipes by name and lists them.

package import BatonCore
import Foundation

/// The recipes in some folders.
///
/// A recipe's file is called after it: `blog-post.yaml` or `blog-post.yml`. Of two with the same name the one in the
/// earlier folder counts.
package struct RecipeLibrary: Sendable {
    /// Folders that do not exist are allowed.
    package let folders: [String]

    package init(folders: [String]) {
        self.folders = folders
    }

    /// A recipe with what is wrong with it.
    package struct Entry: Sendable {
        /// What `baton run` takes.
        package var name: String
        /// The file; its text is empty if it cannot be read.
        package var source: SourceFile
        /// Nil if a diagnostic is an error.
        package var recipe: Recipe?
        package var diagnostics: [Diagnostic]
    }

    /// All recipes, also those with errors, sorted by name.
    package func list(roles: RoleDirectory?) -> [Entry] {
        files().map { load($0.path, name: $0.name, roles: roles) }
    }

    /// The names of all recipes, without reading them; for completion.
    package var names: [String] { files().map(\.name) }

    /// Reads the recipe that `argument` names: a name, or a path if it has a `/` or ends with `.yaml` or `.yml`.
    ///
    /// - Throws: ``BatonError`` with `notFound`. A file with faults is not an error: see ``Entry/diagnostics``.
    package func load(_ argument: String, roles: RoleDirectory?) throws(BatonError) -> Entry {
        if argument.contains("/") || Self.name(ofFile: argument) != nil {
            guard FileManager.default.fileExists(atPath: argument) else {
                throw BatonError(.notFound, "no recipe file '\(argument)'")
            }
            return load(argument, name: argument, roles: roles)
        }
        let files = files()
        guard let file = files.first(where: { $0.name == argument }) else {
            throw notFound(argument, among: files.map(\.name))
        }
        return load(file.path, name: file.name, roles: roles)
    }

    private func notFound(_ name: String, among known: [String]) -> BatonError {
        var hints = nearestName(to: name, among: known).map { ["Did you mean '\($0)'?"] } ?? []
        if known.isEmpty {
            hints.append("There are no recipes in \(folders.map { "'\($0)'" }.joined(separator: ", ")).")
        } else {
            hints.append("See all recipes with 'baton recipe list'.")
        }
        return BatonError(.notFound, "no recipe '\(name)'", hints: hints)
    }

    private func files() -> [(name: String, path: String)] {
        var files: [String: String] = [:]
        for folder in folders {
            // A folder that cannot be read has no recipes.
            let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
            for file in names.sorted() {
                guard let name = Self.name(ofFile: file), files[name] == nil else { continue }
                files[name] = folder.hasSuffix("/") ? folder + file : "\(folder)/\(file)"
            }
        }
        return files.sorted { $0.key < $1.key }.map { (name: $0.key, path: $0.value) }
    }

    /// `blog-post` for `blog-post.yaml`; nil for a file that is no recipe.
    private static func name(ofFile file: String) -> String? {
        guard !file.hasPrefix("."), let ending = [".yaml", ".yml"].first(where: file.hasSuffix) else { return nil }
        return String(file.dropLast(ending.count))
    }

    private func load(_ path: String, name: String, roles: RoleDirectory?) -> Entry {
        var entry = Entry(name: name, source: SourceFile(name: path, text: ""), recipe: nil, diagnostics: [])
        switch RecipeFile.read(path) {
        case .failure(let failure): entry.diagnostics = [failure.diagnostic]
        case .success(let text):
            entry.source.text = text
            (entry.recipe, entry.diagnostics) = Recipe.load(entry.source, roles: roles)
            checkName(&entry)
        }
        return entry
    }

    /// Warns if a recipe would be found under another name than its own.
    private func checkName(_ entry: inout Entry) {
        guard let recipe = entry.recipe, recipe.name != entry.name, !entry.name.contains(".") else { return }
        entry.diagnostics.append(
            Diagnostic(
                id: RecipeProblem.nameMismatch.rawValue,
                severity: .warning,
                message: "recipe '\(recipe.name)' is in a file for '\(entry.name)', and is found under that name only",
                span: nil,
                hints: ["Rename the file to '\(recipe.name).yaml'."]
            )
        )
    }
}
