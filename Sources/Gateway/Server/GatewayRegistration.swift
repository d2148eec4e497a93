import ControllerRuntime
import KubeAPI
import KubeClient
import Logging
import NestAPI

/// Keeps the Lease by which whoever scales finds this gateway and its readings.
struct GatewayRegistration: Sendable {
    static let durationSeconds = 15
    private static let interval = Duration.seconds(10)
    /// After a failure.
    private static let retry = Duration.seconds(1)
    /// For the Lease to go when the gateway stops.
    private static let farewell = Duration.seconds(1)

    let client: KubeClient
    let identity: String
    /// `http://HOST:PORT`.
    let readings: String
    let clock: any Clock<Duration>
    let logger: Logger

    init(
        client: KubeClient, identity: String, readings: String, clock: any Clock<Duration> = ContinuousClock(),
        logger: Logger
    ) {
        self.client = client
        self.identity = identity
        self.readings = readings
        self.clock = clock
        self.logger = logger
    }

    private var key: ObjectKey {
        ObjectKey(namespace: NestGroup.systemNamespace, name: "nest-gateway-\(identity)")
    }

    /// Renews the Lease until the task is cancelled, then removes it.
    func run() async {
        while !Task.isCancelled {
            var pause = Self.interval
            do {
                try await write()
            } catch {
                if Task.isCancelled { break }
                logger.warning("the gateway's lease \(key) was not written, will try again: \(error)")
                pause = Self.retry
            }
            try? await clock.sleep(for: pause, tolerance: nil)
        }
        // The Lease goes though this task is cancelled.
        await Task { await remove() }.value
    }

    /// The Lease as it is to be.
    ///
    /// - Parameters:
    ///   - old: as it is; nil: there is none.
    ///   - time: the wall clock.
    /// - Returns: what is to be written.
    func lease(after old: Lease?, time: Timestamp) -> Lease {
        var lease =
            old ?? Lease(metadata: ObjectMeta(name: key.name, namespace: key.namespace), spec: Lease.Spec())
        lease.metadata.labels[NestGroup.roleLabel] = "gateway"
        lease.metadata.annotations[NestGroup.readingsAnnotation] = readings
        lease.spec.holderIdentity = identity
        lease.spec.leaseDurationSeconds = Self.durationSeconds
        lease.spec.acquireTime = lease.spec.acquireTime ?? time
        lease.spec.renewTime = time
        return lease
    }

    private func write() async throws {
        do {
            let old: Lease = try await client.get(namespace: key.namespace, name: key.name)
            _ = try await client.update(lease(after: old, time: .now()))
        } catch let status as Status where status.isNotFound {
            try await create()
        }
    }

    /// Creates the Lease, and first its namespace where that is not there.
    private func create() async throws {
        do {
            _ = try await client.create(lease(after: nil, time: .now()))
        } catch let status as Status where status.isNotFound {
            do {
                _ = try await client.create(Namespace(metadata: ObjectMeta(name: key.namespace)))
            } catch let status as Status where status.isAlreadyExists {}
            _ = try await client.create(lease(after: nil, time: .now()))
        }
    }

    private func remove() async {
        await withTaskGroup { group in
            group.addTask {
                do {
                    try await client.delete(Lease.self, namespace: key.namespace, name: key.name)
                } catch let status as Status where status.isNotFound {
                } catch {
                    if !Task.isCancelled { logger.warning("lease \(key) was not removed, it will run out: \(error)") }
                }
            }
            group.addTask { try? await clock.sleep(for: Self.farewell, tolerance: nil) }
            await group.next()
            group.cancelAll()
        }
    }
}
