// What a role may ask of the program that runs it. SPDX-License-Identifier: MIT

/// How grave a line of the log is.
public enum LogLevel: Int32, Sendable {
    /// Every detail.
    case trace = 0
    /// What the author of the plugin wants to know.
    case debug = 1
    /// What happened.
    case info = 2
    /// Something is not as it should be, and the step goes on.
    case warning = 3
    /// Something failed.
    case error = 4
}

/// What a role may ask of the program that runs it.
///
/// A role's tests conform a type of their own to this protocol: no C and no Baton is needed. What a host can lack (the
/// model, commands, questions, remarks about files, the store) has a default that throws `unavailable`.
public protocol RoleHost {
    /// Asks the step's model and waits for the answer.
    ///
    /// `receive` gets the answer in parts while it arrives. If it returns false the call stops and throws `cancelled`.
    ///
    /// - Throws: A `PluginError`: `unavailable`, `denied`, `budget`, `cancelled`, `deadline`, `transient` or `invalid`.
    func callModel(_ request: ModelRequest, receive: ((String) -> Bool)?) throws -> ModelResult

    /// Runs a command to its end in the step's view.
    ///
    /// An exit status other than 0 is a result, not an error.
    ///
    /// - Throws: A `PluginError`: `unavailable`, `denied`, `cancelled` or `invalid`.
    func run(_ command: Command) throws -> CommandResult

    /// Asks the person and waits.
    ///
    /// - Throws: A `PluginError`: `unavailable` where nobody can be asked and there is no fallback.
    func ask(_ question: Question) throws -> String

    /// Writes a line to the step's log.
    func log(_ level: LogLevel, _ message: String)

    /// Says what the role is doing now; `permille` is 0 to 1000, nil if it is not known.
    func progress(_ message: String, permille: Int?)

    /// Says something to the person who watches.
    func message(_ text: String)

    /// The step is being stopped. Cheap.
    var isCancelled: Bool { get }

    /// A descriptor that becomes readable once the step is being stopped, for `poll`; nil if there is none.
    var cancelDescriptor: Int32? { get }

    /// Says that a file is a result worth showing; `kind` is a word of the plugin's, such as `report`.
    func declareArtifact(_ path: String, kind: String)

    /// Says that a path and what is below it is scratch, to be left out of what the step proposes.
    ///
    /// - Throws: A `PluginError`: `unavailable` if the host cannot do that.
    func declareScratch(_ path: String) throws

    /// The paths that differ from the start of the step.
    ///
    /// - Throws: A `PluginError`: `unavailable` if the host does not know.
    func changedPaths() throws -> [String]

    /// Reads a value of the plugin's store, which outlives the step; nil if there is none.
    ///
    /// - Throws: A `PluginError`: `unavailable` if there is no store.
    func storedValue(for key: String) throws -> [UInt8]?

    /// Writes a value of the plugin's store; nil removes it.
    ///
    /// - Throws: A `PluginError`: `unavailable` if there is no store, `tooLarge` over the host's limit.
    func store(_ value: [UInt8]?, for key: String) throws
}

extension RoleHost {
    /// Asks the step's model and waits for the whole answer.
    ///
    /// - Throws: What `callModel(_:receive:)` throws.
    public func callModel(_ request: ModelRequest) throws -> ModelResult {
        try callModel(request, receive: nil)
    }

    /// Says what the role is doing now.
    public func progress(_ message: String) {
        progress(message, permille: nil)
    }

    /// Ends the role's work if the step is being stopped; to be called between pieces of work.
    ///
    /// - Throws: `PluginError.cancelled`.
    public func checkCancelled() throws {
        if isCancelled { throw PluginError.cancelled }
    }
}

extension RoleHost {
    /// There is no model.
    ///
    /// - Throws: `unavailable`, always.
    public func callModel(_ request: ModelRequest, receive: ((String) -> Bool)?) throws -> ModelResult {
        throw PluginError(.unavailable, "this host offers no model")
    }

    /// There are no commands.
    ///
    /// - Throws: `unavailable`, always.
    public func run(_ command: Command) throws -> CommandResult {
        throw PluginError(.unavailable, "this host runs no commands")
    }

    /// There is nobody to ask.
    ///
    /// - Throws: `unavailable` if the question has no fallback.
    public func ask(_ question: Question) throws -> String {
        if let fallback = question.fallback { return fallback }
        throw PluginError(.unavailable, "this host cannot ask anybody")
    }

    /// There is none.
    public var cancelDescriptor: Int32? { nil }

    /// Does nothing.
    public func declareArtifact(_ path: String, kind: String) {}

    /// There are no remarks about files.
    ///
    /// - Throws: `unavailable`, always.
    public func declareScratch(_ path: String) throws {
        throw PluginError(.unavailable, "this host takes no remarks about files")
    }

    /// Nobody knows.
    ///
    /// - Throws: `unavailable`, always.
    public func changedPaths() throws -> [String] {
        throw PluginError(.unavailable, "this host does not know what changed")
    }

    /// There is no store.
    ///
    /// - Throws: `unavailable`, always.
    public func storedValue(for key: String) throws -> [UInt8]? {
        throw PluginError(.unavailable, "this host has no store")
    }

    /// There is no store.
    ///
    /// - Throws: `unavailable`, always.
    public func store(_ value: [UInt8]?, for key: String) throws {
        throw PluginError(.unavailable, "this host has no store")
    }
}
