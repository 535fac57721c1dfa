// The protocol that a role in Swift conforms to. SPDX-License-Identifier: MIT

/// A role: does one step and reports what it came to.
///
/// ```swift
/// struct Greeter: Role {
///     struct Settings: Decodable, Sendable { var greeting: String? }
///     struct Outputs: Encodable { var path: String }
///
///     static let descriptor = RoleDescriptor(
///         id: "org.example.greeter", name: "greeter", kind: .other, version: "1.0.0",
///         description: "Writes a greeting.", permissions: [.writeFiles],
///         settingsSchema: .object(["greeting": .string()], optional: ["greeting"])
///     )
///
///     let settings: Settings
///
///     func run(_ step: Step, host: any RoleHost) throws -> Report<Outputs> {
///         try step.workspace.write(settings.greeting ?? "Hello\n", to: "greeting.txt")
///         return Report(summary: "write a greeting", outputs: Outputs(path: "greeting.txt"))
///     }
/// }
/// ```
///
/// A role is made once for each step. Everything runs on one thread, one call after the other.
public protocol Role: SendableMetatype {
    /// What the recipe's `settings:` are read into; give members that may be left out an optional type.
    associatedtype Settings: Decodable & Sendable = NoSettings
    /// What the role reports; it is written as a JSON object.
    associatedtype Outputs: Encodable

    /// What the role is and needs.
    static var descriptor: RoleDescriptor { get }

    /// Takes the settings.
    ///
    /// - Throws: A `PluginError` with status `invalid` if a setting has a value that is not allowed.
    init(settings: Settings) throws

    /// Does the step and says what it came to.
    ///
    /// - Throws: A `PluginError`; whatever else is thrown counts as status `failed`.
    func run(_ step: Step, host: any RoleHost) throws -> Report<Outputs>
}

/// Settings of a role that has none.
public struct NoSettings: Codable, Hashable, Sendable {
    /// No settings.
    public init() {}
}
