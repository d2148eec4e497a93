import ControllerRuntime
import KubeAPI
import KubeClient
import Logging
import NestAPI
import Planning
import Synchronization

/// Tells SandboxDeployments that have a SandboxAutoscaler how many sandboxes to have.
///
/// It decides for all of them once a second, and at once for one of which requests wait while nothing serves. What it
/// has seen of loads is in memory alone: one that begins anew adds sandboxes by what it sees, and takes none away before
/// it has seen a whole window.
final class Scaler: Runnable {
    static let component = "autoscaler"
    static let interval = Duration.seconds(1)

    let plane: ControlPlane
    let logger: Logger
    let recorder: EventRecorder
    let state: Mutex<ScalerState>
    private let elapsed: @Sendable () -> Duration
    /// Targets that are to be told another number.
    private let scaling: WorkQueue<ObjectKey>
    /// The same, where requests wait for it: not behind all others.
    private let waking: WorkQueue<ObjectKey>
    private let reports: WorkQueue<ObjectKey>

    /// Follows the informers from now on: one that runs later finds everything known.
    init(_ plane: ControlPlane) {
        self.plane = plane
        logger = plane.logger(Self.component)
        recorder = plane.recorder(Self.component)
        state = Mutex(ScalerState(zones: plane.zones))
        elapsed = stopwatch(plane.clock)
        scaling = plane.queue()
        waking = plane.queue()
        reports = plane.queue()
        addHandlers(plane.informers)
    }

    /// Since it was made.
    var now: Duration { elapsed() }

    private func addHandlers(_ informers: Informers) {
        informers.autoscalers.onChange { [weak self] change in
            self?.state.withLock { state in
                if let autoscaler = change.after { state.see(autoscaler) } else { state.forget(change.object.key) }
            }
        }
        informers.deployments.onChange { [weak self] change in
            self?.state.withLock { state in
                if let deployment = change.after {
                    state.see(deployment)
                } else {
                    state.forgetTarget(change.object.key)
                }
            }
        }
        informers.sandboxes.onChange { [weak self] change in
            guard let key = change.object.deploymentKey else { return }
            self?.state.withLock { $0.usageChanged(of: key) }
        }
        informers.leases.onChange { [weak self] change in
            guard let self else { return }
            let now = now
            state.withLock { state in
                if let lease = change.after {
                    state.directory.see(lease, at: now)
                } else {
                    state.directory.forget(change.object.key)
                }
            }
        }
    }

    func run() async {
        state.withLock { $0.begin() }
        await withTaskGroup { group in
            group.addTask { await self.keepDeciding() }
            for (queue, workers) in [(waking, 8), (scaling, 8)] {
                group.addTask {
                    await runWorkers(queue, workers: workers, logger: self.logger) { try await self.scale($0) }
                }
            }
            group.addTask {
                await runWorkers(self.reports, workers: 4, logger: self.logger) { try await self.report($0) }
            }
        }
    }

    private func keepDeciding() async {
        var readers = GatewayReaders(readings: plane.readings, clock: plane.clock, logger: logger) { [weak self] in
            self?.take($0, from: $1)
        }
        while !Task.isCancelled {
            let now = now
            let live = state.withLock { state in state.directory.live(at: now) { state.board.heard($0) } }
            for gateway in readers.follow(live) { state.withLock { $0.board.forget(gateway) } }
            state.withLock { state in for gateway in live.keys { state.board.follow(gateway) } }
            try? await plane.clock.sleep(for: Self.interval, tolerance: nil)
            if !Task.isCancelled { decide() }
        }
        await readers.end()
    }

    private func decide() {
        let (now, time) = (now, plane.now())
        let sandboxes = plane.informers.sandboxes.lister
        let round = state.withLock { state in
            state.round(now: now, time: time) { ScalingUsage(sandboxes.list(.deployment, $0.description)) }
        }
        for key in round.scale { scaling.add(key) }
        for key in round.report { reports.add(key) }
    }

    private func take(_ reading: GatewayReading, from gateway: String) {
        let (now, time) = (now, plane.now())
        let woken = state.withLock { state in
            let waiting = state.board.take(reading, from: gateway, at: now)
            return waiting.isEmpty ? [] : state.wake(waiting, now: now, time: time)
        }
        for key in woken { waking.add(key) }
    }

    private func scale(_ key: ObjectKey) async throws -> Reconciled {
        guard let write = state.withLock({ $0.scaling(key) }) else { return .done }
        do {
            try await plane.client.scale(
                SandboxDeployment.self, namespace: write.target.namespace, name: write.target.name, to: write.to)
        } catch let status as Status where status.isNotFound {
            return .done
        }
        state.withLock { $0.wrote(write, time: plane.now()) }
        let event = write.event
        await recorder.record(on: write.autoscaler, type: event.type, reason: event.reason, message: event.message)
        reports.add(key)
        return .done
    }

    private func report(_ key: ObjectKey) async throws -> Reconciled {
        guard let autoscaler = state.withLock({ $0.status(key, time: plane.now()) }) else { return .done }
        do {
            let written = try await plane.client.updateStatus(autoscaler)
            state.withLock { $0.wroteStatus(written) }
        } catch let status as Status where status.isNotFound || status.isConflict {
            // What is new comes by the watch; there is a round each second.
        }
        return .done
    }
}
