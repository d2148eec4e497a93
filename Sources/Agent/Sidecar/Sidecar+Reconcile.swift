import ControllerRuntime
import KubeAPI
import NestAPI
import Planning

extension Sidecar {
    /// One look at one sandbox: observe, decide, do, report.
    func reconcile(_ key: Key) async throws -> Reconciled {
        // What is another pod's, or another sandbox of the same name, is not here for this sidecar.
        let object = informer.lister.get(key.object).flatMap { isOurs($0, key) ? $0 : nil }
        if object != nil { remember(key) } else if isSuperseded(key) { return .done }
        if let object, isEvicted(object) {
            _ = observe(key, object)
            try await endEvicted(key, object)
            return .done
        }
        var plan = SandboxPlan(observe(key, object))
        // Steps that take no time follow each other at once: bind → ready is one pass.
        while await apply(plan.effect, key, object) { plan = SandboxPlan(observe(key, object)) }
        if plan.effect == .release {
            try await release(key, object)
            return .done
        }
        if let object { try await report(plan.report, key, object) }
        if object == nil, works[key]?.actual == SandboxObservation.Actual.none { forget(key) }
        return plan.again.map { .requeue(after: .milliseconds(Int64(min(max(1, $0 * 1000), 1e12)))) } ?? .done
    }

    func isOurs(_ sandbox: Sandbox, _ key: Key) -> Bool {
        sandbox.isAssigned(key.uid, to: configuration.podName) && works[key]?.isRevoked != true
    }

    private func observe(_ key: Key, _ object: Sandbox?) -> SandboxObservation {
        var work = works[key] ?? SandboxWork()
        defer { works[key] = work }
        var seen = SandboxObservation()
        seen.now = clock
        seen.actual = work.actual
        seen.exists = object != nil
        guard let object else { return seen }
        work.lastSeen = object
        work.restarts = max(work.restarts, object.status.restartCount)
        followProbes(key, object, &work)
        let health = work.probing?.health.verdict ?? .ready
        if case .running = work.actual, health == .ready { work.wasReady = true }
        if work.startDeadline == nil {
            work.startDeadline = clock + Double(object.spec.startupTimeoutSeconds)
            // The scheduler confirms a bind only after our first report, so until then this look is the nearest time.
            if !object.status.lastTransitions.contains(where: { $0.name == "Bound" }) {
                let scheduled = object.status.conditions[SandboxCondition.scheduled]
                let bound = scheduled?.status == .yes ? scheduled?.lastTransitionTime : nil
                work.marks.append(.init(name: "Bound", time: bound ?? .now()))
            }
        }
        if object.isTerminating, work.drainUntil == nil { work.drainUntil = clock + configuration.drainSeconds }
        seen.isTerminating = object.isTerminating
        seen.unsupported = unsupported(object)
        seen.package = work.package
        seen.environment = work.environment
        seen.backOff = work.backOff
        seen.health = health
        seen.parking = work.parking
        seen.isShownParked = (work.written?.status ?? object.status).state == .parked
        seen.turnedAway = work.turnedAway
        seen.outdated = work.outdated
        seen.replacement = work.replacement
        seen.hasStaleAddress =
            object.status.podIP != nil && work.report == nil && !work.hasPlugged && !sockets.isGiven(key.uid)
        if seen.hasStaleAddress { work.endedWithPod(since: object.status.startTime) }
        seen.startDeadline = work.wasReady ? nil : work.startDeadline
        // Gateways have long heard of the end of one that was given up.
        seen.drainUntil = object.status.reason == NodeReason.lost ? nil : work.drainUntil
        seen.assignment = work.assignment ?? (contact.isStale ? .unconfirmed(retryAt: nil) : .current)
        seen.gracePeriodSeconds =
            object.metadata.deletionGracePeriodSeconds.map { Int($0) }.flatMap { $0 > 0 ? $0 : nil }
            ?? object.spec.terminationGracePeriodSeconds
        return seen
    }

    private func unsupported(_ object: Sandbox) -> SandboxObservation.Failure? {
        if isDraining {
            return .init(reason: "PodTerminating", message: "Pod \(configuration.podName) is being deleted.")
        }
        let offered = configuration.poolSpec.runtimes.map(\.name)
        if !offered.contains(object.spec.runtime) {
            return .init(
                reason: "UnsupportedRuntime",
                message:
                    "Pool \(configuration.pool) offers \(offered.joined(separator: ", ")), not '\(object.spec.runtime)'."
            )
        }
        return nil
    }

    /// Writes the status when it says something new.
    private func report(_ report: SandboxPlan.Report, _ key: Key, _ object: Sandbox) async throws {
        guard report != .nothing, let work = works[key] else { return }
        // The informer may not have seen our own last write yet.
        let isBehind = work.written.map { $0.over == object.metadata.resourceVersion } ?? false
        let base = isBehind ? work.written?.status ?? object.status : object.status
        let next = base.reporting(
            report, node: configuration.podName, restarts: work.restarts, generation: object.metadata.generation,
            marks: work.marks, termination: work.termination, now: .now())
        guard next != base else { return }
        works[key]?.written = (next, object.metadata.resourceVersion)
        do {
            try await write(next, replacing: base, of: object)
        } catch {
            works[key]?.written = nil
            throw error
        }
        if case .ready = report { works[key]?.marks = [] }
        await record(report, base, object)
    }

    func write(_ status: SandboxStatus, replacing old: SandboxStatus, of object: Sandbox) async throws {
        var merge = try JSONValue(encoding: old).mergePatch(to: JSONValue(encoding: status))
        // 0 is what an object without it is read as, but not what kubectl shows then.
        merge["restartCount"] = .int(Int64(status.restartCount))
        do {
            _ = try await client.patch(
                Sandbox.self, namespace: object.metadata.namespace, name: object.metadata.name, subresource: "status",
                merge: .object(["status": merge]))
        } catch let status as Status where status.isNotFound {
            // It was deleted meanwhile; its deletion is on its way here.
        }
    }

    private func record(_ report: SandboxPlan.Report, _ base: SandboxStatus, _ object: Sandbox) async {
        switch report {
        case .ready where base.phase != .running:
            await recorder.record(
                on: object, type: .normal, reason: "Started", message: "Loaded \(object.spec.handler)")
        case .ready(_, _, _, let notice?) where isNews(notice, base):
            await recorder.record(
                on: object, type: .warning, reason: notice.reason, message: String(notice.message.prefix(1000)))
        case .unready(let failure, _, _) where isNews(failure, base) && failure.reason.hasSuffix("ProbeFailed"):
            await recorder.record(
                on: object, type: .warning, reason: "Unhealthy", message: String(failure.message.prefix(1000)))
        case .notReady(let failure, _) where isNews(failure, base):
            let reason = failure.reason == "CrashLoopBackOff" ? "BackOff" : "Failed"
            let message = String("\(failure.reason): \(failure.message)".prefix(1000))
            await recorder.record(on: object, type: .warning, reason: reason, message: message)
        default: break
        }
    }

    private func isNews(_ failure: SandboxObservation.Failure, _ base: SandboxStatus) -> Bool {
        base.message != failure.message || base.reason != failure.reason
    }

    /// Nothing of it is left here: the API may delete it.
    private func release(_ key: Key, _ object: Sandbox?) async throws {
        if let object, object.metadata.finalizers.contains(NestGroup.sidecarFinalizer) {
            let rest = object.finalizersWithoutSidecar
            var metadata: [String: JSONValue] = ["finalizers": .array(rest.map { .string($0) })]
            metadata["resourceVersion"] = object.metadata.resourceVersion.map { .string($0) }
            do {
                _ = try await client.patch(
                    Sandbox.self, namespace: object.metadata.namespace, name: object.metadata.name,
                    merge: .object(["metadata": .object(metadata)]))
            } catch let status as Status where status.isNotFound {
                // Someone else was faster.
            }
        }
        forget(key)
        await reporter.update(sandboxes: works.count)
    }
}
