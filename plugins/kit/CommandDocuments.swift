// A command that the host runs and what came of it. SPDX-License-Identifier: MIT

/// A command to run in the step's view: the document `baton.exec-request/1`.
public struct Command: Encodable, Hashable, Sendable {
    /// The program, looked up in PATH, and its arguments.
    public var argv: [String]
    /// Where it runs, relative to the workspace.
    public var directory: String
    /// When it is killed, in seconds; nil leaves it to the host.
    public var timeoutSeconds: Double?
    /// How much of each stream is kept, in bytes; nil leaves it to the host.
    public var outputBytesMax: Int?

    /// A program with its arguments.
    public init(_ argv: [String], directory: String = ".", timeoutSeconds: Double? = nil, outputBytesMax: Int? = nil) {
        self.argv = argv
        self.directory = directory
        self.timeoutSeconds = timeoutSeconds
        self.outputBytesMax = outputBytesMax
    }

    /// A line for the shell `sh`.
    public init(shell line: String, timeoutSeconds: Double? = nil, outputBytesMax: Int? = nil) {
        self.init(["sh", "-c", line], timeoutSeconds: timeoutSeconds, outputBytesMax: outputBytesMax)
    }

    /// Writes the document with its schema.
    ///
    /// - Throws: What the encoder throws.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Keys.self)
        try container.encode("baton.exec-request/1", forKey: .schema)
        try container.encode(argv, forKey: .argv)
        try container.encode(directory, forKey: .directory)
        try container.encodeIfPresent(timeoutSeconds, forKey: .timeoutSeconds)
        try container.encodeIfPresent(outputBytesMax, forKey: .outputBytesMax)
    }

    private enum Keys: String, CodingKey {
        case schema, argv, directory
        case timeoutSeconds = "timeout_seconds"
        case outputBytesMax = "output_bytes_max"
    }
}

/// What came of a command: the document `baton.exec-result/1`.
public struct CommandResult: Decodable, Hashable, Sendable {
    /// The exit status; nil if the command was ended by a signal.
    public var exitStatus: Int32?
    /// The signal that ended it; nil if it exited.
    public var signal: Int32?
    /// It was killed because its time was up.
    public var timedOut: Bool
    /// Standard output.
    public var stdout: String
    /// Standard error.
    public var stderr: String
    /// A stream was longer than what was kept.
    public var truncated: Bool
    /// How long it ran, in seconds.
    public var seconds: Double

    /// It exited with status 0.
    public var succeeded: Bool { exitStatus == 0 }

    /// A result, for tests.
    public init(
        exitStatus: Int32? = 0,
        signal: Int32? = nil,
        timedOut: Bool = false,
        stdout: String = "",
        stderr: String = "",
        truncated: Bool = false,
        seconds: Double = 0
    ) {
        self.exitStatus = exitStatus
        self.signal = signal
        self.timedOut = timedOut
        self.stdout = stdout
        self.stderr = stderr
        self.truncated = truncated
        self.seconds = seconds
    }

    /// Reads the document; what is missing counts as nothing.
    ///
    /// - Throws: What the decoder throws.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Keys.self)
        exitStatus = try container.decodeIfPresent(Int32.self, forKey: .exitStatus)
        signal = try container.decodeIfPresent(Int32.self, forKey: .signal)
        timedOut = try container.decodeIfPresent(Bool.self, forKey: .timedOut) ?? false
        stdout = try container.decodeIfPresent(String.self, forKey: .stdout) ?? ""
        stderr = try container.decodeIfPresent(String.self, forKey: .stderr) ?? ""
        truncated = try container.decodeIfPresent(Bool.self, forKey: .truncated) ?? false
        seconds = try container.decodeIfPresent(Double.self, forKey: .seconds) ?? 0
    }

    private enum Keys: String, CodingKey {
        case signal, stdout, stderr, truncated, seconds
        case exitStatus = "exit_status"
        case timedOut = "timed_out"
    }
}
