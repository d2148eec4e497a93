import FoundationEssentials
import KubeAPI

/// What the sidecar asks of the shim: one JSON object a line.
public struct ShimRequest: Codable, Sendable, Equatable {
    /// Given back with the answer.
    public var id: UInt64
    public var command: Command

    public enum Command: Codable, Sendable, Equatable {
        /// All sandboxes and runtimes.
        case list
        /// Lets hosts load these layers before any sandbox comes: their directories, in the pool's order. Answered as
        /// `list` is, at once; each runtime says how far it is.
        case preload([String])
        /// Compiles the scripts of an unpacked package. Answered when that is done.
        case compile(runtime: String, directory: String)
        /// Lets loads of the package use what was compiled of it.
        case useCompiled(directory: String, file: String)
        /// Runs a sandbox. Answered when it has been loaded, or could not be.
        case plug(PlugOrder)
        /// Stops a sandbox and forgets it. Answered when nothing of it is left.
        case unplug(uid: String, graceSeconds: Int)
        /// What each process has used.
        case usage
        /// Memory is short: parks those that have been idle longest. Answered with how many that are.
        case relieve
    }
}

/// One sandbox to run.
public struct PlugOrder: Codable, Sendable, Equatable {
    public var uid: String
    /// For people: names its log.
    public var name: String
    public var runtime: String
    public var signature: String
    public var handler: String
    /// The unpacked package.
    public var directory: String
    public var environment: [String: String]
    /// The directories of its unpacked layers, in its order; nil: it has none.
    public var layers: [String]?
    /// What was compiled of its package and layers before, by their directories; nil: nothing.
    public var compiled: [String: String]?
    /// The limit of its private memory, in bytes; nil: none.
    public var memoryBytes: UInt64?
    /// The longest that one request may take.
    public var timeoutSeconds: Int
    /// The longest from now until it is loaded.
    public var startSeconds: Double
    /// The longest from a call until it is loaded again after it was parked; nil: as `startSeconds`.
    public var wakeSeconds: Double?
    /// Requests at once; 0: no limit.
    public var concurrency: Int
    public var function: FunctionIdentity
    /// Kept for whoever wants to know whether the sandbox was started with other values than it would be now.
    public var valuesDigest: String
    /// Thousandths of a processor that it may use; nil: no limit.
    ///
    /// Enforced where sandboxes share a process.
    public var cpuMillis: Int64?
    /// It is parked after so many seconds without a connection; nil: never.
    public var idleSeconds: Int?
    /// It was parked when the shim before this one ended: it is loaded when it is called.
    ///
    /// Only where that shim's socket has been kept.
    public var startsParked: Bool?
    /// Ends in a row before this start: they decide whether the one after the next end comes at once.
    public var endsBefore: Int
    /// What it asked for of memory, in bytes; nil: nothing.
    public var requestBytes: UInt64?

    public init(
        uid: String, name: String, runtime: String, signature: String, handler: String, directory: String,
        environment: [String: String] = [:], layers: [String]? = nil, memoryBytes: UInt64? = nil,
        timeoutSeconds: Int = 60,
        startSeconds: Double = 30, concurrency: Int = 0, function: FunctionIdentity = FunctionIdentity(),
        valuesDigest: String = "", cpuMillis: Int64? = nil, idleSeconds: Int? = nil, endsBefore: Int = 0,
        requestBytes: UInt64? = nil
    ) {
        self.uid = uid
        self.name = name
        self.runtime = runtime
        self.signature = signature
        self.handler = handler
        self.directory = directory
        self.environment = environment
        self.layers = layers
        self.memoryBytes = memoryBytes
        self.timeoutSeconds = timeoutSeconds
        self.startSeconds = startSeconds
        self.concurrency = concurrency
        self.function = function
        self.valuesDigest = valuesDigest
        self.cpuMillis = cpuMillis
        self.idleSeconds = idleSeconds
        self.endsBefore = endsBefore
        self.requestBytes = requestBytes
    }
}

/// What a handler may know of the function that it is.
public struct FunctionIdentity: Codable, Sendable, Equatable {
    /// The SandboxDeployment's.
    public var name: String
    public var namespace: String
    /// The template's hash.
    public var revision: String
    public var sandbox: String

    public init(name: String = "", namespace: String = "", revision: String = "", sandbox: String = "") {
        self.name = name
        self.namespace = namespace
        self.revision = revision
        self.sandbox = sandbox
    }
}

/// What the shim says: answers to requests, and every change unasked.
public enum ShimMessage: Codable, Sendable, Equatable {
    case listed(id: UInt64, sandboxes: [SandboxReport], runtimes: [RuntimeReport])
    case plugged(id: UInt64, SandboxReport)
    case unplugged(id: UInt64, UnplugOutcome)
    case used(id: UInt64, UsageReport)
    case relieved(id: UInt64, count: Int)
    case compiled(id: UInt64, CompileOutcome)
    /// The request cannot be done.
    case refused(id: UInt64, reason: String, message: String)
    /// A sandbox is now like this.
    case changed(SandboxReport)
    /// Nothing is left of a sandbox.
    case removed(uid: String)
    case runtimeChanged(RuntimeReport)

    /// The request that this answers; nil for an event.
    public var answers: UInt64? {
        switch self {
        case .listed(let id, _, _), .plugged(let id, _), .unplugged(let id, _), .used(let id, _), .relieved(let id, _),
            .compiled(let id, _),
            .refused(let id, _, _):
            id
        case .changed, .removed, .runtimeChanged: nil
        }
    }
}

/// One sandbox as the shim has it.
public struct SandboxReport: Codable, Sendable, Equatable {
    public enum State: String, Codable, Sendable {
        /// Waits for a host, or is being loaded by one.
        case loading
        case running
        case stopping
        /// It could not be loaded.
        case failed
        /// It ran and ended.
        case exited
    }

    public var uid: String
    public var state: State
    public var address: String
    /// It stays from one process to the next; nil once it is being unplugged.
    public var port: Int?
    public var pid: Int32?
    /// When it was loaded.
    public var loadedAt: Timestamp?
    /// How long it waited for its turn before it was first loaded; that is no part of its start.
    public var waitedSeconds: Double?
    /// When it failed or ended.
    public var endedAt: Timestamp?
    /// Why it failed or ended; CamelCase.
    public var reason: String?
    /// The same for people: the user's own error, or the exit status and the last lines of the log.
    public var message: String?
    /// The order's.
    public var valuesDigest: String?
    /// How its process ended.
    public var exit: ExitStatus?
    /// What it said last: the uncaught error, or the last lines of its log.
    public var lastWords: String?
    /// Nothing of it is there but its socket; a connection wakes it.
    public var isParked: Bool?
}

/// How a sandbox was stopped.
public struct UnplugOutcome: Codable, Sendable, Equatable {
    /// How its process ended; nil when it had none.
    public var exit: ExitStatus?
    /// Whether its grace period was over before it had ended.
    public var wasKilled: Bool

    public init(exit: ExitStatus? = nil, wasKilled: Bool = false) {
        self.exit = exit
        self.wasKilled = wasKilled
    }
}

/// One runtime of the pod.
public struct RuntimeReport: Codable, Sendable, Equatable {
    public var name: String
    /// Empty until a host has booted.
    public var version: String
    /// Booted, empty hosts.
    public var idle: Int
    /// Why hosts do not boot; nil when they do.
    public var failure: String?
    /// Nil when it preloads nothing.
    public var preload: Preload?

    /// How far it is with layers that are loaded before any sandbox comes.
    public struct Preload: Codable, Sendable, Equatable {
        /// A host has loaded them.
        public var isDone: Bool
        /// Hosts of one sandbox that have, and are empty.
        public var idle: Int
        /// How many modules, or classes, that were.
        public var modules: Int
        /// Why hosts do not; nil when they do.
        public var failure: String?
    }
}
