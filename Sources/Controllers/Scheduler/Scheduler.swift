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
    private let reports = Mutex(RefusalReports())
    private let alarm: Alarm
    private let bell = Bell()
    private let stopwatch: @Sendable () -> Duration
    /// Bound sandboxes whose status does not say so yet.
    private let unconfirmed: WorkQueue<ObjectKey>
    /// Sandboxes that fit nowhere and may not have been told.
    private let refused: WorkQueue<ObjectKey>
    /// The sidecar reports first: what it waits for is the bind, not the condition, and both write the same status.
    private static let settling = Duration.milliseconds(100)

    /// Follows the informers from now on: one that runs later finds everything known.
    init(_ plane: ControlPlane) {
        self.plane = plane
        logger = plane.logger(Self.component)
        recorder = plane.recorder(Self.component)
        alarm = Alarm(clock: plane.clock)
        stopwatch = ControllerRuntime.stopwatch(plane.clock)
        unconfirmed = plane.queue()
        refused = plane.queue()
        addHandlers(plane.informers)
    }

    private func addHandlers(_ informers: Informers) {
        informers.sandboxes.onChange { [weak self] change in
            switch change {
            case .added(let sandbox), .updated(_, let sandbox):
                self?.change { $0.see(sandbox) }
                if sandbox.lacksConfirmation { self?.unconfirmed.add(sandbox.key, after: Self.settling) }
            case .deleted(let sandbox):
                self?.change { $0.forget(sandbox) }
                self?.reports.withLock { $0.forget(sandbox.key) }
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
        bell.ring()
    }

    func run() async {
        await withTaskGroup { group in
            group.addTask { await self.schedule() }
            group.addTask {
                await runWorkers(self.unconfirmed, workers: 4, logger: self.logger) { try await self.confirm($0) }
            }
            group.addTask {
                await runWorkers(self.refused, workers: 4, logger: self.logger) { try await self.report($0) }
            }
        }
    }

    private func schedule() async {
        await withDiscardingTaskGroup { group in
            for await _ in bell.rings() {
                while let task = next() {
                    if case .refuse(let keys) = task {
                        for key in keys { refused.add(key) }
                    } else {
                        group.addTask { await self.carryOut(task) }
                    }
                }
                if let due = state.withLock({ $0.nextDue }) {
                    alarm.set(in: due - elapsed) { [bell] in bell.ring() }
                }
            }
            alarm.cancel()
        }
    }

    private var elapsed: Duration { stopwatch() }

    private func next() -> SchedulerState.Step? {
        let lister = plane.informers.sandboxes.lister
        return state.withLock { state in state.next(now: elapsed) { lister.get($0) } }
    }

    private func carryOut(_ task: SchedulerState.Step) async {
        switch task {
        case .bind(let sandbox, let node): await bind(sandbox, to: node)
        case .preempt(let sandbox, let preemption, let message): await preempt(preemption, for: sandbox, message)
        case .refuse: break
        }
    }

    private func bind(_ sandbox: Sandbox, to node: String) async {
        do {
            var bound = sandbox
            bound.spec.nodeName = node
            // The patch fails if the sandbox has changed meanwhile: nothing else can be different.
            bound.metadata = try await unchanged {
                try await plane.client.patchOnly(
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

    /// First says for whom room is made, so that a scheduler that comes after this one knows; then makes it.
    private func preempt(_ preemption: Preemption, for sandbox: Sandbox, _ message: String) async {
        do {
            try await write(false, message, nominated: preemption.node, on: sandbox)
            await recorder.record(on: sandbox, type: .warning, reason: "FailedScheduling", message: message)
            for victim in preemption.victims { try await delete(victim, for: sandbox, on: preemption.node) }
            change { $0.preempted(sandbox, failed: false, now: elapsed) }
        } catch {
            change { $0.preempted(sandbox, failed: true, now: elapsed) }
            let status = error as? Status
            guard status?.isConflict != true, status?.isNotFound != true, !Task.isCancelled else { return }
            logger.warning("preemption failed, will try again: \(error)", metadata: ["sandbox": "\(sandbox.key)"])
        }
    }

    private func delete(_ victim: Preemption.Victim, for sandbox: Sandbox, on node: String) async throws {
        let key = ObjectKey(namespace: sandbox.metadata.namespace, name: victim.name)
        guard let found = plane.informers.sandboxes.lister.get(key), found.metadata.uid == victim.uid,
            !found.isTerminating
        else { return }
        try await plane.client.deleteIfPresent(found)
        await recorder.record(
            on: found, type: .normal, reason: "Preempted",
            message: "Preempted by sandbox \(sandbox.metadata.uid) on pod \(node)")
    }

    /// Tells a sandbox that it fits nowhere, when that is news.
    private func report(_ key: ObjectKey) async throws -> Reconciled {
        guard let sandbox = plane.informers.sandboxes.lister.get(key), sandbox.spec.nodeName == nil, sandbox.isActive,
            let refusal = state.withLock({ $0.refusal(of: sandbox) })
        else { return .done }
        let scheduled = sandbox.status.conditions[SandboxCondition.scheduled]
        let isCurrent = sandbox.status.nominatedNodeName == refusal.nominated
        let shown = isCurrent && scheduled?.status == .no ? scheduled?.message : nil
        switch reports.withLock({ $0.decide(key, message: refusal.message, shown: shown, now: elapsed) }) {
        case .nothing: return .done
        case .later(let pause): return .requeue(after: pause)
        case .write(let withEvent):
            if withEvent {
                await recorder.record(
                    on: sandbox, type: .warning, reason: "FailedScheduling", message: refusal.message)
            }
            do {
                try await write(false, refusal.message, nominated: refusal.nominated, on: sandbox)
            } catch let status as Status where status.isNotFound {}
            return .done
        }
    }

    private func confirm(_ key: ObjectKey) async throws -> Reconciled {
        guard let sandbox = plane.informers.sandboxes.lister.get(key), sandbox.lacksConfirmation else { return .done }
        reports.withLock { $0.forget(key) }
        do {
            try await write(true, "", on: sandbox)
        } catch let status as Status where status.isNotFound {}
        return .done
    }

    private func write(
        _ isBound: Bool, _ message: String, nominated: String? = nil, on sandbox: Sandbox
    ) async throws {
        guard
            let status = sandbox.status.scheduled(
                isBound, message: message, nominated: nominated, generation: sandbox.metadata.generation,
                now: plane.now())
        else { return }
        var next = sandbox
        next.status = status
        _ = try await plane.client.updateStatus(next)
    }
}

extension Sandbox {
    /// It is bound, and its status does not say so.
    fileprivate var lacksConfirmation: Bool {
        spec.nodeName != nil && isActive
            && (!status.conditions.isTrue(SandboxCondition.scheduled) || status.nominatedNodeName != nil)
    }
}
