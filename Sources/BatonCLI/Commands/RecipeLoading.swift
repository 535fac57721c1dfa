// From a recipe's name and the words behind it to a plan.

import BatonCore
import BatonRecipes
import BatonTerminal
import Foundation
import SystemPackage

extension CommandContext {
    /// Reads a recipe and fills in its parameters.
    ///
    /// Warnings are shown.
    ///
    /// - Throws: ``RecipeFault`` with all that is wrong, before anything runs.
    func plan(_ name: String, arguments words: [String], run: RunID, roles: RoleDirectory) throws -> Plan {
        let entry = try recipes.load(located(name), roles: roles)
        guard let recipe = entry.recipe else { throw RecipeFault(diagnostics: entry.diagnostics, source: entry.source) }
        let (arguments, wordFaults) = Recipe.arguments(from: words)
        guard wordFaults.isEmpty else { throw RecipeFault(diagnostics: wordFaults, source: entry.source) }
        let binding = BindingContext(runID: run.description, today: Self.today)
        let (plan, faults) = recipe.bind(arguments, in: binding)
        guard let plan else { throw RecipeFault(diagnostics: faults, source: entry.source) }
        console.report(entry.diagnostics + faults, in: entry.source)
        return plan
    }

    /// A path as the user meant it, from where the user stands.
    func located(_ name: String) -> String {
        let isPath = name.contains("/") || name.hasSuffix(".yaml") || name.hasSuffix(".yml")
        guard isPath, !name.hasPrefix("/") else { return name }
        return workingDirectory.appending(name).string
    }

    /// The day, as `2026-01-31`, where the user is.
    private static var today: String {
        Date.now.formatted(Date.ISO8601FormatStyle(timeZone: .current).year().month().day())
    }
}
