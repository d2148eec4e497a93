import Glibc
import KubeAPI
import NIOCore

extension Shim {
    /// Runs a sandbox and returns its report once it runs, or why it does not.
    ///
    /// Asking again for one that lives changes nothing.
    public func plug(_ order: PlugOrder) async throws(Refusal) -> SandboxReport {
        if let old = records[order.uid] {
            if old.report.state == .stopping {
                throw Refusal(reason: "Stopping", message: "sandbox \(order.uid) is being stopped")
            }
            if old.report.state == .running { return old.report }
        }
        guard pools[order.runtime]?.isPlain == true else {
            let known = pools.values.filter(\.isPlain).map(\.key).sorted().joined(separator: ", ")
            throw Refusal(
                reason: "UnsupportedRuntime", message: "the pod has no runtime '\(order.runtime)'; it has \(known)")
        }
        let record: SandboxRecord
        if let old = records[order.uid], old.isLive { record = old } else { record = try begin(order) }
        guard record.report.state == .loading else { return record.report }
        return await withCheckedContinuation { record.plugging.append($0) }
    }

    /// Stops a sandbox, which may finish what it does for `graceSeconds`.
    ///
    /// Returns when nothing of it is left.
    @discardableResult
    public func unplug(_ uid: String, graceSeconds: Int) async -> UnplugOutcome {
        guard let record = records[uid] else {
            dropKept(uid)
            return UnplugOutcome()
        }
        closeSocket(of: record)
        dropSuccessor(of: record)
        guard let host = record.host else {
            forget(record)
            return record.outcome
        }
        if record.isLive {
            answer(record)
            record.deadline?.cancel()
            record.report.state = .stopping
            if host.isShared {
                unload(record.order.uid, from: host, graceSeconds: graceSeconds)
            } else if graceSeconds > 0 {
                var order = HostOrder(type: "stop")
                order.graceSeconds = graceSeconds
                try? tell(host, order)
            }
            tell(.changed(record.report))
        }
        record.deadline?.cancel()
        let extra = host.isShared ? unloadSeconds : 0
        record.deadline = after(Double(graceSeconds) + extra) { shim in
            guard let record = shim.records[uid], let host = record.host, host.exit == nil else { return }
            record.outcome.wasKilled = record.report.state == .stopping
            if host.isShared { shim.abandon(record, on: host) } else { host.kill() }
        }
        return await withCheckedContinuation { record.unplugging.append($0) }
    }

    private func begin(_ order: PlugOrder) throws(Refusal) -> SandboxRecord {
        guard records.count < configuration.maxSandboxes || records[order.uid] != nil else {
            throw Refusal(
                reason: "PodFull", message: "the pod holds \(records.count) sandboxes, its pool's maxSandboxesPerPod")
        }
        guard !isStopping else { throw Refusal(reason: "Stopping", message: "the pod is being stopped") }
        let record = SandboxRecord(order: order, address: configuration.address, now: clock)
        let isOfEarlierShim = try giveSocket(to: record)
        records[order.uid] = record
        offer(record)
        if isOfEarlierShim, order.startsParked == true { adoptParked(record) } else { wantHost(record) }
        return record
    }

    /// The socket of its last run, in this shim or the one before, or a new one.
    /// - Returns: whether it is of the shim before.
    private func giveSocket(to record: SandboxRecord) throws(Refusal) -> Bool {
        let uid = record.order.uid
        if let own = takeOver(uid) {
            (record.socket, record.report.port) = own
            return false
        }
        if let kept = takeKept(uid) {
            (record.socket, record.report.port) = kept
            return true
        }
        (record.socket, record.report.port) = try openSocket()
        return false
    }

    /// The next free port that nobody else on this address listens on.
    private func openSocket() throws(Refusal) -> (socket: Int32, port: Int) {
        var last = "all ports are taken"
        for _ in 0..<16 {
            guard let port = ports.take() else { break }
            do {
                return (try Sockets.listen(address: configuration.address, port: port), port)
            } catch {
                ports.giveBack(port)
                last = "\(error)"
            }
        }
        throw Refusal(reason: "NoPort", message: last)
    }

    /// Gives waiting sandboxes the hosts there are, and boots what is missing.
    func serveWaiting(_ pool: RuntimePool) {
        let pool = plainPool(pool)
        pool.waiting.removeAll { !$0.wantsHost || records[$0.order.uid] !== $0 }
        if pool.isShared { return serveShared(pool) }
        serveLayered(pool)
        while !pool.waiting.isEmpty, !pool.idle.isEmpty {
            // The oldest has had the most time to warm up.
            let host = pool.idle.removeFirst()
            pool.plan.taken(now: clock)
            load(pool.waiting.removeFirst(), on: host)
        }
        if pool.idle.isEmpty || !pool.waiting.isEmpty { refill(pool) }
    }

    func load(_ record: SandboxRecord, on host: Host) {
        record.host = host
        host.state = .sandbox(uid: record.order.uid)
        do {
            if let bytes = record.order.memoryBytes {
                host.memoryLimit = bytes
                try host.limitMemory(launcher.bound(bytes), user: launcher.users?.user(slot: host.slot))
            }
            host.output.log = try openLog(of: record)
            host.output.sandbox = shortName(record)
            try tell(host, loadOrder(record, host), passing: [record.socket])
        } catch {
            end(record, .failed, reason: "PlugFailed", message: "\(error)")
        }
    }

    func loadOrder(_ record: SandboxRecord, _ host: Host) -> HostOrder {
        var order = HostOrder(type: "load")
        order.id = record.order.uid
        order.directory = record.order.directory
        order.handler = record.order.handler
        order.signature = record.order.signature
        order.timeoutSeconds = record.order.timeoutSeconds
        order.concurrency = record.order.concurrency
        order.startSeconds = max(0.1, record.startDeadline - clock)
        if !host.isShared, isTight(host.runtime) { order.endsConnections = true }
        if host.isShared {
            order.limits = HostOrder.Limits(cpuMillis: record.order.cpuMillis, memoryBytes: record.order.memoryBytes)
        }
        order.compiled = compiledFiles(of: record.order)
        order.function = record.order.function
        order.env = record.order.environment.merging(ownEnvironment(of: host)) { own, _ in own }
        return order
    }

    /// What every function has that does not say otherwise.
    func ownEnvironment(of host: Host) -> [String: String] {
        ["HOME": host.directory, "TMPDIR": host.directory, "PATH": "/usr/local/bin:/usr/bin:/bin"]
    }

    func loaded(_ record: SandboxRecord) {
        guard record.wantsHost, let host = record.host else { return }
        record.deadline?.cancel()
        record.report.pid = host.pid
        if record.standby == .waking {
            (record.report.isParked, record.report.reason, record.report.message) = (nil, nil, nil)
            happened(.loaded, to: record)
        } else {
            record.report.state = .running
            record.report.loadedAt = .now()
        }
        changed(record)
        leaveAdmission(record)
        if host.isShared { ping(host) } else { ping(record) }
        refill(runtime: record.order.runtime)
    }

    /// Ends a live sandbox as failed or exited: its process goes at once, its report and its socket stay until it is unplugged.
    func end(_ record: SandboxRecord, _ state: SandboxReport.State, reason: String, message: String) {
        record.deadline?.cancel()
        if record.host?.isShared == false { record.host?.pulse?.cancel() }
        let wasWaking = record.report.state == .running && record.standby == .waking
        dropSuccessor(of: record)
        record.report.isParked = nil
        record.report.state = state
        record.report.reason = reason
        record.report.message = HostMessage.cut(message)
        record.report.exit = record.host?.exit
        record.report.lastWords = (record.output ?? record.host?.output).map {
            HostMessage.cut(record.host?.crash ?? $0.lastWords)
        }
        record.report.endedAt = .now()
        record.report.pid = nil
        release(record)
        keepCallers(of: record, wasWaking: wasWaking)
        changed(record)
        leaveAdmission(record)
        refill(runtime: record.order.runtime)
    }

    func changed(_ record: SandboxRecord) {
        answer(record)
        tell(.changed(record.report))
    }

    private func answer(_ record: SandboxRecord) {
        for waiter in record.plugging { waiter.resume(returning: record.report) }
        record.plugging = []
    }

    func closeSocket(of record: SandboxRecord) {
        guard record.socket >= 0 else { return }
        callers.forget(record.socket)
        withdraw(record)
        Glibc.close(record.socket)
        record.socket = -1
        if let port = record.report.port { ports.giveBack(port) }
        record.report.port = nil
    }

    /// Nothing of it is left but, for a while, its log.
    func forget(_ record: SandboxRecord) {
        record.deadline?.cancel()
        answer(record)
        if let output = record.output { close(output) }
        leaveAdmission(record)
        if records[record.order.uid] === record { records[record.order.uid] = nil }
        keepLog(logPath(record))
        for waiter in record.unplugging { waiter.resume(returning: record.outcome) }
        record.unplugging = []
        tell(.removed(uid: record.order.uid))
        resumeIfLeftAlone()
    }
}
