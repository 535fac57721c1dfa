// Collects what is wrong with a recipe.

import BatonCore

/// Collects diagnostics while a recipe is read; reading goes on after each.
final class Problems {
    private var diagnostics: [Diagnostic] = []
    /// More than anybody reads; keeps a hostile file from filling the memory.
    private static let countMax = 1000

    func add(_ diagnostic: Diagnostic) {
        if diagnostics.count < Self.countMax { diagnostics.append(diagnostic) }
    }

    func add(
        _ problem: RecipeProblem,
        severity: Diagnostic.Severity = .error,
        _ message: String,
        at span: SourceSpan?,
        label: String? = nil,
        hints: [String] = []
    ) {
        let id = problem.rawValue
        add(Diagnostic(id: id, severity: severity, message: message, span: span, label: label, hints: hints))
    }

    var hasErrors: Bool { diagnostics.contains { $0.severity == .error } }

    /// All of them, in the order of the file; those without a place first.
    var sorted: [Diagnostic] {
        diagnostics.enumerated().sorted { left, right in
            guard left.element.span != right.element.span else { return left.offset < right.offset }
            guard let leftSpan = left.element.span else { return true }
            guard let rightSpan = right.element.span else { return false }
            return leftSpan < rightSpan
        }.map(\.element)
    }
}

/// The hints for a name that does not exist: the nearest one, and all that do.
func nameHints(_ name: String, among known: [String], calling kind: String) -> [String] {
    var hints: [String] = []
    if let near = nearestName(to: name, among: known) { hints.append("Did you mean '\(near)'?") }
    if known.isEmpty {
        hints.append("There are no \(kind).")
    } else if known.count == 1 {
        hints.append("There is only '\(known[0])'.")
    } else {
        let shown = known.prefix(20).map { "'\($0)'" }.joined(separator: ", ")
        let more = known.count > 20 ? " and \(known.count - 20) more" : ""
        hints.append("The \(kind) are \(shown)\(more).")
    }
    return hints
}
