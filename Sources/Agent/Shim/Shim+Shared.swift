import Glibc
import NIOCore
import Planning

/// Hosts that hold many sandboxes.
extension Shim {
    /// What requests may take when their sandbox is moved to another host.
    private static let moveSeconds = 30

    /// Loads all who wait on the open host, and moves those who are to leave another.
    ///
    /// One of which the host still has an earlier run waits until that is gone.
    func serveShared(_ pool: RuntimePool) {
        pool.moving.removeAll {
            $0.report.state != .running || $0.successor != nil || $0.host?.state != .retired
                || records[$0.order.uid] !== $0 || $0.standby != .active
        }
        if let host = pool.idle.last {
            let (waiting, moving) = (pool.waiting, pool.moving)
            (pool.waiting, pool.moving) = ([], [])
            for record in waiting {
                if host.sandboxes.contains(record.order.uid) {
                    pool.waiting.append(record)
                } else {
                    loadShared(record, on: host)
                }
            }
            for record in moving {
                if host.sandboxes.contains(record.order.uid) {
                    pool.moving.append(record)
                } else {
                    loadShared(record, on: host)
                }
            }
        }
        if pool.idle.isEmpty { refill(pool) }
    }

    private func loadShared(_ record: SandboxRecord, on host: Host) {
        if record.report.state == .running, record.standby == .active {
            record.successor = host
            // Its first start was long ago.
            record.startDeadline = clock + record.order.startSeconds
        } else {
            record.host = host
        }
        host.sandboxes.insert(record.order.uid)
        do {
            let pipe = try LinuxCalls.pipe()
            defer { Glibc.close(pipe.write) }
            let output: Output
            do {
                output = openOutput(try openLog(of: record), of: shortName(record))
            } catch {
                Glibc.close(pipe.read)
                throw error
            }
            // What an earlier host still prints goes on to be read.
            record.output = output
            read(pipe.read, into: output) { [id = output.id, uid = record.order.uid] shim in
                if let output = shim.outputs[id] { shim.close(output) }
                if let record = shim.records[uid] { shim.dropLog(ofParked: record) }
            }
            try tell(host, loadOrder(record, host), passing: [record.socket, pipe.write])
        } catch {
            host.sandboxes.remove(record.order.uid)
            if record.host === host { record.host = nil }
            record.successor = nil
            end(record, .failed, reason: "PlugFailed", message: "\(error)")
        }
    }

    func unload(_ uid: String, from host: Host, graceSeconds: Int) {
        var order = HostOrder(type: "unload")
        order.id = uid
        order.graceSeconds = graceSeconds
        try? tell(host, order)
    }

    /// Takes a sandbox out of a host that it is no longer of, and replaces the host if it does not let go.
    private func dismiss(_ record: SandboxRecord, from host: Host, graceSeconds: Int = 0) {
        let uid = record.order.uid
        unload(uid, from: host, graceSeconds: graceSeconds)
        _ = after(Double(graceSeconds) + unloadSeconds) { [id = host.id, name = record.order.name] shim in
            guard let host = shim.hosts[id], host.exit == nil, host.sandboxes.contains(uid) else { return }
            if let record = shim.records[uid], record.host === host, record.isLive { return }
            shim.retire(host, "it does not let go of sandbox \(name)")
            shim.unloaded(uid, from: host)
        }
    }

    /// A sandbox that is ended is not to be had by the host that was to have it next either.
    func dropSuccessor(of record: SandboxRecord) {
        guard let next = record.successor else { return }
        record.successor = nil
        dismiss(record, from: next)
    }

    func heard(_ message: HostMessage, fromShared host: Host) {
        switch message {
        case .loaded(let id): if let record = record(id, of: host) { loadedShared(record, on: host) }
        case .failed(let id, let reason, let message): failed(id, on: host, reason, message)
        case .ended(let id, let reason, let message):
            guard let record = record(id, of: host) else { return }
            left(record, host)
            end(record, .exited, reason: reason, message: message)
        case .unloaded(let id): unloaded(id, from: host)
        case .parked(let id): if let record = record(id, of: host) { released(record, by: host) }
        case .busy(let id):
            guard let record = record(id, of: host), let pool = pools[host.runtime] else { return }
            happened(.refused, to: record)
            if host.state == .retired { pool.moving.append(record) }
            serveShared(pool)
        case .leaked(let id, let message):
            logger.warning("a sandbox left memory behind: \(message)", metadata: ["sandbox": "\(id.prefix(64))"])
        case .tainted(let reason, let message): retire(host, "\(reason): \(message)")
        case .stats(let shares): for share in shares { note(share, of: host) }
        case .pong(let nonce, _, _): if nonce == host.nonce { answered(host) }
        case .booted, .preloaded, .compiled, .crashed, .collected, .other: break
        }
    }

    /// The sandbox of that id, when this host has it or is to have it.
    private func record(_ id: String, of host: Host) -> SandboxRecord? {
        guard let record = records[id], record.host === host || record.successor === host else { return nil }
        return record
    }

    private func loadedShared(_ record: SandboxRecord, on host: Host) {
        if record.successor === host { return moved(record, to: host) }
        guard record.host === host else { return }
        loaded(record)
        if host.state == .retired, let pool = pools[host.runtime] {
            pool.moving.append(record)
            serveShared(pool)
        }
    }

    private func failed(_ id: String, on host: Host, _ reason: String, _ message: String) {
        guard let record = record(id, of: host) else { return }
        let isMoving = record.successor === host
        if isMoving { record.successor = nil }
        left(record, host)
        if reason == HostMessage.hostTainted, let pool = pools[host.runtime] {
            retire(host, "it takes no more sandboxes")
            if isMoving { pool.moving.append(record) } else { pool.waiting.append(record) }
            return serveShared(pool)
        }
        guard isMoving else { return endLoad(record, reason: reason, message: message) }
        end(
            record, .exited, reason: reason,
            message: "It was to be moved to another host of the runtime. \(message)")
    }

    /// A host has nothing of the sandbox any more.
    func left(_ record: SandboxRecord, _ host: Host) {
        host.sandboxes.remove(record.order.uid)
        if record.host === host { record.host = nil }
        endIfEmpty(host)
    }

    private func unloaded(_ id: String, from host: Host) {
        host.sandboxes.remove(id)
        if let record = records[id], record.host === host {
            record.host = nil
            if record.report.state == .stopping || !record.unplugging.isEmpty { forget(record) }
        }
        endIfEmpty(host)
        if let pool = pools[host.runtime], !pool.waiting.isEmpty || !pool.moving.isEmpty { serveWaiting(pool) }
    }

    /// A sandbox that has ended is taken out of its host: with its process, where that is its own.
    func release(_ record: SandboxRecord) {
        guard let host = record.host else { return }
        guard host.isShared else { return host.kill() }
        dismiss(record, from: host)
    }

    /// The host does not let a sandbox go: it is replaced, and the sandbox counts as gone with it.
    func abandon(_ record: SandboxRecord, on host: Host) {
        retire(host, "it does not let go of sandbox \(record.order.name)")
        unloaded(record.order.uid, from: host)
    }

    // MARK: One host after another

    /// Takes no more sandboxes on a host, and moves its own to another without a pause: they share the listening socket.
    func retire(_ host: Host, _ reason: String) {
        guard host.state == .open, let pool = pools[host.runtime] else { return }
        logger.warning("a runtime host is replaced: \(reason)", metadata: ["runtime": "\(host.runtime)"])
        host.state = .retired
        if pool.idle.contains(where: { $0 === host }) {
            pool.idle.removeAll { $0 === host }
            pool.plan.taken(now: clock)
        }
        pool.moving += host.sandboxes.sorted().compactMap { records[$0] }.filter { $0.host === host }
        serveShared(pool)
        endIfEmpty(host)
    }

    private func moved(_ record: SandboxRecord, to host: Host) {
        record.successor = nil
        guard let old = record.host else { return }
        record.host = host
        record.report.pid = host.pid
        dismiss(record, from: old, graceSeconds: Self.moveSeconds)
        changed(record)
    }

    /// A host that was replaced ends with the last sandbox that left it.
    private func endIfEmpty(_ host: Host) {
        guard host.state == .retired, host.sandboxes.isEmpty, host.exit == nil else { return }
        var order = HostOrder(type: "stop")
        order.graceSeconds = 1
        try? tell(host, order)
        host.deadline?.cancel()
        host.deadline = after(unloadSeconds) { [id = host.id] in $0.hosts[id]?.kill() }
    }

    /// The process has ended, and all sandboxes that it had.
    func settleShared(_ host: Host, _ pool: RuntimePool, _ ending: HostEnding, _ message: String) {
        if pool.idle.contains(where: { $0 === host }) {
            pool.idle.removeAll { $0 === host }
            if host.sandboxes.isEmpty {
                pool.plan.idleEnded(now: clock)
                noteFailure(of: pool, "an empty host ended: \(message)")
            } else {
                pool.plan.taken(now: clock)
            }
        }
        for record in host.sandboxes.sorted().compactMap({ records[$0] }) {
            if record.successor === host {
                record.successor = nil
                pool.moving.append(record)
            }
            guard record.host === host else { continue }
            ended(record, with: host, ending, message)
        }
        serveShared(pool)
        refill(pool)
    }

    private func ended(_ record: SandboxRecord, with host: Host, _ ending: HostEnding, _ message: String) {
        switch record.report.state {
        case .loading:
            end(record, .failed, reason: "LoadError", message: "Its host ended while it was loaded: \(message)")
        case .running:
            if happened(.hostEnded, to: record) == .end {
                end(
                    record, .exited, reason: ending.reason,
                    message: "The host that it shared with others ended: \(message)")
            }
        case .stopping, .failed, .exited: break
        }
    }

    /// Nothing is left of the process.
    func removedShared(_ host: Host) {
        for record in host.sandboxes.sorted().compactMap({ records[$0] }) where record.host === host {
            record.host = nil
            if record.report.state == .stopping || !record.unplugging.isEmpty { forget(record) }
        }
        host.sandboxes = []
    }
}
