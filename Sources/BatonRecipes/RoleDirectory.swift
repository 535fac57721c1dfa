// The roles that recipes can name.

/// The installed roles, as far as a recipe can be checked against them.
package struct RoleDirectory: Sendable {
    package struct Role: Hashable, Sendable {
        /// What recipes write.
        package var name: String
        /// `researcher`, `writer`, `reviewer`, `coder`, `manager` or `other`.
        package var kind: String
        /// `fs.read`, `fs.write`, `exec`, `model.call`, `net`, `ask`.
        package var permissions: Set<String>
        /// The settings that the role takes; nil if it does not say.
        package var settings: [String]?

        package init(name: String, kind: String, permissions: Set<String>, settings: [String]? = nil) {
            self.name = name
            self.kind = kind
            self.permissions = permissions
            self.settings = settings
        }
    }

    /// Sorted by name.
    package let roles: [Role]

    package init(_ roles: [Role]) {
        self.roles = roles.sorted { $0.name < $1.name }
    }

    package subscript(name: String) -> Role? { roles.first { $0.name == name } }

    package var names: [String] { roles.map(\.name) }
}
