// What can stand where the cursor is.

import BatonCLI
import BatonCore
import BatonEngine
import BatonRecipes
import BatonWorkers
import Dispatch
import Synchronization

/// Finds candidates for the word that a person is typing.
struct Completion {
    let context: CommandContext

    /// The candidates that replace the word beginning at `start`, counted in bytes.
    func candidates(in line: String, from start: Int) -> [String] {
        let before = String(decoding: line.utf8.prefix(start), as: UTF8.self)
        let word = String(decoding: line.utf8.dropFirst(start), as: UTF8.self)
        return possible(after: before.split(separator: " ").map(String.init)).filter { $0.hasPrefix(word) }.sorted()
    }

    private func possible(after words: [String]) -> [String] {
        guard let command = words.first else { return SlashCommand.all.map { "/\($0.name)" } }
        switch (command, words.count) {
        case ("/run", 1): return context.recipes.names
        case ("/run", _): return parameters(of: words[1], given: words.dropFirst(2))
        case ("/help", 1): return SlashCommand.all.map(\.name)
        case ("/recipe", 1): return ["check", "list"]
        case ("/recipe", 2) where words[1] == "check": return context.recipes.names
        case ("/plugin", 1): return ["list"]
        case ("/model", 1): return ["list", "install"]
        case ("/revert", _), ("/restore", 1): return latestSteps()
        case ("/op", 1): return ["log", "show"]
        default: return []
        }
    }

    /// The steps of the latest run that can be taken back.
    ///
    /// readline waits for the answer, so this does too: for as long as a person would, and no longer.
    private func latestSteps() -> [String] {
        let steps = Mutex<[String]>([])
        let done = DispatchSemaphore(value: 0)
        // Ends by itself: it reads a bounded part of the journal and of git.
        Task.detached { [context] in
            defer { done.signal() }
            guard let run = try? await context.latestRun() else { return }
            let ids = run.steps.filter { $0.state == .landed }.map(\.name.path)
            steps.withLock { $0 = ids }
        }
        _ = done.wait(timeout: .now() + .milliseconds(Self.patienceMilliseconds))
        return steps.withLock { $0 }
    }

    private static let patienceMilliseconds = 300

    private func parameters(of recipe: String, given: ArraySlice<String>) -> [String] {
        let roles = RoleDirectory(PluginCatalog(searching: context.places.pluginFolders))
        guard let recipe = try? context.recipes.load(recipe, roles: roles).recipe else {
            return ["--model", "--view", "--json"]
        }
        let taken = Set(given.compactMap { $0.split(separator: "=").first.map(String.init) })
        return recipe.parameters.filter { !taken.contains($0.name) }.flatMap { parameter -> [String] in
            if case .choice(let options) = parameter.type { return options.map { "\(parameter.name)=\($0)" } }
            if case .boolean = parameter.type { return ["\(parameter.name)=true", "\(parameter.name)=false"] }
            return ["\(parameter.name)="]
        } + ["--model"]
    }
}
