import KubeAPI
import KubeClient
import Logging

/// Lets one of several processes do something, by way of a Lease.
///
/// Source: client-go `tools/leaderelection`. Stricter in one thing: a leader that sees another's name in the lease stops at
/// once. Quicker in another: who waits follows the lease by a watch, so that it sees a renewal when it happens, and
/// begins exactly when the lease is over or given back.
///
/// So after a kill another leads at most `lease` after the last renewal, and two delays: of the watch that told of the
/// renewal, and of one write. When the watch is broken a renewal is seen up to `retry` × 1.2 later, and another leads as
/// much later. It is safe because the time counts from when the renewal was seen, and the one before stops `renew` after it
/// was sent: `lease` - `renew` are left for clocks that differ in speed and for what is under way.
public struct LeaderElector: Sendable {
    /// client-go's defaults, but for a lease that is a second shorter: with it another works within 15 s of a kill.
    ///
    /// `renew` must be less than `lease`: a leader stops before another may begin.
    public struct Timing: Sendable, Equatable {
        /// How long others wait for a leader that is silent; whole seconds.
        public var lease = Duration.seconds(14)
        /// How long a leader that cannot renew goes on.
        public var renew = Duration.seconds(10)
        /// Between two tries.
        public var retry = Duration.seconds(2)

        public init() {}

        /// What is wrong with the times, and what to do; nil when nothing is.
        public var problem: String? {
            if retry <= .zero { return "the retry period must be greater than zero" }
            if lease <= renew { return "the lease duration must be greater than the renew deadline" }
            if renew <= retry * LeaderElector.jitter {
                return "the renew deadline must be greater than the retry period times \(LeaderElector.jitter)"
            }
            return nil
        }
    }

    /// A lease as it was before anything else was read from the server.
    public struct Look: Sendable {
        let lease: Lease?
    }

    /// The lease could not be renewed in time, or someone else has it: what was led has been cancelled.
    public struct LeadershipLost: Error, CustomStringConvertible {
        public let lease: ObjectKey
        public var description: String { "no longer the leader of lease \(lease): start again to stand for it" }
    }

    private enum Attempt { case held, taken(Duration), failed }

    static let jitter = 1.2

    private let client: KubeClient
    private let key: ObjectKey
    private let identity: String
    private let timing: Timing
    private let clock: any Clock<Duration>
    private let logger: Logger

    /// - Parameters:
    ///   - client: of the server that holds the lease.
    ///   - lease: where the lease is; it is created when it is not there, and its namespace too.
    ///   - identity: names this process among all that stand.
    ///   - timing: how fast a leader is replaced.
    ///   - clock: measures `timing`.
    ///   - logger: is told who leads.
    public init(
        client: KubeClient, lease: ObjectKey, identity: String, timing: Timing = Timing(),
        clock: any Clock<Duration> = ContinuousClock(), logger: Logger
    ) {
        self.client = client
        key = lease
        self.identity = identity
        self.timing = timing
        self.clock = clock
        self.logger = logger
    }

    /// Reads the lease, as soon as the server answers.
    ///
    /// Who reads everything else after it, and then leads without another in between, knows all that was written.
    /// - Throws: `CancellationError`.
    public func look() async throws -> Look {
        while true {
            do {
                return Look(lease: try await current())
            } catch {
                try Task.checkCancellation()
                logger.warning("lease \(key) cannot be read, will try again: \(error)")
                try await clock.sleep(for: timing.retry, tolerance: nil)
            }
        }
    }

    /// Waits to become the leader, runs `work`, and gives the lease back when it returns or the task is cancelled.
    /// - Parameters:
    ///   - look: how the lease was before the caller read anything; nil: not known.
    ///   - work: what only the leader does; cancelled when leadership is lost. It is told whether someone else may have led
    ///     after `look`: then what was read before it was called may be older than what that one wrote.
    /// - Throws: `LeadershipLost`, what `work` throws, or `CancellationError`.
    public func run(
        since look: Look? = nil, _ work: @escaping @Sendable (_ isSuccessor: Bool) async throws -> Void
    ) async throws {
        let elapsed = stopwatch(clock)
        let (election, heldAt) = try await acquire(elapsed)
        logger.info("leading", metadata: ["lease": "\(key)", "identity": "\(identity)"])
        let isSuccessor = election.isSuccessor(since: look)
        let result = await Result.of {
            try await lead({ try await work(isSuccessor) }, while: election, since: heldAt, elapsed)
        }
        if case .success(false) = result {
            logger.error("leadership lost", metadata: ["lease": "\(key)", "identity": "\(identity)"])
            throw LeadershipLost(lease: key)
        }
        // The lease is given back even when this task is cancelled.
        await Task { await release(election) }.value
        _ = try result.get()
    }

    /// Stands until the lease is ours.
    /// - Returns: when the request that got it was sent: others cannot have seen it earlier.
    private func acquire(_ elapsed: @Sendable () -> Duration) async throws -> (LeaderElection, Duration) {
        var election = LeaderElection(key: key, identity: identity, timing: timing)
        let informer = Informer<Lease>(
            client: client, namespace: key.namespace, fieldSelector: "metadata.name=\(key.name)", logger: logger)
        let looks = WorkQueue<ObjectKey>(clock: clock)
        looks.add(key)
        informer.onChange { [key] _ in looks.add(key) }
        let watch = Task { await informer.run() }
        defer { watch.cancel() }
        var hasSaid = false
        while await looks.next() != nil {
            let now = elapsed()
            var pause = timing.retry * Double.random(in: 1..<Self.jitter)
            switch await attempt(&election, elapsed) {
            case .held: return (election, now)
            case .taken(let left):
                pause = min(pause, left)
                if !hasSaid { logger.info("standing by", metadata: ["lease": "\(key)", "identity": "\(identity)"]) }
                hasSaid = true
            case .failed: break
            }
            looks.done(key)
            looks.add(key, after: pause)
        }
        throw CancellationError()
    }

    /// - Returns: whether the work ended by itself, rather than with the leadership.
    private func lead(
        _ work: @escaping @Sendable () async throws -> Void, while election: LeaderElection, since heldAt: Duration,
        _ elapsed: @escaping @Sendable () -> Duration
    ) async throws -> Bool {
        try await withThrowingTaskGroup { group in
            group.addTask {
                try await work()
                return true
            }
            group.addTask {
                try await keep(election, since: heldAt, elapsed)
                return false
            }
            defer { group.cancelAll() }
            return try await group.next() ?? true
        }
    }

    /// Renews until that has failed for too long, or another leads.
    private func keep(
        _ election: LeaderElection, since heldAt: Duration, _ elapsed: @escaping @Sendable () -> Duration
    ) async throws {
        var (election, heldAt) = (election, heldAt)
        while let (renewed, at) = try await renew(election, by: heldAt + timing.renew, elapsed) {
            (election, heldAt) = (renewed, at)
        }
    }

    /// Renews once, trying again until the deadline; a request that hangs does not outlive it.
    /// - Returns: nil when it was not possible in time, or another leads.
    private func renew(
        _ election: LeaderElection, by deadline: Duration, _ elapsed: @escaping @Sendable () -> Duration
    ) async throws -> (LeaderElection, Duration)? {
        try await withThrowingTaskGroup(of: (LeaderElection, Duration)?.self) { group in
            group.addTask {
                var election = election
                while true {
                    try await clock.sleep(for: timing.retry, tolerance: nil)
                    let now = elapsed()
                    switch await attempt(&election, elapsed) {
                    case .held: return (election, now)
                    case .taken: return nil
                    case .failed: try Task.checkCancellation()
                    }
                }
            }
            group.addTask {
                try await clock.sleep(for: deadline - elapsed(), tolerance: nil)
                return nil
            }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
    }

    private func attempt(_ election: inout LeaderElection, _ elapsed: @Sendable () -> Duration) async -> Attempt {
        do {
            let lease = try await current()
            switch election.decide(lease, now: elapsed(), time: .now()) {
            case .create(let lease): try await create(lease)
            case .update(let lease): _ = try await client.update(lease)
            case .wait(let left): return .taken(left)
            }
            return .held
        } catch {
            // A conflict only says that someone was faster.
            let level: Logger.Level = (error as? Status)?.isConflict == true ? .debug : .warning
            if !Task.isCancelled { logger.log(level: level, "lease \(key), will try again: \(error)") }
            return .failed
        }
    }

    private func current() async throws -> Lease? {
        do {
            return try await client.get(namespace: key.namespace, name: key.name)
        } catch let status as Status where status.isNotFound {
            return nil
        }
    }

    /// Creates the lease, and first its namespace where that is not there.
    private func create(_ lease: Lease) async throws {
        do {
            _ = try await client.create(lease)
        } catch let status as Status where status.isNotFound {
            logger.info("creating namespace \(key.namespace) for leases")
            do {
                _ = try await client.create(Namespace(metadata: ObjectMeta(name: key.namespace)))
            } catch let status as Status where status.isAlreadyExists {}
            _ = try await client.create(lease)
        }
    }

    private func release(_ election: LeaderElection) async {
        do {
            guard let lease = try await current(), let free = election.released(lease, time: .now()) else { return }
            _ = try await client.update(free)
            logger.info("lease given back", metadata: ["lease": "\(key)"])
        } catch {
            logger.warning("lease \(key) was not given back, it will expire: \(error)")
        }
    }
}

extension Result where Failure == any Error {
    fileprivate static func of(_ body: () async throws -> Success) async -> Result {
        do {
            return .success(try await body())
        } catch {
            return .failure(error)
        }
    }
}
