import FoundationEssentials
import NestAPI

/// What a shim is started with: a JSON file that the machine agent, or the pod's template, writes.
public struct ShimConfiguration: Codable, Sendable, Equatable {
    /// The pod's directory, with `sandboxes` and `logs` below it.
    public var directory: String
    /// The unix socket, relative to the directory unless absolute, in a directory of mode 0700.
    public var socket: String
    /// The pod's IP.
    public var address: String
    public var ports: Range<Int>
    public var runtimes: [ResourcePoolSpec.Runtime]
    /// `nest-jail`.
    public var jail: String
    /// Where programs of runtimes are, by name; others are looked up in the PATH.
    public var programs: [String: String]
    /// The directory with a folder a runtime.
    public var runtimesDirectory: String
    public var maxSandboxes: Int
    /// What a sandbox without a limit may take of memory, in bytes; nil: what the pod has, less a reserve.
    public var memoryBytes: UInt64?
    /// How long after an answer a sandbox is asked again whether its event loop turns.
    public var pingSeconds: Double
    /// Whether what sandboxes print goes to the shim's standard output, too, as on a cluster, whose `kubectl logs` shows
    /// nothing else.
    ///
    /// May be left out of the JSON: false.
    public var logToStandardOutput: Bool

    public init(
        directory: String, socket: String = "control/shim.sock", address: String, ports: Range<Int> = 20001..<32768,
        runtimes: [ResourcePoolSpec.Runtime] = [.init(name: "nodejs", prewarmed: 2)], jail: String,
        programs: [String: String] = [:],
        runtimesDirectory: String, maxSandboxes: Int = 200, memoryBytes: UInt64? = nil, pingSeconds: Double = 10,
        logToStandardOutput: Bool = false
    ) {
        self.directory = directory
        self.socket = socket
        self.address = address
        self.ports = ports
        self.runtimes = runtimes
        self.jail = jail
        self.programs = programs
        self.runtimesDirectory = runtimesDirectory
        self.maxSandboxes = maxSandboxes
        self.memoryBytes = memoryBytes
        self.pingSeconds = pingSeconds
        self.logToStandardOutput = logToStandardOutput
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        directory = try container.decode(String.self, forKey: .directory)
        socket = try container.decode(String.self, forKey: .socket)
        address = try container.decode(String.self, forKey: .address)
        ports = try container.decode(Range<Int>.self, forKey: .ports)
        runtimes = try container.decode([ResourcePoolSpec.Runtime].self, forKey: .runtimes)
        jail = try container.decode(String.self, forKey: .jail)
        programs = try container.decodeIfPresent([String: String].self, forKey: .programs) ?? [:]
        runtimesDirectory = try container.decode(String.self, forKey: .runtimesDirectory)
        maxSandboxes = try container.decode(Int.self, forKey: .maxSandboxes)
        memoryBytes = try container.decodeIfPresent(UInt64.self, forKey: .memoryBytes)
        pingSeconds = try container.decodeIfPresent(Double.self, forKey: .pingSeconds) ?? 10
        logToStandardOutput = try container.decodeIfPresent(Bool.self, forKey: .logToStandardOutput) ?? false
    }
}
