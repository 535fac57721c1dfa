// Git by way of the git program: settings.

/// All settings that count in one repository, as `git config --list` tells them.
struct ProgramSettings {
    /// By name, of which all but the middle part is in lower case.
    ///
    /// Of several values the last one counts; nil stands for a name without any, which is true.
    private let values: [String: String?]

    /// Reads the output of `git config --list -z`.
    init(_ output: GitProgram.Output) {
        var values: [String: String?] = [:]
        for record in output.records {
            let parts = record.split(separator: 0x0A, maxSplits: 1, omittingEmptySubsequences: false)
            let value = parts.count == 2 ? String(decoding: parts[1], as: UTF8.self) : nil
            values.updateValue(value, forKey: String(decoding: parts[0], as: UTF8.self))
        }
        self.values = values
    }

    /// Nil if there is no such setting; `.some(nil)` if it has no value.
    subscript(name: String) -> String?? { values[Self.normalized(name)] }

    /// The first and the last part of a name are the same in any case, what is between them is not.
    private static func normalized(_ name: String) -> String {
        guard let first = name.firstIndex(of: "."), let last = name.lastIndex(of: ".") else { return name }
        return name[..<first].lowercased() + name[first..<last] + name[last...].lowercased()
    }

    /// Some remote has promised the objects that are missing here.
    var isPartialClone: Bool {
        if case .some(.some) = self["extensions.partialclone"] { return true }
        return values.contains { name, value in
            guard name.hasPrefix("remote.") else { return false }
            if name.hasSuffix(".partialclonefilter") { return true }
            return name.hasSuffix(".promisor") && value.map(Self.boolean) ?? true == true
        }
    }

    /// How many digits the names of objects have.
    var nameDigits: Int { (self["extensions.objectformat"] ?? nil)?.lowercased() == "sha256" ? 64 : 40 }

    /// What `text` says; nil if it is neither yes nor no.
    ///
    /// Source: git 2.39 `parse.c`, `git_parse_maybe_bool`; any number but 0 is true.
    static func boolean(_ text: String) -> Bool? {
        switch text.lowercased() {
        case "true", "yes", "on": return true
        case "false", "no", "off", "": return false
        default:
            var digits = text[...]
            if let unit = digits.last, "kKmMgG".contains(unit) { digits.removeLast() }
            return Int(digits).map { $0 != 0 }
        }
    }
}

extension ProgramAccess {
    /// All settings; the first call runs git.
    func allSettings() throws(GitError) -> ProgramSettings {
        if let settings { return settings }
        let read = ProgramSettings(try output(of: ["config", "--list", "-z"]))
        settings = read
        return read
    }

    func setting(_ name: String) throws(GitError) -> String? {
        guard case .some(.some(let value)) = try allSettings()[name] else { return nil }
        return value.isEmpty ? nil : value
    }

    func flag(_ name: String, fallback: Bool) throws(GitError) -> Bool {
        guard let found = try allSettings()[name] else { return fallback }
        guard let text = found else { return true }
        guard let value = ProgramSettings.boolean(text) else {
            throw GitError(.other, "bad boolean value '\(text)' for '\(name)'", in: "git config")
        }
        return value
    }
}
