import FoundationEssentials
import Glibc
import KubeAPI
import Logging
import NIOCore
import NIOPosix
import Planning

/// Owns the processes and listening sockets of one pod's sandboxes.
///
/// Everything happens on one event loop, whose thread lives as long as the shim: hosts die with the thread that started
/// them. It knows nothing of the API server; the sidecar may come and go while sandboxes run.
public actor Shim {
    /// A request that cannot be done.
    public struct Refusal: Error, Sendable, Equatable, CustomStringConvertible {
        public let reason: String
        public let message: String
        public var description: String { message }
    }

    public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    static let bootSeconds: Int64 = 10
    /// What sandboxes have to finish in when nobody has unplugged them before the shim ends.
    static let lastGraceSeconds = 3.0

    nonisolated let configuration: ShimConfiguration
    nonisolated let loop: any EventLoop
    private nonisolated let executor: any SerialExecutor
    nonisolated let logger: Logger
    let launcher: HostLauncher
    let monitor: ProcessMonitor
    var pools: [String: RuntimePool] = [:]
    var hosts: [Int: Host] = [:]
    /// What is being read of what hosts and their sandboxes print.
    var outputs: [Int: Output] = [:]
    var nextOutput = 0
    let callers: SocketWatch
    let refusals = CallerRefusal.Room()
    /// What is left of memory.
    nonisolated let memory: @Sendable () -> PressureSignals.Amount?
    /// Who gets a process, and when.
    var admission: WakeAdmission
    /// The next look whether there is memory for those who wait.
    var admitting: Scheduled<Void>?
    /// What processes of each runtime have taken.
    var costs: [String: WakeCost] = [:]
    /// What the host of each runtime that booted last had taken by then.
    var bootedBytes: [String: Int64] = [:]
    var wakes = WakeCounts()
    /// Whether there was room for few more processes, and when that was looked at.
    var tightness: (isTight: Bool, at: Double)?
    /// How long after a sandbox's grace a host that has others, too, may take to let it go.
    var unloadSeconds = 10.0
    var records: [String: SandboxRecord] = [:]
    var ports: PortLedger
    var kept: [String: KeptSocket] = [:]
    /// How long, in seconds: what is not asked for by then belongs to a sandbox that is gone.
    var keepSeconds = 60.0
    var exchange: SocketExchange?
    var keeper: Keeper?
    nonisolated let journal: HostJournal
    var slots = CursorAllocator(HostLauncher.slots)
    var nextHost = 1
    var goneLogs: GoneLogs
    var isDeletingLogs = false
    nonisolated let standardOutput: StandardLog?
    var isStopping = false
    /// Keeps the metrics' port for this user while no sidecar listens on it; -1: it could not be kept.
    private var metricsPort: Int32 = -1
    /// A look at all processes that is under way.
    var measuring: Task<([Int: ProcessUsage], ProcessUsage), Never>?
    /// Who waits for packages to be compiled, by the host.
    var compilations: [Int: CheckedContinuation<CompileOutcome, Never>] = [:]
    /// What was compiled of packages, by their directories.
    var compiledFiles: [String: String] = [:]
    private var stopping: [CheckedContinuation<Void, Never>] = []
    private var leaving: [CheckedContinuation<Void, Never>] = []
    private var listeners: [Int: @Sendable (ShimMessage) -> Void] = [:]
    private var nextListener = 0

    /// - Parameters:
    ///   - configuration: the pod's.
    ///   - loop: an event loop of SwiftNIO's own, for this shim alone.
    ///   - logger: for what happens to hosts.
    ///   - standardOutput: gets what sandboxes print, too.
    ///   - memory: says what is left of memory; nil: the kernel is asked.
    ///   - startsAtOnce: sandboxes that are started at once; nil: as many as suit the machine.
    /// - Throws: `SystemError` when the address gives no users for sandboxes.
    init(
        configuration: ShimConfiguration, loop: any EventLoop, logger: Logger, standardOutput: StandardLog? = nil,
        memory: (@Sendable () -> PressureSignals.Amount?)? = nil, startsAtOnce: Int? = nil
    ) throws {
        self.configuration = configuration
        self.loop = loop
        executor = loop.executor
        self.logger = logger
        launcher = try HostLauncher(configuration)
        monitor = try ProcessMonitor()
        callers = try SocketWatch()
        ports = PortLedger(configuration.ports, path: configuration.directory + "/next-port")
        journal = HostJournal(directory: configuration.directory + "/hosts")
        goneLogs = GoneLogs(limit: configuration.maxSandboxes)
        self.standardOutput = standardOutput
        self.memory = memory ?? { PressureReader.memory() }
        admission = WakeAdmission(limits: .init(atOnce: startsAtOnce ?? Self.startsAtOnce))
    }

    /// Makes the pod's directories and boots the first hosts.
    ///
    /// What an earlier shim left is ended and removed first.
    public func start() throws {
        let root = configuration.directory
        let found = try journal.endLeftovers()
        if found > 0 { logger.warning("ended \(found) runtime hosts of an earlier shim") }
        for name in ["sandboxes", "compiled"] { try? FileManager.default.removeItem(atPath: "\(root)/\(name)") }
        for (name, mode) in [("sandboxes", mode_t(0o711)), ("logs", 0o700)] {
            let path = "\(root)/\(name)"
            if mkdir(path, mode) != 0, errno != EEXIST { throw SystemError("cannot make \(path)") }
        }
        adoptLogs()
        do {
            metricsPort = try Sockets.keep(address: configuration.address, port: SidecarConfiguration.metricsPort)
        } catch {
            logger.warning("a sandbox may take the port of the metrics: \(error)")
        }
        for runtime in configuration.runtimes {
            pools[runtime.name] = RuntimePool(spec: runtime, directory: configuration.runtimesDirectory)
        }
        for pool in pools.values { refill(pool) }
    }

    public func list() -> (sandboxes: [SandboxReport], runtimes: [RuntimeReport]) {
        (
            records.values.map(\.report).sorted { $0.uid < $1.uid },
            pools.values.filter(\.isPlain).map { report($0) }.sorted { $0.name < $1.name }
        )
    }

    /// Calls `listener` with every change from now on, on the event loop.
    /// - Returns: what `removeListener` takes.
    func addListener(_ listener: @escaping @Sendable (ShimMessage) -> Void) -> Int {
        nextListener += 1
        listeners[nextListener] = listener
        return nextListener
    }

    func removeListener(_ id: Int) {
        listeners[id] = nil
        resumeIfLeftAlone()
    }

    func tell(_ message: ShimMessage) { for listener in listeners.values { listener(message) } }

    /// Returns when there is no sandbox any more, or nobody who might unplug one.
    ///
    /// Whoever asked the shim to end kills it when that takes too long.
    func waitUntilLeftAlone() async {
        guard !records.isEmpty, !listeners.isEmpty else { return }
        await withCheckedContinuation { leaving.append($0) }
    }

    func resumeIfLeftAlone() {
        guard records.isEmpty || listeners.isEmpty else { return }
        for waiter in leaving { waiter.resume() }
        leaving = []
    }

    /// Ends every host and returns when nothing of them is left.
    /// - Parameter graceSeconds: what sandboxes may take to finish what they do.
    public func stop(graceSeconds: Double = 0) async {
        isStopping = true
        for pool in pools.values { pool.timer?.cancel() }
        admitting?.cancel()
        for record in records.values { closeSocket(of: record) }
        for uid in kept.keys { dropKept(uid) }
        exchange?.stop()
        for host in hosts.values {
            guard graceSeconds > 0, host.isInUse else {
                host.kill()
                continue
            }
            var order = HostOrder(type: "stop")
            order.graceSeconds = Int(graceSeconds)
            try? tell(host, order)
        }
        let killer = after(graceSeconds) { shim in for host in shim.hosts.values { host.kill() } }
        if !hosts.isEmpty { await withCheckedContinuation { stopping.append($0) } }
        killer.cancel()
        monitor.stop()
        callers.stop()
        if metricsPort >= 0 { Glibc.close(metricsPort) }
        metricsPort = -1
    }

    func resumeStopIfDone() {
        guard isStopping, hosts.isEmpty else { return }
        for waiter in stopping { waiter.resume() }
        stopping = []
    }

    /// Runs `body` here from a callback of the event loop.
    nonisolated func onLoop(_ body: @escaping @Sendable (isolated Shim) -> Void) {
        if loop.inEventLoop { assumeIsolated(body) } else { loop.execute { self.assumeIsolated(body) } }
    }

    func after(_ seconds: Double, _ body: @escaping @Sendable (isolated Shim) -> Void) -> Scheduled<Void> {
        loop.scheduleTask(in: .milliseconds(Int64(max(0, min(seconds, 1e9)) * 1000))) { [weak self] in
            self?.assumeIsolated(body)
        }
    }

    var clock: Double { Double(NIODeadline.now().uptimeNanoseconds) / 1e9 }
}
