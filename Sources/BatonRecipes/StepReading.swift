// Reads the steps of a recipe.

import BatonCore

/// Reads `steps`.
struct StepsReader {
    let context: ReadingContext
    let scope: TemplateScope

    /// More than a person writes by hand, and few enough to show.
    static let countMax = 1000

    func steps(_ item: YAMLItem) -> [StepSpec] {
        guard case .list(let items) = item.content else {
            context.reportType(of: item, key: "steps", expected: "a list", hints: ["Begin each step with '- '."])
            return []
        }
        guard !items.isEmpty else {
            context.problems.add(.invalidValue, "'steps' is empty", at: context.span(of: item))
            return []
        }
        guard items.count <= Self.countMax else {
            let message = "a recipe can have at most 1 000 steps, this one has \(items.count)"
            context.problems.add(.tooLarge, message, at: context.span(of: items[Self.countMax]))
            return []
        }
        let ids = StepIDs(items, context)
        return items.indices.compactMap {
            StepReader(context: context, scope: scope, ids: ids, index: $0).step(items[$0])
        }
    }
}

/// The ids of all steps, known before the first one is read.
struct StepIDs {
    /// In the order of the steps.
    let all: [String]

    init(_ items: [YAMLItem], _ context: ReadingContext) {
        let explicit = items.map { StepIDs.explicitID($0, context) }
        StepIDs.reportDuplicates(items, explicit, context)
        var used = Set(explicit.compactMap(\.self))
        all = zip(items, explicit).map { item, id in
            if let id { return id }
            let id = StepIDs.freeName(like: StepIDs.baseName(item), used)
            used.insert(id)
            return id
        }
    }

    private static func explicitID(_ item: YAMLItem, _ context: ReadingContext) -> String? {
        guard let value = item.value(of: "id") else { return nil }
        guard let text = value.text else {
            context.reportType(of: value, key: "id", expected: "text")
            return nil
        }
        if NameRule.isName(text) { return text }
        let hints = ["An id has small letters, digits and '-', and begins with a letter, such as 'first-draft'."]
        context.problems.add(.invalidName, "'\(text)' cannot be a step's id", at: context.span(of: value), hints: hints)
        return nil
    }

    private static func reportDuplicates(_ items: [YAMLItem], _ ids: [String?], _ context: ReadingContext) {
        var first: [String: Int] = [:]
        for (index, id) in ids.enumerated() {
            guard let id, let value = items[index].value(of: "id") else { continue }
            let span = context.span(of: value)
            if let line = first[id] {
                context.problems.add(
                    .duplicateStep, "two steps have the id '\(id)'", at: span, label: "first in line \(line)")
            } else {
                first[id] = span.line
            }
        }
    }

    /// What a step without an id is called after.
    private static func baseName(_ item: YAMLItem) -> String {
        if let role = item.value(of: "role")?.text, NameRule.isName(role) { return role }
        return item.value(of: "run") != nil ? "run" : "step"
    }

    private static func freeName(like name: String, _ used: Set<String>) -> String {
        if !used.contains(name) { return name }
        var number = 2
        while used.contains("\(name)-\(number)") { number += 1 }
        return "\(name)-\(number)"
    }
}

/// Reads one step.
struct StepReader {
    let context: ReadingContext
    let scope: TemplateScope
    let ids: StepIDs
    /// From 0.
    let index: Int

    private static let forms = ["role", "run"]
    private static let plannedForms = [
        "human", "approve", "parallel", "for_each", "loop", "choose", "handoff", "chat", "manager", "board", "recipe",
    ]
    private static let plannedKeys = [
        "when", "needs", "on_error", "on_failure", "retry", "tools", "outputs", "best_of",
    ]

    func step(_ item: YAMLItem) -> StepSpec? {
        guard var reader = ObjectReader(item, name: name(of: item), context) else { return nil }
        _ = reader.take("id")
        guard let formKey = formKey(&reader) else { return nil }
        let isRole = formKey == "role"
        let form = isRole ? roleForm(&reader) : runForm(&reader)
        let context = isRole ? contextIDs(&reader) : []
        let reads = isRole ? patterns("reads", "fs.read", &reader) : []
        let writes = patterns("writes", "fs.write", &reader)
        let success = SuccessReader(context: self.context, scope: scope).checks(&reader)
        let conflict = conflict(&reader)
        let network = network(&reader)
        let limits = limits(&reader, isRole: isRole)
        reader.refuse(Self.plannedKeys)
        reader.finish()
        return form.map {
            StepSpec(
                id: ids.all[index],
                form: $0,
                context: context,
                reads: reads,
                writes: writes,
                success: success,
                conflict: conflict,
                network: network,
                limits: limits,
                span: reader.startOfItem
            )
        }
    }

    /// The step's id where the file says it or its role does, else its number.
    private func name(of item: YAMLItem) -> String {
        let isNamed = item.value(of: "id") != nil || item.value(of: "role") != nil || item.value(of: "run") != nil
        return isNamed ? "step '\(ids.all[index])'" : "step \(index + 1)"
    }

    /// The one key that says what the step is; nil, with a diagnostic, if there is not exactly one that works.
    private func formKey(_ reader: inout ObjectReader) -> String? {
        let found = reader.keys.filter { Self.forms.contains($0) || Self.plannedForms.contains($0) }
        if let planned = found.first(where: Self.plannedForms.contains), let entry = reader.entry(planned) {
            context.problems.add(
                .unsupportedForm,
                "'\(planned)' steps are not supported yet",
                at: context.span(of: entry.key),
                hints: ["This version runs steps with 'role' or 'run'."]
            )
            return nil
        }
        if found.count > 1, let second = reader.entry(found[1]) {
            let message = "a step has one form; \(reader.name) has 'role' and 'run'"
            context.problems.add(.stepForm, message, at: context.span(of: second.key), hints: ["Make it two steps."])
            return nil
        }
        if let form = found.first { return form }
        reportNoForm(&reader)
        return nil
    }

    private func reportNoForm(_ reader: inout ObjectReader) {
        for key in reader.keys {
            guard let near = nearestName(to: key, among: Self.forms), let entry = reader.entry(key) else { continue }
            let hints = ["Did you mean '\(near)'?"]
            let message = "unknown key '\(key)' in \(reader.name)"
            context.problems.add(.unknownKey, message, at: context.span(of: entry.key), hints: hints)
            return
        }
        context.problems.add(
            .stepForm,
            "\(reader.name) does not say what it does",
            at: reader.startOfItem,
            hints: ["Add 'role:' and the name of a role, or 'run:' and a shell command."]
        )
    }

    private func runForm(_ reader: inout ObjectReader) -> StepSpec.Form? {
        reader.take("run").flatMap { context.template($0, key: "run", scope, for: .shell) }.map { .run($0) }
    }

    private func roleForm(_ reader: inout ObjectReader) -> StepSpec.Form? {
        let name = reader.text("role")
        if let name, let roles = context.roles, roles[name] == nil, let value = reader.entry("role")?.value {
            let hints = nameHints(name, among: roles.names, calling: "installed roles")
            context.problems.add(.unknownRole, "unknown role '\(name)'", at: context.span(of: value), hints: hints)
        }
        let goal = reader.require("goal", hint: "Add 'goal:' and what the role should do.")
            .flatMap { context.template($0, key: "goal", scope) }
        let model = reader.take("model").flatMap { context.template($0, key: "model", scope) }
        let settings = SettingsReader(context: context, scope: scope)
            .settings(&reader, role: name.flatMap { context.roles?[$0] })
        guard let name, let goal else { return nil }
        return .role(RoleSpec(role: name, goal: goal, settings: settings, model: model))
    }

    private func contextIDs(_ reader: inout ObjectReader) -> [String] {
        let items = reader.list("context", example: "context: [facts]") ?? []
        return items.compactMap { item in
            guard let id = reader.text(of: item, key: "context") else { return nil }
            return reportContext(id, item, reader) ? id : nil
        }
    }

    /// Returns whether `id` is a step above this one.
    private func reportContext(_ id: String, _ item: YAMLItem, _ reader: ObjectReader) -> Bool {
        let span = context.span(of: item)
        let earlier = Array(ids.all[..<index])
        if earlier.contains(id) { return true }
        if id == ids.all[index] {
            context.problems.add(.stepOrder, "\(reader.name) cannot have itself as context", at: span)
        } else if ids.all.contains(id) {
            let message = "\(reader.name) can use only steps above it; '\(id)' comes later"
            context.problems.add(.stepOrder, message, at: span, hints: ["Move '\(id)' up, or this step down."])
        } else {
            let hints =
                earlier.isEmpty
                ? ["This is the first step; there is nothing above it."]
                : nameHints(id, among: earlier, calling: "steps above it")
            let message = "\(reader.name) uses unknown step '\(id)'"
            context.problems.add(.unknownStep, message, at: span, label: "not defined in this recipe", hints: hints)
        }
        return false
    }

    /// Patterns of paths, for which the role needs `permission`.
    private func patterns(_ key: String, _ permission: String, _ reader: inout ObjectReader) -> [Template] {
        guard let items = reader.list(key, example: "\(key): [\"notes/**\"]") else { return [] }
        if !items.isEmpty, let name = reader.entry("role")?.value.text, let role = context.roles?[name],
            !role.permissions.contains(permission), let entry = reader.entry(key)
        {
            let verb = key == "reads" ? "reads" : "changes"
            let message = "role '\(name)' never \(verb) files; '\(key)' means nothing to it"
            context.problems.add(.rolePermission, message, at: context.span(of: entry.key), hints: ["Remove '\(key)'."])
        }
        return items.compactMap { context.template($0, key: key, scope, for: .path(.pattern)) }
    }

    private func conflict(_ reader: inout ObjectReader) -> ConflictRule {
        guard let value = reader.entry("conflict")?.value, let name = reader.text("conflict") else { return .fail }
        if let rule = ConflictRule(rawValue: name) { return rule }
        let hints = nameHints(name, among: ConflictRule.allCases.map(\.rawValue), calling: "rules")
        context.problems.add(
            .invalidValue, "'\(name)' is no rule for conflicts", at: context.span(of: value), hints: hints)
        return .fail
    }

    /// Whether the step may use the network, for which a role's plugin must declare that it does.
    private func network(_ reader: inout ObjectReader) -> Bool {
        guard let entry = reader.entry("network"), let item = reader.take("network") else { return false }
        guard let text = item.text, ["true", "false"].contains(text) else {
            context.reportType(of: item, key: "network", expected: "true or false")
            return false
        }
        let isAllowed = text == "true"
        if isAllowed, let name = reader.entry("role")?.value.text, let role = context.roles?[name],
            !role.permissions.contains("net")
        {
            let message = "role '\(name)' never uses the network; 'network' means nothing to it"
            context.problems.add(
                .rolePermission, message, at: context.span(of: entry.key), hints: ["Remove 'network'."])
        }
        return isAllowed
    }

    private func limits(_ reader: inout ObjectReader, isRole: Bool) -> StepLimits {
        guard let item = reader.take("limits"),
            var limits = ObjectReader(item, name: "'limits' of \(reader.name)", context)
        else { return StepLimits() }
        var result = StepLimits(time: limits.duration("time"))
        if isRole {
            result.tokens = limits.integer("tokens", in: 1...Int.max)
            result.calls = limits.integer("calls", in: 1...Int.max)
        }
        limits.refuse(["cost"], hints: ["Limit 'tokens' or 'calls' instead."])
        limits.finish()
        return result
    }
}
