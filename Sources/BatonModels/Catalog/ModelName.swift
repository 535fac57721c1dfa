// What the name of a model means.

import SystemPackage

/// A model's name, as `--model` and settings give it.
enum ModelName: Hashable, Sendable {
    /// `embedded`: the model that Baton brings.
    case builtIn
    /// `scripted:FILE`: answers from a file.
    case scripted(FilePath)
    /// `openai/MODEL`: a model of OpenAI or of the server at `OPENAI_BASE_URL`.
    case openAI(String)
    /// Anything else: a name from models.yaml.
    case named(String)

    static let embedded = "embedded"
    static let scriptedPrefix = "scripted:"
    static let openAIPrefix = "openai/"

    init(_ text: String) {
        if text == Self.embedded {
            self = .builtIn
        } else if let file = text.rest(after: Self.scriptedPrefix) {
            self = .scripted(FilePath(file))
        } else if let model = text.rest(after: Self.openAIPrefix) {
            self = .openAI(model)
        } else {
            self = .named(text)
        }
    }
}

extension String {
    /// What follows `prefix`, unless that is nothing; nil if the text begins with something else.
    fileprivate func rest(after prefix: String) -> String? {
        hasPrefix(prefix) && count > prefix.count ? String(dropFirst(prefix.count)) : nil
    }
}
