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
            noteMemory(ProcessUsage.ownBytes(pid: host.pid), of: record)
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
    static let reliefAtOnce = 8

    /// Sandboxes that have a place in a process and may be parked at all.
    var parkable: [SandboxRecord] {
        hosts.values.flatMap { host -> [SandboxRecord] in
            host.uids.compactMap { uid in
                guard let record = records[uid], record.host === host else { return nil }
                return record.report.state == .running && record.order.idleSeconds != nil ? record : nil
            }
        }
    }

    /// Parks sandboxes that are idle, though not yet for as long as they might be: those first that have been idle longest.
    ///
    /// - Returns: how many are on their way out.
    public func relieve() -> Int { relieve(atMost: Self.reliefAtOnce, least: Relief.leastIdleSeconds) }

    /// - Parameters:
    ///   - limit: how many are on their way out at most.
    ///   - least: seconds that each has been idle at least.
    /// - Returns: how many are on their way out.
    @discardableResult
    func relieve(atMost limit: Int, least: Double) -> Int {
        let idle = parkable
        let leaving = idle.count { $0.standby == .parking }
        let due = Relief.choose(
            idle.map {
                Relief.Candidate(
                    uid: $0.order.uid, idleSeconds: $0.standby == .active ? $0.idleSeconds(at: clock) : nil)
            },
            atMost: max(0, limit - leaving), least: least)
        for uid in due {
            guard let record = records[uid] else { continue }
            _ = record.standby.take(.idle(seconds: .infinity), idleSeconds: record.order.idleSeconds)
            park(record)
        }
        return due.count + leaving
    }

    /// A sandbox could not be loaded, for the first time or when it was woken.
    func endLoad(_ record: SandboxRecord, reason: String, message: String) {
        let wasParked = record.report.state == .running
        end(
            record, wasParked ? .exited : .failed, reason: reason,
            message: wasParked ? Self.notAgain + message : message)
    }

    /// For whoever reads the status; callers are told in other words.
    static let notAgain = "It was parked and could not be loaded again. "

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
        dropLog(ofParked: record)
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

    /// A parked sandbox has no descriptor but its socket, once all that it printed has been read.
    func dropLog(ofParked record: SandboxRecord) {
        guard record.standby.isParked, let output = record.output, outputs[output.id] == nil else { return }
        record.output = nil
    }

    private func wake(_ record: SandboxRecord) {
        record.startDeadline = clock + (record.order.wakeSeconds ?? record.order.startSeconds)
        wantHost(record)
    }
}
