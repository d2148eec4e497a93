import Planning

/// Sandboxes that are parked while nobody calls them.
extension Shim {
    /// What a shared host says of one of its sandboxes.
    func note(_ share: HostMessage.Share, of host: Host) {
        guard let record = records[share.id], record.host === host else { return }
        record.counts = record.counts.followed(by: share.counts)
        record.share = share
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
        left(record, host)
        if record.report.state == .stopping || !record.unplugging.isEmpty { return forget(record) }
        happened(.released, to: record)
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
