// What the host and a worker say to each other.
//
// The protocol is private and may change with every release; the promise to plugins is baton_plugin.h. Host and worker
// are built together, and the first frame carries ``linkVersion`` so that a stale worker is told, not misread.

/// The version of the frames below.
package let linkVersion: UInt32 = 2

/// The descriptor on which a worker finds the socket to its host.
package let linkDescriptor: Int32 = 3

/// The descriptor on which a worker's guard finds the pipe for its ``GuardReport``s; the step itself never has it.
package let reportDescriptor: Int32 = 4

/// The descriptor on which a worker finds the plugin to load, if it loads one.
package let pluginDescriptor: Int32 = 5

/// What the host tells a worker.
package enum HostFrame: Hashable, Sendable {
    /// The first frame: where to work. The worker answers ``WorkerFrame/ready(_:)`` or ``WorkerFrame/viewFailed(call:error:)``.
    case enter(ViewOrder)
    /// Loads the plugin on ``pluginDescriptor`` and runs one step; answered by ``WorkerFrame/returned(status:)``.
    case perform(RoleOrder)
    /// Ends the call `call` of the plugin's.
    case reply(call: UInt32, status: Int32, document: [UInt8])
    /// A part of the result of the call `call`.
    case chunk(call: UInt32, kind: Int32, bytes: [UInt8])
    /// Runs a command in the view, for the call `call` of the plugin's or, if that is 0, for the host itself; answered by
    /// ``WorkerFrame/executed(call:result:)``.
    case execute(call: UInt32, CommandOrder)
    /// Asks the role, and running commands, to stop.
    case cancel
    /// Ends the worker.
    case leave
}

/// What a worker tells its host.
package enum WorkerFrame: Hashable, Sendable {
    /// The view is entered; nothing of a plugin has run yet, so what it says can be believed.
    case ready(Hold)
    /// The view could not be entered: the system call that failed, and its `errno`.
    case viewFailed(call: String, error: Int32)
    case log(level: Int32, component: String, message: String)
    /// `permille` is -1 if unknown.
    case progress(permille: Int32, message: String)
    /// What the role, or the loader, says of a failure to come.
    case failure(status: Int32, message: String, detail: String)
    case emit(channel: String, document: [UInt8])
    case call(UInt32, service: HostService, request: [UInt8])
    /// The plugin's sink refused a chunk: the call is not wanted any more.
    case abandon(call: UInt32)
    /// Output of a running command.
    case output(call: UInt32, kind: Int32, bytes: [UInt8])
    case executed(call: UInt32, result: CommandResult)
    /// The role is done; `status` is what it returned.
    case returned(status: Int32)
}

/// What a worker's guard tells the host; it runs nothing of the plugin's.
package enum GuardReport: Hashable, Sendable {
    /// The step tried something outside of its view and was kept from it; `subject` is a path or an address.
    case attempt(AttemptKind, subject: String)
    /// The step passed a limit and is ended.
    case limit(PassedLimit)
}

/// A service of the host that a plugin calls through an extension.
package enum HostService: UInt8, Hashable, Sendable {
    case model = 1
    case command = 2
    case ask = 3
    case stateGet = 4
    case statePut = 5
    case changedPaths = 6
    case scratch = 7
    case artifact = 8
}

/// Where a worker works.
///
/// Paths are absolute, as bytes: a path of Linux need not be text.
package struct ViewOrder: Hashable, Sendable {
    package var linkVersion: UInt32
    /// The directory that is shown, and the current directory of the worker.
    package var root: [UInt8]
    /// The layers of a copy-on-write view; nil: work in `root` as it is, without isolation.
    package var overlay: Overlay?
    /// The private folder for temporary files; what becomes /tmp in a copy-on-write view.
    package var temporary: [UInt8]
    package var network: Bool
    package var limits: ResourceLimits

    package struct Overlay: Hashable, Sendable {
        package var upper: [UInt8]
        package var work: [UInt8]
        /// Read-only in the view; nil if there is none.
        package var git: [UInt8]?
        /// The program that serves the overlay; nil: the kernel does.
        package var server: [UInt8]?

        package init(upper: [UInt8], work: [UInt8], git: [UInt8]?, server: [UInt8]? = nil) {
            self.upper = upper
            self.work = work
            self.git = git
            self.server = server
        }
    }

    package init(
        root: [UInt8], overlay: Overlay?, temporary: [UInt8], network: Bool = false, limits: ResourceLimits = .standard,
        linkVersion: UInt32 = BatonWorkerLink.linkVersion
    ) {
        self.root = root
        self.overlay = overlay
        self.temporary = temporary
        self.network = network
        self.limits = limits
        self.linkVersion = linkVersion
    }
}

/// One step of a role.
///
/// The names are those of `baton_step` in baton_plugin.h.
package struct RoleOrder: Hashable, Sendable {
    package var roleID: String
    package var pluginPath: String
    package var settings: String
    package var stepID: String
    package var runID: String
    package var task: String
    package var baseCommit: String
    package var attempt: UInt32
    package var deadlineUnixNanoseconds: Int64
    package var seed: UInt64
    package var flags: UInt32

    package init(
        roleID: String, pluginPath: String, settings: String, stepID: String, runID: String, task: String,
        baseCommit: String, attempt: UInt32, deadlineUnixNanoseconds: Int64, seed: UInt64, flags: UInt32
    ) {
        self.roleID = roleID
        self.pluginPath = pluginPath
        self.settings = settings
        self.stepID = stepID
        self.runID = runID
        self.task = task
        self.baseCommit = baseCommit
        self.attempt = attempt
        self.deadlineUnixNanoseconds = deadlineUnixNanoseconds
        self.seed = seed
        self.flags = flags
    }
}

/// A command to run in the view.
package struct CommandOrder: Hashable, Sendable {
    /// The program, looked up in `PATH`, and its arguments; never empty.
    package var arguments: [String]
    /// Relative to the view's root.
    package var directory: String
    package var timeLimitMilliseconds: UInt32

    package init(arguments: [String], directory: String = ".", timeLimitMilliseconds: UInt32) {
        self.arguments = arguments
        self.directory = directory
        self.timeLimitMilliseconds = timeLimitMilliseconds
    }
}

/// How a command ended.
package struct CommandResult: Hashable, Sendable {
    package var end: End
    package var milliseconds: UInt32

    package enum End: Hashable, Sendable {
        case exited(Int32)
        case signalled(Int32)
        case timedOut
        case cancelled
        /// It could not be started; the value is an `errno`.
        case notStarted(Int32)
    }

    package init(end: End, milliseconds: UInt32) {
        self.end = end
        self.milliseconds = milliseconds
    }
}
