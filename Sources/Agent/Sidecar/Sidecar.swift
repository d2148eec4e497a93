import ControllerRuntime
import KubeAPI
import KubeClient
import Logging
import NIOCore
import NIOPosix
import NestAPI
import Packages
import Planning

/// The kubelet analogue of one pod: makes the sandboxes that are bound to it run, and reports on them.
///
/// Level-triggered: every look at a sandbox compares what the API wants with what the shim has and takes one step. It
/// keeps nothing that it cannot rebuild from the two, so it may be killed at any time.
public actor Sidecar {
    struct Key: Hashable, Sendable, CustomStringConvertible {
        var object: ObjectKey
        var uid: String
        var description: String { "\(object)" }
    }

    let configuration: SidecarConfiguration
    let client: KubeClient
    let packages: PackageCache
    let recorder: EventRecorder
    let logger: Logger
    let queue = WorkQueue<Key>()
    let informer: Informer<Sandbox>
    let reporter: NodeReporter
    let contact: Contact
    let group: any EventLoopGroup
    let sockets: SocketStore
    /// The pod is being deleted: nothing starts here any more.
    var isDraining = false
    private(set) lazy var references = ReferenceWatch(
        client: client, namespace: configuration.podNamespace, logger: logger
    ) { [weak self] in await self?.recheckValues(of: $0) }
    let metrics = SidecarMetrics()
    var usage = UsageState()
    let sampleEvery: Duration
    var pressure: NodePressure
    let signals: @Sendable () -> PressureSignals?
    /// Sandboxes that have to go, by uid.
    var evictions: [String: EvictionWork] = [:]
    var clearedAt: Double?
    /// Packages that are compiled ahead, and for which version of each runtime.
    var ledger = CompileLedger()
    var compiledKinds: [String: String] = [:]
    var shim: ShimClient?
    var works: [Key: SandboxWork] = [:]
    private var keys: [String: Key] = [:]
    private let started = ContinuousClock.now

    /// - Parameters:
    ///   - configuration: the pod's.
    ///   - client: with the pod's credentials.
    ///   - group: one event loop is enough.
    ///   - logger: for what cannot be said on an object.
    ///   - sampleEvery: how often it is looked at what the pod's processes use.
    ///   - pressure: what the pod is short of.
    ///   - signals: what is left of memory, disk and process numbers; nil: the kernel is asked.
    ///   - sockets: what is kept of the sandboxes' sockets when the shim ends.
    ///   - staleAfter: how long after the API server's last answer an assignment is asked for again before it is started.
    /// - Throws: `PackageError` when the package cache cannot be opened.
    public init(
        configuration: SidecarConfiguration, client: KubeClient, group: any EventLoopGroup, logger: Logger,
        sampleEvery: Duration = .seconds(UsageReports.sampleSeconds), pressure: NodePressure = NodePressure(),
        signals: (@Sendable () -> PressureSignals?)? = nil, sockets: SocketStore = SocketStore(),
        staleAfter: Duration = .seconds(40)
    ) throws {
        self.configuration = configuration
        self.client = client
        self.group = group
        self.logger = logger
        self.sockets = sockets
        self.sampleEvery = sampleEvery
        self.pressure = pressure
        let directory = configuration.packagesDirectory
        self.signals = signals ?? { PressureReader.read(directory: directory) }
        packages = try PackageCache(directory: configuration.packagesDirectory, logger: logger)
        recorder = EventRecorder(client: client, component: "nest-sidecar", logger: logger)
        informer = Informer(
            client: client, namespace: configuration.podNamespace,
            fieldSelector: "spec.nodeName=\(configuration.podName)",
            logger: logger)
        informer.addIndex(.uid) { [$0.metadata.uid] }
        informer.addIndex(.reference) { ReferenceWatch.Reference.followed(by: $0).map(\.description) }
        informer.addIndex(.following) { ReferenceWatch.Reference.followed(by: $0).isEmpty ? [] : [IndexName.any] }
        contact = Contact(lasts: staleAfter)
        reporter = NodeReporter(configuration: configuration, client: client, contact: contact, logger: logger)
    }

    /// Works until the task is cancelled, or the shim is gone.
    /// - Throws: when the shim cannot be reached or has ended.
    public func run() async throws {
        let shim = try await connect()
        self.shim = shim
        defer { sockets.leave() }
        do {
            try await work(with: shim)
        } catch {
            await endProbes()
            throw error
        }
        await endProbes()
    }

    private func work(with shim: ShimClient) async throws {
        informer.onChange { [queue] change in
            let metadata = change.object.metadata
            queue.add(Key(object: change.object.key, uid: metadata.uid))
        }
        defer { shim.close() }
        try await withThrowingTaskGroup { group in
            group.addTask { await self.informer.run() }
            group.addTask { await self.reporter.run() }
            group.addTask { await self.reconcileAll() }
            group.addTask { await self.keepPackages() }
            if !self.configuration.poolSpec.preload.layers.isEmpty { group.addTask { await self.preload(with: shim) } }
            group.addTask { await self.followReferences() }
            group.addTask { await self.keepUsage() }
            group.addTask { await self.keepPressure() }
            if self.configuration.metricsToken != nil { group.addTask { await self.serveMetrics() } }
            group.addTask {
                await shim.waitUntilClosed()
                throw ShimClient.Closed()
            }
            defer { group.cancelAll() }
            try await withTaskCancellationHandler {
                _ = try await group.next()
            } onCancel: {
                shim.close()
            }
        }
    }

    private func reconcileAll() async {
        // Before the first list everything that runs would look unwanted.
        guard (try? await informer.waitForSync()) != nil else { return }
        contact.made()
        // What runs but was deleted meanwhile has no object: it is looked at too, by its uid.
        for sandbox in informer.lister.list() where keys[sandbox.metadata.uid] != nil {
            remember(Key(object: sandbox.key, uid: sandbox.metadata.uid))
        }
        for key in works.keys { queue.add(key) }
        await runWorkers(queue, workers: 8, logger: logger) { try await self.reconcile($0) }
    }

    /// The shim starts at the same time, so its socket may not be there yet.
    private func connect() async throws -> ShimClient {
        var delay = Duration.milliseconds(5)
        while true {
            do {
                let shim = try await ShimClient.connect(path: configuration.socket, group: group) { [weak self] event in
                    self?.enqueue(event)
                }
                startEvents()
                try await meet()
                let (sandboxes, runtimes) = try await shim.list()
                for report in sandboxes { adopt(report) }
                note(runtimes)
                await reporter.update(runtimes: runtimes, sandboxes: sandboxes.count)
                return shim
            } catch {
                guard delay < .seconds(5) else { throw error }
                try await Task.sleep(for: delay)
                delay *= 2
            }
        }
    }

    private func meet() async throws {
        let path = SocketRecord.path(beside: configuration.socket)
        if try await !sockets.meet(path: path) { throw ShimClient.Closed() }
    }

    // MARK: Events of the shim, in order

    private enum Turn: Sendable {
        case event(ShimMessage)
        case mark(CheckedContinuation<Void, Never>)
    }

    private var takesTurns = false
    private let turns = AsyncStream<Turn>.makeStream()

    private nonisolated func enqueue(_ event: ShimMessage) { turns.continuation.yield(.event(event)) }

    private func startEvents() {
        guard !takesTurns else { return }
        takesTurns = true
        let stream = turns.stream
        Task { [weak self] in
            for await turn in stream {
                switch turn {
                case .event(let event): await self?.handle(event)
                case .mark(let waiter): waiter.resume()
                }
            }
        }
    }

    /// Returns when every event that came before now has been taken in: an answer of the shim is newer than those.
    func catchUp() async { await withCheckedContinuation { turns.continuation.yield(.mark($0)) } }

    func handle(_ event: ShimMessage) async {
        switch event {
        case .changed(let report): adopt(report)
        case .removed(let uid): forgetReport(uid)
        case .runtimeChanged(let runtime):
            note([runtime])
            await reporter.update(runtime: runtime)
        default: break
        }
    }

    /// Nothing of a sandbox is left in the shim.
    ///
    /// The answer to `unplug` says so too, but may be taken in before the event that the sandbox is stopping, which would
    /// then stand for ever.
    private func forgetReport(_ uid: String) {
        guard let key = keys[uid], works[key] != nil else { return }
        works[key]?.report = nil
        queue.add(key)
    }

    /// Takes in a report of a sandbox, known or found running.
    func adopt(_ report: SandboxReport) {
        let key = keys[report.uid] ?? orphanKey(report.uid)
        works[key, default: SandboxWork()].take(report, now: clock)
        sockets.note(report.uid, isParked: report.isParked ?? false)
        queue.add(key)
    }

    /// The informer may not know a sandbox that runs: then it has no name yet, and its uid finds it.
    private func orphanKey(_ uid: String) -> Key {
        let object = informer.lister.list(.uid, uid).first?.key
        return remember(Key(object: object ?? ObjectKey(namespace: "", name: uid), uid: uid))
    }

    /// One key for each uid: an orphan's work moves to its name once that is known.
    @discardableResult
    func remember(_ key: Key) -> Key {
        if let old = keys[key.uid], old != key, let work = works.removeValue(forKey: old) { works[key] = work }
        keys[key.uid] = key
        return key
    }

    func forget(_ key: Key) {
        works[key]?.probing?.task?.cancel()
        works[key] = nil
        if keys[key.uid] == key { keys[key.uid] = nil }
        evictions[key.uid] = nil
    }

    /// Whether the key was that of an orphan whose name is known by now.
    func isSuperseded(_ key: Key) -> Bool { keys[key.uid].map { $0 != key } ?? false }

    var clock: Double {
        let elapsed = ContinuousClock.now - started
        return Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18
    }
}

/// A pod may have ten thousand sandboxes, nearly all of them parked: nothing that happens often looks at each.
extension IndexName {
    static let uid = IndexName("uid")
    /// By what a sandbox follows.
    static let reference = IndexName("reference")
    /// Those that follow anything, all under `any`.
    static let following = IndexName("following")
    static let any = "any"
}
