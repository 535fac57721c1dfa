// One line of the list of models.

/// A model that can be named with `--model`.
package struct ModelRow: Hashable, Sendable {
    package var name: String
    package var kind: Kind
    /// A folder, file or URL.
    package var location: String
    package var state: State
    /// Whether it is used when no model is named.
    package var isDefault: Bool

    package enum Kind: String, Hashable, Sendable {
        case embedded, scripted, server, openai
    }

    package enum State: Hashable, Sendable, CustomStringConvertible {
        case installed
        case notInstalled
        case damaged
        /// It is set up; whether its server answers is not known.
        case configured
        /// The environment variable that must hold its key is not set.
        case keyMissing(variable: String)

        package var description: String {
            switch self {
            case .installed: "installed"
            case .notInstalled: "not installed"
            case .damaged: "damaged"
            case .configured: "configured"
            case .keyMissing(let variable): "\(variable) is not set"
            }
        }
    }
}
