// What a role is and needs. SPDX-License-Identifier: MIT

/// What a role is and needs.
///
/// The corresponding C type is `baton_role_desc`. The manifest `plugin.json` beside the library repeats the most of it,
/// and Baton refuses a plugin whose manifest says something else.
public struct RoleDescriptor: Sendable {
    /// What a role does, in a word that recipes and lists sort by.
    public enum Kind: String, Codable, Sendable {
        /// Finds and collects.
        case researcher
        /// Writes text.
        case writer
        /// Judges what others made.
        case reviewer
        /// Changes programs and other structured files.
        case coder
        /// Gives work to others.
        case manager
        /// Anything else.
        case other
    }

    /// What a role may do only if it says so here.
    public enum Permission: String, Codable, Sendable {
        /// Read the files of the view.
        case readFiles = "fs.read"
        /// Change the files of the view.
        case writeFiles = "fs.write"
        /// Have the host run commands.
        case runCommands = "exec"
        /// Ask the step's model.
        case callModel = "model.call"
        /// Use the network.
        case network = "net"
        /// Ask the person.
        case askPerson = "ask"
    }

    /// A reverse domain name, such as `org.example.translator`.
    public var id: String
    /// What recipes write, such as `translator`.
    public var name: String
    /// What the role does, in a word.
    public var kind: Kind
    /// A semantic version, such as `1.2.0`.
    public var version: String
    /// One sentence.
    public var description: String
    /// What the role needs; anything else is refused.
    public var permissions: [Permission]
    /// What the settings look like; nil if there are none.
    public var settingsSchema: JSONSchema?
    /// What the outputs look like; nil if there are none.
    public var outputSchema: JSONSchema?
    /// Who made it.
    public var vendor: String?
    /// An SPDX expression.
    public var license: String?
    /// A page about it.
    public var url: String?
    /// Words of the plugin's own.
    public var features: [String]

    /// A descriptor.
    public init(
        id: String,
        name: String,
        kind: Kind,
        version: String,
        description: String,
        permissions: [Permission],
        settingsSchema: JSONSchema? = nil,
        outputSchema: JSONSchema? = nil,
        vendor: String? = nil,
        license: String? = nil,
        url: String? = nil,
        features: [String] = []
    ) {
        self.id = id
        self.name = name
        self.kind = kind
        self.version = version
        self.description = description
        self.permissions = permissions
        self.settingsSchema = settingsSchema
        self.outputSchema = outputSchema
        self.vendor = vendor
        self.license = license
        self.url = url
        self.features = features
    }
}
