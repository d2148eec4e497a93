import KubeAPI
import KubeClient
import Logging

/// Lets one of several processes do something, by way of a Lease.
public struct LeaderElector: Sendable {
    /// client-go's defaults.
    ///
    /// `renew` must be less than `lease`: a leader stops before another may begin.
    public struct Timing: Sendable, Equatable {
        /// How long others wait for a leader that is silent.
        public var lease = Duration.seconds(15)
        /// How long a leader that cannot renew goes on.
        public var renew = Duration.seconds(10)
        /// Between two tries.
        public var retry = Duration.seconds(2)

        public init() {}
    }

    /// The lease could not be renewed in time, or someone else has it: what was led has been cancelled.
    public struct LeadershipLost: Error, CustomStringConvertible {
        public let lease: ObjectKey
        public var description: String { "no longer the leader of lease \(lease): start again to stand for it" }
    }

    private enum Ending { case finished, lost }

    private let client: KubeClient
    private let key: ObjectKey
    private let identity: String
    private let timing: Timing
    private let clock: any Clock<Duration>
    private let logger: Logger

    /// - Parameters:
    ///   - client: of the server that holds the lease.
    ///   - lease: where the lease is; it is created when it is not there.
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

    /// Waits to become the leader, runs `work`, and gives the lease back when it returns or the task is cancelled.
    /// - Parameter work: what only the leader does; cancelled when leadership is lost.
    /// - Throws: `LeadershipLost`, what `work` throws, or `CancellationError`.
    public func run(_ work: @escaping @Sendable () async throws -> Void) async throws {
        var election = LeaderElection(key: key, identity: identity, timing: timing)
        let elapsed = stopwatch(clock)
        while await !attempt(&election, now: elapsed()) {
            try await clock.sleep(for: timing.retry * Double.random(in: 1..<1.2), tolerance: nil)
        }
        logger.info("leading", metadata: ["lease": "\(key)", "identity": "\(identity)"])
        let elected = election
        let result = await Result.of { try await lead(work, while: elected, elapsed) }
        // The lease is given back even when this task is cancelled.
        await Task { await release(elected) }.value
        if try result.get() == .lost { throw LeadershipLost(lease: key) }
    }

    private func lead(
        _ work: @escaping @Sendable () async throws -> Void, while election: LeaderElection,
        _ elapsed: @escaping @Sendable () -> Duration
    ) async throws -> Ending {
        try await withThrowingTaskGroup { group in
            group.addTask {
                try await work()
                return Ending.finished
            }
            group.addTask {
                try await renew(election, elapsed)
                return Ending.lost
            }
            defer { group.cancelAll() }
            return try await group.next() ?? .finished
        }
    }

    /// Renews until that has failed for too long.
    private func renew(_ election: LeaderElection, _ elapsed: @Sendable () -> Duration) async throws {
        var election = election
        var renewedAt = elapsed()
        while elapsed() - renewedAt < timing.renew {
            try await clock.sleep(for: timing.retry, tolerance: nil)
            if await attempt(&election, now: elapsed()) { renewedAt = elapsed() }
        }
    }

    /// - Returns: whether this process now holds the lease.
    private func attempt(_ election: inout LeaderElection, now: Duration) async -> Bool {
        do {
            switch election.decide(try await current(), now: now, time: .now()) {
            case .create(let lease): _ = try await client.create(lease)
            case .update(let lease): _ = try await client.update(lease)
            case .wait: return false
            }
            return true
        } catch {
            if !Task.isCancelled { logger.debug("lease \(key): \(error)") }
            return false
        }
    }

    private func current() async throws -> Lease? {
        do {
            return try await client.get(namespace: key.namespace, name: key.name)
        } catch let status as Status where status.isNotFound {
            return nil
        }
    }

    private func release(_ election: LeaderElection) async {
        do {
            guard let lease = try await current(), let free = election.released(lease, time: .now()) else { return }
            _ = try await client.update(free)
        } catch {
            logger.debug("lease \(key) was not given back, it will expire: \(error)")
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
