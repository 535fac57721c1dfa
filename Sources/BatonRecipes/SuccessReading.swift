// Reads the checks and the settings of a step.

import BatonCore

/// Reads `success`.
struct SuccessReader {
    let context: ReadingContext
    let scope: TemplateScope

    func checks(_ step: inout ObjectReader) -> [SuccessSpec] {
        let items = step.list("success", example: "success: [{file: posts/owls.md}]") ?? []
        return items.enumerated().compactMap { index, item in
            let name = "check \(index + 1) of \(step.name)"
            guard var reader = ObjectReader(item, name: name, context) else { return nil }
            return check(&reader)
        }
    }

    private func check(_ reader: inout ObjectReader) -> SuccessSpec? {
        reader.refuse(["citations", "links", "json"])
        let file = reader.take("file")
        let command = reader.take("command")
        if file != nil, command != nil, let entry = reader.entry("command") {
            let message = "a check is a 'file' or a 'command', not both"
            context.problems.add(.stepForm, message, at: context.span(of: entry.key), hints: ["Make it two checks."])
            return nil
        }
        let timeout = command == nil ? nil : reader.duration("timeout")
        reader.finish()
        if let file {
            return context.template(file, key: "file", scope, for: .path(.file)).map { .file($0) }
        }
        if let command {
            return context.template(command, key: "command", scope, for: .shell).map { .command($0, timeout: timeout) }
        }
        if reader.keys.isEmpty {
            let hints = ["Write {file: PATH} or {command: \"SHELL LINE\"}."]
            context.problems.add(.missingKey, "\(reader.name) checks nothing", at: reader.startOfItem, hints: hints)
        }
        return nil
    }
}

/// Reads `settings`: any JSON value, in which texts are templates.
struct SettingsReader {
    let context: ReadingContext
    let scope: TemplateScope

    func settings(_ step: inout ObjectReader, role: RoleDirectory.Role?) -> SettingSpec {
        guard let item = step.take("settings") else { return .mapping([:]) }
        guard case .mapping(let entries) = item.content else {
            context.reportType(of: item, key: "settings", expected: "a mapping")
            return .mapping([:])
        }
        if let role, let known = role.settings {
            for entry in entries {
                guard let key = entry.key.text, !known.contains(key) else { continue }
                let hints = nameHints(key, among: known, calling: "settings of '\(role.name)'")
                let message = "role '\(role.name)' has no setting '\(key)'"
                context.problems.add(.unknownKey, message, at: context.span(of: entry.key), hints: hints)
            }
        }
        return setting(item)
    }

    private func setting(_ item: YAMLItem) -> SettingSpec {
        switch item.content {
        case .list(let items): return .list(items.map(setting))
        case .mapping(let entries):
            var members: [String: SettingSpec] = [:]
            for entry in entries {
                if case .scalar(let key, _) = entry.key.content {
                    members[key] = setting(entry.value)
                } else {
                    context.problems.add(
                        .wrongType, "a key must be text", at: context.span(of: entry.key), hints: hints(item))
                }
            }
            return .mapping(members)
        case .scalar(let text, _):
            if item.isNull { return .value(.null) }
            if let bool = item.bool { return .value(.bool(bool)) }
            if let integer = item.integer { return .value(.integer(integer)) }
            if let number = item.number { return .value(.number(number)) }
            if text.allSatisfy(\.isWhitespace) { return .value(.string(text)) }
            return context.template(item, key: "settings", scope).map { .text($0) } ?? .value(.null)
        }
    }

    private func hints(_ item: YAMLItem) -> [String] {
        context.source.hasPrefix("{{", at: item.position) ? ["Put text that begins with '{{' in quotes."] : []
    }
}
