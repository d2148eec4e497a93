import Planning

/// Sandboxes that are parked while nobody calls them.
extension Shim {
    /// What a shared host says of one of its sandboxes.
    func note(_ share: HostMessage.Share, of host: Host) {
        guard let record = records[share.id], record.host === host else { return }
        record.counts = record.counts.followed(by: share.counts)
        record.share = share
        record.noteIdle(share.connections == 0 && share.counts.active == 0 ? share.idleSeconds : nil, at: clock)
        guard record.report.state == .running, host.state == .open, share.connections == 0, share.counts.active == 0
        else { return }
        happened(.idle(seconds: share.idleSeconds), to: record)
    }

    /// Takes a running sandbox from one state of its standby to the next.
    @discardableResult
    func happened(_ event: Standby.Event, to record: SandboxRecord) -> Standby.Action {
        guard record.report.state == .running else { return .nothing }
        let action = record.standby.take(event, idleSeconds: record.order.idleSeconds)
        switch action {
        case .nothing, .end: break
        case .release: park(record)
        case .listen: awaitCall(record)
        case .load: wake(record)
        }
        return action
    }

    private func park(_ record: SandboxRecord) {
        guard let host = record.host else { return }
        var order = HostOrder(type: "park")
        order.id = record.order.uid
        try? tell(host, order)
    }

    /// A host has let a sandbox go that it was asked to.
    func released(_ record: SandboxRecord, by host: Host) {
        guard record.host === host, record.standby == .parking else { return }
        if host.isShared {
            left(record, host)
        } else {
            // It ends by itself, soon.
            host.pulse?.cancel()
            host.deadline = after(Self.leaveSeconds) { [id = host.id] in $0.hosts[id]?.kill() }
            record.host = nil
        }
        if record.report.state == .stopping || !record.unplugging.isEmpty { return forget(record) }
        happened(.released, to: record)
    }

    private static let leaveSeconds = 5.0
    /// How many are parked at once when memory is short.
    private static let reliefAtOnce = 8

    /// Parks sandboxes that are idle, though not yet for as long as they might be: those first that have been idle longest.
    ///
    /// - Returns: how many are on their way out.
    public func relieve() -> Int {
        let idle = records.values.filter {
            $0.report.state == .running && $0.order.idleSeconds != nil && $0.host != nil
        }
        let due = Relief.choose(
            idle.map {
                Relief.Candidate(
                    uid: $0.order.uid, idleSeconds: $0.standby == .active ? $0.idleSeconds(at: clock) : nil)
            },
            atMost: Self.reliefAtOnce)
        for uid in due {
            guard let record = records[uid] else { continue }
            _ = record.standby.take(.idle(seconds: .infinity), idleSeconds: record.order.idleSeconds)
            park(record)
        }
        return due.count + idle.count { $0.standby == .parking && !due.contains($0.order.uid) }
    }

    /// A sandbox could not be loaded, for the first time or when it was woken.
    func endLoad(_ record: SandboxRecord, reason: String, message: String) {
        let wasParked = record.report.state == .running
        end(
            record, wasParked ? .exited : .failed, reason: reason,
            message: wasParked ? "It was parked and could not be loaded again. \(message)" : message)
    }

    /// It was parked when the shim before this one ended, so nothing of it is lost.
    func adoptParked(_ record: SandboxRecord) {
        record.report.state = .running
        record.report.loadedAt = .now()
        record.standby = .parked
        awaitCall(record)
    }

    private func awaitCall(_ record: SandboxRecord) {
        record.host = nil
        record.report.isParked = true
        record.report.pid = nil
        changed(record)
        do {
            try callers.watch(record.socket) { [weak self, uid = record.order.uid] in
                self?.onLoop { shim in
                    if let record = shim.records[uid] { shim.happened(.called, to: record) }
                }
            }
        } catch {
            end(record, .exited, reason: "PlugFailed", message: "It was parked and cannot be woken: \(error)")
        }
    }

    private func wake(_ record: SandboxRecord) {
        guard let pool = pools[record.order.runtime] else { return }
        record.startDeadline = clock + record.order.startSeconds
        record.deadline = after(record.order.startSeconds + 1) { [uid = record.order.uid] shim in
            guard let record = shim.records[uid], record.standby == .waking, record.report.state == .running
            else { return }
            let message = "It was parked, and was not loaded again within \(Int(record.order.startSeconds)) s."
            shim.end(record, .exited, reason: "StartupTimeout", message: message)
        }
        pool.waiting.append(record)
        serveWaiting(pool)
    }
}
