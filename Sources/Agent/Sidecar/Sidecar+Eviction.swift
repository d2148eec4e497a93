import KubeAPI
import NestAPI
import Planning

/// A sandbox that has to go.
struct EvictionWork {
    var message: String
    /// Its status says so, whatever the informer has seen yet.
    var isWritten = false
}

extension Sidecar {
    /// How often it is looked at what is left.
    private static let pressureInterval = Duration.seconds(1)
    /// Seconds between two clearances of the package cache for want of disk.
    private static let clearanceSeconds = 30.0

    /// Says what the pod is short of and evicts for it, until the task is cancelled.
    func keepPressure() async {
        while !Task.isCancelled {
            if let signals = signals() { await take(signals) }
            if (try? await Task.sleep(for: Self.pressureInterval)) == nil { return }
        }
    }

    private func take(_ signals: PressureSignals) async {
        let met = pressure.observe(signals, now: clock)
        await reporter.update(pressure: pressure.conditions(now: clock, time: .now()))
        if met.contains(.disk), clock - (clearedAt ?? -.infinity) >= Self.clearanceSeconds {
            clearedAt = clock
            await packages.dropUnused()
        }
        guard !met.isDisjoint(with: [.memory, .pids]) else { return }
        // Whoever is idle costs nobody anything: nobody is evicted while that may still help.
        if let shim, let count = try? await shim.relieve(), count > 0 {
            logger.warning("low on resources: parking \(count) idle sandboxes")
            return
        }
        guard let (report, _) = await usageReport() else { return }
        let candidates = report.sandboxes.compactMap { used in
            informer.lister.list(.uid, used.uid).first?.evictionCandidate(
                memoryBytes: used.process.memoryBytes, threads: used.process.threads)
        }
        guard let eviction = pressure.evict(met, from: candidates, now: clock),
            let object = informer.lister.list(.uid, eviction.uid).first
        else { return }
        evict(object, eviction)
    }

    private func evict(_ object: Sandbox, _ eviction: NodePressure.Eviction) {
        let key = Key(object: object.key, uid: object.metadata.uid)
        logger.warning("evicting \(object.key): \(eviction.message)")
        metrics.evicted(signal: eviction.signal.rawValue)
        evictions[eviction.uid] = EvictionWork(message: eviction.message)
        queue.add(key)
    }

    /// Whether the sandbox has ended for good: it is neither run nor started again.
    ///
    /// The status says so too, for a sidecar that comes after this one.
    func isEvicted(_ object: Sandbox) -> Bool {
        !object.isTerminating && (object.isFinished || evictions[object.metadata.uid] != nil)
    }

    /// First nobody is to send it requests any more, then its process ends, in little time; the object stays until its
    /// replica set, or whoever made it, deletes it.
    func endEvicted(_ key: Key, _ object: Sandbox) async throws {
        if !object.isFinished, let work = evictions[key.uid], !work.isWritten {
            let message = work.message
            let next = object.status.evicted(message, generation: object.metadata.generation, now: .now())
            try await write(next, replacing: object.status, of: object)
            evictions[key.uid]?.isWritten = true
            await recorder.record(on: object, type: .warning, reason: SandboxStatus.evictedReason, message: message)
        }
        let grace = min(object.spec.terminationGracePeriodSeconds, pressure.limits.graceSeconds)
        switch works[key]?.actual {
        case nil, .some(.none), .stopping: break
        case .loading, .running, .ended: _ = await apply(.unplug(graceSeconds: grace), key, object)
        }
    }
}
