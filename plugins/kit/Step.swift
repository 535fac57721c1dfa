// The step that a role is asked to do. SPDX-License-Identifier: MIT

/// The step that a role is asked to do: the document `baton.step/1` and what comes with it.
public struct Step: Sendable {
    /// What an earlier step came to.
    public struct Context: Decodable, Hashable, Sendable {
        /// The id of that step.
        public var step: String
        /// The name of its role; nil if it had none.
        public var role: String?
        /// One line that says what it did.
        public var summary: String
        /// The files it changed.
        public var paths: [String]
        /// Its typed outputs; null if it had none.
        public var outputs: JSON

        /// What a step came to.
        public init(
            step: String,
            role: String? = nil,
            summary: String = "",
            paths: [String] = [],
            outputs: JSON = nil
        ) {
            self.step = step
            self.role = role
            self.summary = summary
            self.paths = paths
            self.outputs = outputs
        }

        /// Reads one entry of `context`; what is missing counts as nothing.
        ///
        /// - Throws: What the decoder throws.
        public init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Keys.self)
            step = try container.decode(String.self, forKey: .step)
            role = try container.decodeIfPresent(String.self, forKey: .role)
            summary = try container.decodeIfPresent(String.self, forKey: .summary) ?? ""
            paths = try container.decodeIfPresent([String].self, forKey: .paths) ?? []
            outputs = try container.decodeIfPresent(JSON.self, forKey: .outputs) ?? .null
        }

        private enum Keys: CodingKey {
            case step, role, summary, paths, outputs
        }
    }

    /// How much the step may use; the host holds to it, the role may plan with it.
    public struct Limits: Decodable, Hashable, Sendable {
        /// Seconds; nil if there is no limit.
        public var seconds: Double?
        /// Tokens of models, read and written; nil if there is no limit.
        public var tokens: Int?
        /// Calls of models; nil if there is no limit.
        public var calls: Int?

        /// Limits.
        public init(seconds: Double? = nil, tokens: Int? = nil, calls: Int? = nil) {
            self.seconds = seconds
            self.tokens = tokens
            self.calls = calls
        }
    }

    /// What is to be done, in a person's words.
    public var goal: String
    /// What earlier steps came to, in the order in which the recipe names them.
    public var context: [Context]
    /// Patterns of the files that may be read, see `Glob`; empty if the recipe does not say.
    public var reads: [String]
    /// Patterns of the files that may be written; empty if the recipe does not say.
    public var writes: [String]
    /// The recipe's parameters.
    public var parameters: [String: JSON]
    /// How much the step may use.
    public var limits: Limits
    /// The step's id, unique within the run.
    public var id: String
    /// The run's id.
    public var runID: String
    /// 1 at the first try.
    public var attempt: Int
    /// Where chance starts, so that a run can be repeated.
    public var seed: UInt64
    /// When the step is stopped, in nanoseconds since 1970 UTC; nil if there is no limit.
    public var deadlineUnixNanoseconds: Int64?
    /// Say what you would do; change nothing, call no model.
    public var isDryRun: Bool
    /// A person can be asked.
    public var isInteractive: Bool
    /// The commit that the step starts from; nil before the first one.
    public var baseCommit: String?
    /// The files of the step's view.
    public var workspace: Workspace

    /// A step, for tests.
    public init(
        goal: String,
        workspace: Workspace,
        context: [Context] = [],
        reads: [String] = [],
        writes: [String] = [],
        parameters: [String: JSON] = [:],
        limits: Limits = Limits(),
        id: String = "step",
        runID: String = "0",
        attempt: Int = 1,
        seed: UInt64 = 1,
        isDryRun: Bool = false,
        isInteractive: Bool = false
    ) {
        self.goal = goal
        self.workspace = workspace
        self.context = context
        self.reads = reads
        self.writes = writes
        self.parameters = parameters
        self.limits = limits
        self.id = id
        self.runID = runID
        self.attempt = attempt
        self.seed = seed
        self.isDryRun = isDryRun
        self.isInteractive = isInteractive
    }

    /// A seed for the `number`th call of a model in this step: the same for the same step, another for each call.
    public func modelSeed(_ number: Int) -> UInt32 {
        UInt32(truncatingIfNeeded: seed &+ UInt64(truncatingIfNeeded: number) &* 0x9E37_79B9)
    }
}

/// The task document `baton.step/1`.
struct TaskDocument: Decodable {
    var goal: String
    var context: [Step.Context]
    var reads: [String]
    var writes: [String]
    var parameters: [String: JSON]
    var limits: Step.Limits

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Keys.self)
        goal = try container.decode(String.self, forKey: .goal)
        context = try container.decodeIfPresent([Step.Context].self, forKey: .context) ?? []
        reads = try container.decodeIfPresent([String].self, forKey: .reads) ?? []
        writes = try container.decodeIfPresent([String].self, forKey: .writes) ?? []
        parameters = try container.decodeIfPresent([String: JSON].self, forKey: .parameters) ?? [:]
        limits = try container.decodeIfPresent(Step.Limits.self, forKey: .limits) ?? Step.Limits()
    }

    private enum Keys: CodingKey {
        case goal, context, reads, writes, parameters, limits
    }
}
