import ControllerRuntime
import KubeAPI
import KubeClient
import Logging
import NestAPI
import Planning
import Synchronization

/// Binds every Sandbox to a SandboxNode.
///
/// A decision is made in memory as soon as the sandbox is seen, and counted on at once; binding it takes a request,
/// and several are under way at a time. Nothing polls: what did not fit is looked at again when something may have made
/// room.
final class Scheduler: Runnable {
    static let component = "scheduler"

    private let plane: ControlPlane
    private let logger: Logger
    private let recorder: EventRecorder
    private let state = Mutex(SchedulerState())
    private let alarm: Alarm
    private let wakeUps: AsyncStream<Void>
    private let wake: AsyncStream<Void>.Continuation
    private let start = ContinuousClock.now
    /// Bound sandboxes whose status does not say so yet.
    private let unconfirmed: WorkQueue<ObjectKey>
    /// The sidecar reports first: what it waits for is the bind, not the condition, and both write the same status.
    private static let settling = Duration.milliseconds(100)

    init(_ plane: ControlPlane) {
        self.plane = plane
        logger = plane.logger(Self.component)
        recorder = plane.recorder(Self.component)
        (wakeUps, wake) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        alarm = Alarm(clock: plane.clock)
        unconfirmed = plane.queue()
        addHandlers(plane.informers)
    }

    private func addHandlers(_ informers: Informers) {
        informers.sandboxes.onChange { [weak self] change in
            switch change {
            case .added(let sandbox), .updated(_, let sandbox):
                self?.change { $0.see(sandbox) }
                if sandbox.lacksConfirmation { self?.unconfirmed.add(sandbox.key, after: Self.settling) }
            case .deleted(let sandbox): self?.change { $0.forget(sandbox) }
            }
        }
        informers.nodes.onChange { [weak self] change in
            switch change {
            case .added(let node): self?.change { $0.see(node, before: nil) }
            case .updated(let old, let node): self?.change { $0.see(node, before: old) }
            case .deleted(let node): self?.change { $0.forget(node) }
            }
        }
        informers.pools.onChange { [weak self] change in
            switch change {
            case .updated(let old, let new) where old.spec == new.spec: break
            case .added(let pool), .updated(_, let pool): self?.change { $0.see(pool) }
            case .deleted(let pool): self?.change { $0.forget(pool) }
            }
        }
    }

    private func change(_ body: (inout SchedulerState) -> Void) {
        state.withLock { body(&$0) }
        wake.yield()
    }

    func run() async {
        await withTaskGroup { group in
            group.addTask { await self.schedule() }
            group.addTask {
                await runWorkers(self.unconfirmed, workers: 4, logger: self.logger) { try await self.confirm($0) }
            }
        }
    }

    private func schedule() async {
        await withDiscardingTaskGroup { group in
            wake.yield()
            for await _ in wakeUps {
                while let task = next() { group.addTask { await self.carryOut(task) } }
                if let due = state.withLock({ $0.nextDue }) {
                    alarm.set(in: due - elapsed) { [wake] in wake.yield() }
                }
            }
            alarm.cancel()
        }
    }

    private var elapsed: Duration { start.duration(to: .now) }

    private func next() -> SchedulerState.Task? {
        let lister = plane.informers.sandboxes.lister
        return state.withLock { state in state.next(now: elapsed) { lister.get($0) } }
    }

    private func carryOut(_ task: SchedulerState.Task) async {
        switch task {
        case .bind(let sandbox, let node): await bind(sandbox, to: node)
        case .refuse(let sandbox, let message):
            change { $0.refused() }
            await report(sandbox, refusal: message)
        }
    }

    private func bind(_ sandbox: Sandbox, to node: String) async {
        do {
            let bound = try await unchanged {
                try await plane.client.patch(
                    Sandbox.self, namespace: sandbox.metadata.namespace, name: sandbox.metadata.name,
                    json: bindingPatch(sandbox, to: node))
            }
            change { $0.bound(bound) }
            await recorder.record(
                on: sandbox, type: .normal, reason: "Scheduled",
                message: "Successfully assigned \(sandbox.key) to \(node)")
        } catch {
            let status = error as? Status
            change { $0.bindFailed(sandbox, isGone: status?.isNotFound ?? false, now: elapsed) }
            guard status?.isConflict != true, status?.isNotFound != true, !Task.isCancelled else { return }
            logger.warning("binding failed, will try again: \(error)", metadata: ["sandbox": "\(sandbox.key)"])
            await recorder.record(
                on: sandbox, type: .warning, reason: "FailedBinding", message: "Binding to \(node) failed: \(error)")
        }
    }

    private func report(_ sandbox: Sandbox, refusal: String) async {
        guard sandbox.status.conditions[SandboxCondition.scheduled]?.message != refusal else { return }
        await recorder.record(on: sandbox, type: .warning, reason: "FailedScheduling", message: refusal)
        do {
            try await write(false, refusal, on: sandbox)
        } catch let status as Status where status.isConflict || status.isNotFound {
            // It has changed or is gone; another try tells anew.
            change { $0.retry(sandbox) }
        } catch {
            if Task.isCancelled { return }
            logger.warning("writing condition Scheduled failed: \(error)", metadata: ["sandbox": "\(sandbox.key)"])
        }
    }

    private func confirm(_ key: ObjectKey) async throws -> Reconciled {
        guard let sandbox = plane.informers.sandboxes.lister.get(key), sandbox.lacksConfirmation else { return .done }
        do {
            try await write(true, "", on: sandbox)
        } catch let status as Status where status.isNotFound {}
        return .done
    }

    private func write(_ isBound: Bool, _ message: String, on sandbox: Sandbox) async throws {
        guard
            let status = sandbox.status.scheduled(
                isBound, message: message, generation: sandbox.metadata.generation, now: plane.now())
        else { return }
        var next = sandbox
        next.status = status
        _ = try await plane.client.updateStatus(next)
    }
}

extension Sandbox {
    /// It is bound, and its condition does not say so.
    fileprivate var lacksConfirmation: Bool {
        spec.nodeName != nil && isActive && !status.conditions.isTrue(SandboxCondition.scheduled)
    }
}
