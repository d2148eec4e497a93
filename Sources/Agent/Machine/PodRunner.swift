import FoundationEssentials
import Glibc
import KubeAPI
import Logging

/// Keeps the two processes of one pod running: the shim, and the sidecar beside it.
actor PodRunner {
    enum Role: String, Sendable, CaseIterable {
        case shim, sidecar
    }

    /// Time to end in after SIGTERM, before SIGKILL.
    static let grace = Duration.seconds(4)
    /// A process that lived this long is restarted without delay.
    private static let wellAfter = Duration.seconds(10)

    let pod: Pod
    private let machine: MachineConfiguration
    private let files: PodFiles
    private let monitor: ProcessMonitor
    private let logger: Logger
    private let onChange: @Sendable () -> Void
    private var state: PodState
    private var alive: [Role: ProcessIdentity] = [:]
    private var startedAt: [Role: ContinuousClock.Instant] = [:]
    private var failures: [Role: Int] = [:]
    private var isStopping = false
    private var isRestarting = false
    private var waiters: [CheckedContinuation<Void, Never>] = []

    init(
        pod: Pod, machine: MachineConfiguration, monitor: ProcessMonitor, logger: Logger,
        onChange: @escaping @Sendable () -> Void
    ) {
        self.pod = pod
        self.machine = machine
        self.monitor = monitor
        self.onChange = onChange
        var logger = logger
        logger[metadataKey: "pod"] = "\(pod.key)"
        self.logger = logger
        files = PodFiles(directory: machine.dataDirectory + "/pods/" + pod.metadata.uid)
        state = PodState(address: "")
    }

    var address: String { state.address }
    func restarts(of role: Role) -> Int { state.restarts[role.rawValue] ?? 0 }
    var isRunning: Bool { alive.count == Role.allCases.count }

    private var credentials: UInt64? { FileManager.default.contents(atPath: machine.kubeconfig).map(stableHash) }

    /// Takes over what an earlier machine agent left running, else starts anew.
    func start() async throws {
        if let old = PodState.read(files.state) {
            state = old
            if let shim = old.shim, shim.isAlive {
                try follow(.shim, shim)
                guard let sidecar = old.sidecar, sidecar.isAlive else { return try launch(.sidecar) }
                if old.credentials == credentials { return try follow(.sidecar, sidecar) }
                // The API server has moved, or its token is another: only a new sidecar can reach it.
                try monitor.watch(sidecar.pid) { _ in }
                sidecar.signalGroup(SIGKILL)
                return try launch(.sidecar)
            }
            old.sidecar?.signalGroup(SIGKILL)
        }
        try files.make()
        try await launchBoth()
    }

    /// A sidecar that is there goes on: it keeps the sandboxes' sockets for the next shim.
    private func launchBoth() async throws {
        let reservation = try await reserveAddress()
        guard !isStopping else { return reservation.release() }
        defer { reservation.release() }
        if state.address != reservation.address { await endSidecar() }
        guard !isStopping else { return }
        state.address = reservation.address
        try files.writeConfigurations(pod, address: reservation.address, machine: machine)
        try launch(.shim, holding: reservation.socket)
        if alive[.sidecar] == nil { try launch(.sidecar) }
    }

    /// What it has kept is of another address.
    private func endSidecar() async {
        guard let sidecar = alive[.sidecar] else { return }
        sidecar.signalGroup(SIGKILL)
        while alive[.sidecar] == sidecar { try? await Task.sleep(for: .milliseconds(5)) }
    }

    /// The same address as before when nobody took it: then gateways need not learn another.
    private func reserveAddress() async throws -> AddressReservation {
        guard !state.address.isEmpty else { return try AddressReservation.take(for: pod.metadata.uid) }
        // A host that the dead shim was just starting may hold a copy of the socket for an instant more.
        for _ in 0..<25 {
            if let same = try? AddressReservation.take(address: state.address) { return same }
            try? await Task.sleep(for: .milliseconds(20))
        }
        return try AddressReservation.take(for: pod.metadata.uid)
    }

    /// What of this process's environment says how packages are fetched: proxies and certificates.
    private static var fetchEnvironment: [String: String] {
        let names = ["http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"]
        let pairs = (names + ["CURL_CA_BUNDLE", "SSL_CERT_FILE"]).compactMap { name in
            getenv(name).map { (name, String(cString: $0)) }
        }
        return Dictionary(pairs) { $1 }
    }

    /// The shim inherits the socket that holds the address: it is free when the shim, not the agent, has ended.
    private func launch(_ role: Role, holding reservation: Int32? = nil) throws {
        let null = try SystemError.check("cannot open /dev/null") { open("/dev/null", O_RDONLY | O_CLOEXEC) }
        defer { close(null) }
        let path = files.errors(of: role.rawValue)
        let errors = try SystemError.check("cannot open \(path)") {
            open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0o600)
        }
        defer { close(errors) }
        let configuration = role == .shim ? files.shimConfiguration : files.sidecarConfiguration
        var environment = ["PATH": "/usr/local/bin:/usr/bin:/bin", "SWIFT_BACKTRACE": "enable=no"]
        // Only the sidecar fetches; what the shim has, a tenant may come to see.
        if role == .sidecar { environment.merge(Self.fetchEnvironment) { own, _ in own } }
        let spec = ProcessSpec(
            arguments: [machine.agentExecutable, role.rawValue, "--config", configuration], environment: environment,
            directory: files.directory, descriptors: [null, errors, errors] + (reservation.map { [$0] } ?? []))
        let pid = try spec.spawn()
        guard let identity = ProcessIdentity(pid: pid) else { throw SystemError("\(role) ended at once", code: ESRCH) }
        try follow(role, identity)
    }

    private func follow(_ role: Role, _ identity: ProcessIdentity) throws {
        alive[role] = identity
        startedAt[role] = .now
        if role == .shim {
            state.shim = identity
        } else {
            state.sidecar = identity
            state.credentials = credentials
        }
        try monitor.watch(identity.pid) { status in
            Task { await self.ended(role, identity, status) }
        }
        do {
            try state.write(files.state)
        } catch {
            // It runs all the same; only an agent that comes after this one would not find it.
            logger.error("the pod's state was not written: \(error)")
        }
    }

    private func ended(_ role: Role, _ identity: ProcessIdentity, _ status: ExitStatus) async {
        guard alive[role] == identity else { return }
        alive[role] = nil
        if alive.isEmpty {
            for waiter in waiters { waiter.resume() }
            waiters = []
        }
        guard !isStopping else { return }
        logger.warning("\(role) ended and is started again", metadata: ["status": "\(status)"])
        state.restarts[role.rawValue, default: 0] += 1
        onChange()
        await pause(role)
        await restart()
    }

    /// At once the first time, then later and later while it keeps ending early.
    private func pause(_ role: Role) async {
        let lived = startedAt[role].map { .now - $0 } ?? Duration.zero
        failures[role] = lived >= Self.wellAfter ? 0 : (failures[role] ?? 0) + 1
        let count = failures[role] ?? 0
        if count > 1 { try? await Task.sleep(for: .seconds(min(30, 1 << min(count - 2, 5)))) }
    }

    /// Starts whatever does not run.
    ///
    /// One at a time: whoever is at it sees what ends meanwhile.
    private func restart() async {
        guard !isRestarting else { return }
        isRestarting = true
        defer { isRestarting = false }
        while !isStopping, !isRunning {
            do {
                if alive[.shim] == nil { try await launchBoth() } else { try launch(.sidecar) }
            } catch {
                logger.error("the pod cannot be restarted, will try again: \(error)")
                try? await Task.sleep(for: .seconds(5))
            }
        }
        onChange()
    }

    /// Ends both processes and all that they started, and removes the pod's directory.
    ///
    /// May be called again with less patience.
    /// - Parameter grace: from SIGTERM to SIGKILL.
    func stop(within grace: Duration = PodRunner.grace) async {
        isStopping = true
        let signal = grace > .zero ? SIGTERM : SIGKILL
        for identity in alive.values { identity.signalGroup(signal) }
        let killer = Task {
            try await Task.sleep(for: grace)
            for identity in alive.values { identity.signalGroup(SIGKILL) }
        }
        if !alive.isEmpty { await withCheckedContinuation { waiters.append($0) } }
        killer.cancel()
        // A shim that was killed has ended none of its hosts, and the kernel takes its time with them.
        do { try HostJournal(directory: files.hosts).endLeftovers() } catch { logger.error("\(error)") }
        files.remove()
    }
}
