// Fills a recipe's parameters in.

package import BatonCore

extension Recipe {
    /// Fills in all templates.
    ///
    /// - Parameters:
    ///   - arguments: Texts by parameter name, as the user typed them; see ``arguments(from:)``.
    ///   - context: What templates can use besides.
    /// - Returns: The plan, or diagnostics that say why there is none. Those that have a place point into ``source``.
    package func bind(_ arguments: [String: String], in context: BindingContext) -> (Plan?, [Diagnostic]) {
        let problems = Problems()
        guard let values = values(arguments, context, problems) else { return (nil, problems.sorted) }
        let binder = StepBinder(variables: variables(values, context), problems: problems)
        let plan = Plan(
            recipe: name,
            outcome: outcome.map { binder.prose($0) },
            parameters: values,
            limits: limits,
            steps: steps.map { binder.step($0) }
        )
        return (problems.hasErrors ? nil : plan, problems.sorted)
    }
}

/// Fills in the templates of steps.
private struct StepBinder {
    let problems: Problems
    private let variables: [String: JSONValue]
    private let renderer: TemplateRenderer
    private let patternRenderer: TemplateRenderer

    init(variables: [String: JSONValue], problems: Problems) {
        self.variables = variables
        self.problems = problems
        renderer = TemplateRenderer(variables)
        patternRenderer = TemplateRenderer(variables.mapValues(PatternText.hidingSpecials))
    }

    func step(_ spec: StepSpec) -> PlannedStep {
        var step = PlannedStep(id: spec.id, form: .command(""), context: spec.context, limits: spec.limits)
        step.reads = spec.reads.map(pattern)
        step.writes = spec.writes.map(pattern)
        step.success = spec.success.map(check)
        step.conflict = spec.conflict
        step.network = spec.network
        switch spec.form {
        case .run(let line): step.form = .command(text(line))
        case .role(let role):
            step.form = .role(role.role)
            step.goal = prose(role.goal)
            step.settings = setting(role.settings)
            step.model = role.model.map { prose($0) }
        }
        return step
    }

    func text(_ template: Template) -> String { text(template, renderer) }

    /// Text without white space at its ends, such as the line break that YAML leaves after a text of several lines.
    func prose(_ template: Template) -> String {
        let text = text(template)
        let end = text.lastIndex { !$0.isWhitespace }.map { text.index(after: $0) } ?? text.startIndex
        return String(text[..<end].drop(while: \.isWhitespace))
    }

    private func text(_ template: Template, _ renderer: TemplateRenderer) -> String {
        switch renderer.render(template) {
        case .success(let text): return text
        case .failure(let failure):
            problems.add(.templateSyntax, "the template cannot be filled in: \(failure.reason)", at: template.span)
            return ""
        }
    }

    private func check(_ spec: SuccessSpec) -> SuccessCheck {
        switch spec {
        case .command(let line, let timeout): return .command(text(line), timeout: timeout)
        case .file(let template):
            let path = text(template)
            reportPath(path, template, .file)
            return .file(path)
        }
    }

    /// A pattern in which only what the recipe says is special: `*` in a parameter's value means itself.
    private func pattern(_ template: Template) -> String {
        let pattern = PatternText.escapingHidden(text(template, patternRenderer))
        reportPath(pattern, template, .pattern)
        return pattern
    }

    private func reportPath(_ path: String, _ template: Template, _ kind: PathRule.Kind) {
        guard let objection = PathRule.objection(to: path, kind) else { return }
        problems.add(.invalidPath, "path '\(path)' \(objection)", at: template.span, hints: [PathRule.hint])
    }

    private func setting(_ spec: SettingSpec) -> JSONValue {
        switch spec {
        case .value(let value): value
        case .list(let items): .array(items.map(setting))
        case .mapping(let members): .object(members.mapValues(setting))
        case .text(let template):
            // "{{ words }}" alone keeps the parameter's type: a number stays one.
            template.onlyVariable.flatMap { variables[$0] } ?? .string(text(template))
        }
    }
}

/// Keeps what is special in patterns out of the values that are filled in.
private enum PatternText {
    /// Private code points that stand for `*`, `?`, `[` and `\` while templates are filled in.
    private static let hidden: [(special: Unicode.Scalar, stand: Unicode.Scalar)] =
        Array(zip(Glob.special, ["\u{F8F0}", "\u{F8F1}", "\u{F8F2}", "\u{F8F3}"]))

    static func hidingSpecials(in value: JSONValue) -> JSONValue {
        guard case .string(let text) = value else { return value }
        let scalars = text.unicodeScalars.map { scalar in
            hidden.first { $0.special == scalar }?.stand ?? scalar
        }
        return .string(String(String.UnicodeScalarView(scalars)))
    }

    static func escapingHidden(_ text: String) -> String {
        text.unicodeScalars.reduce(into: "") { result, scalar in
            if let pair = hidden.first(where: { $0.stand == scalar }) {
                result += "\\\(pair.special)"
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
    }
}
