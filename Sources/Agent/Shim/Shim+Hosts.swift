import FoundationEssentials
import Glibc
import NIOCore
import NIOPosix

extension Shim {
    /// Boots as many hosts as the pool's plan says.
    func refill(_ pool: RuntimePool) {
        guard !isStopping else { return }
        let waiting = pool.waiting.count + pool.moving.count
        switch pool.plan.decide(waiting: waiting, now: clock, allowsSpare: { allowsSpare(pool) }) {
        case .boot(let count): for _ in 0..<count { boot(pool) }
        case .wait(let seconds):
            pool.timer?.cancel()
            pool.timer = after(seconds) { [key = pool.key] shim in
                if let pool = shim.pools[key] { shim.refill(pool) }
            }
        }
    }

    private func boot(_ pool: RuntimePool) {
        pool.plan.bootStarted()
        guard let slot = slots.take() else { return bootFailed(pool, "all users of the pod are taken") }
        let id = nextHost
        nextHost += 1
        do {
            let launched = try launcher.launch(pool.spec, try pool.manifest.get(), id: id, slot: slot)
            let log = try BoundedLog(path: "\(configuration.directory)/logs/host-\(id).log")
            // A zombie too has an identity until it is waited for.
            let process = ProcessIdentity(pid: launched.pid) ?? ProcessIdentity(pid: launched.pid, startTime: 0)
            let host = Host(
                id: id, runtime: pool.key, isShared: pool.isShared, process: process, slot: slot,
                directory: launched.directory, channel: launched.channel, output: openOutput(log))
            hosts[id] = host
            journal.add(process)
            host.deadline = after(Double(Self.bootSeconds)) { $0.hosts[id]?.kill() }
            try attach(host, output: launched.output)
        } catch {
            if let host = hosts[id] { return host.kill() }
            slots.giveBack(slot)
            bootFailed(pool, "\(error)")
        }
    }

    /// Follows what a host says, what it prints, and its end.
    private func attach(_ host: Host, output: Int32) throws {
        let id = host.id
        try monitor.watch(host.pid) { [weak self] status in
            self?.onLoop { $0.exited(id, status) }
        }
        let reading = try SystemError.check("dup") { fcntl(host.channel, F_DUPFD_CLOEXEC, 3) }
        ClientBootstrap(group: loop).channelInitializer { [weak self] channel in
            channel.eventLoop.makeCompletedFuture {
                let reader = LineReader(limit: HostMessage.lineLimit) { line in
                    let bytes = Array(line)
                    self?.onLoop { $0.received(bytes, from: id) }
                } onClose: {
                    self?.onLoop { $0.streamClosed(id, isChannel: true) }
                }
                try channel.pipeline.syncOperations.addHandler(reader)
            }
        }.withConnectedSocket(reading).whenFailure { [weak self] _ in
            self?.onLoop { $0.streamClosed(id, isChannel: true) }
        }
        read(output, into: host.output) { $0.streamClosed(id, isChannel: false) }
    }

    /// Reads what is printed into a pipe, until nobody holds its other end.
    func read(_ descriptor: Int32, into output: Output, onEnd: @escaping @Sendable (isolated Shim) -> Void) {
        let id = output.id
        NIOPipeBootstrap(group: loop).channelInitializer { [weak self] channel in
            channel.eventLoop.makeCompletedFuture {
                let reader = ChunkReader { bytes in
                    let bytes = Array(bytes)
                    self?.onLoop { $0.printed(bytes, to: id) }
                }
                try channel.pipeline.syncOperations.addHandler(reader)
            }
        }.takingOwnershipOfDescriptor(input: descriptor).flatMap(\.closeFuture).whenComplete { [weak self] _ in
            self?.onLoop(onEnd)
        }
    }

    private func received(_ line: [UInt8], from id: Int) {
        guard let host = hosts[id] else { return }
        guard host.admitsMessage(at: .now()), let message = HostMessage(line: line) else {
            host.crash = "The runtime host broke its protocol."
            return host.kill()
        }
        switch (message, host.state) {
        case (.booted(let version), .booting): booted(host, version: version)
        case (.preloaded(let said), .preloading), (.preloaded(let said), .open): preloaded(host, said)
        case (.compiled(let files), .compiling): compiled(host, files: files)
        case (.crashed(let text), _): host.crash = text
        case (_, .open), (_, .retired): heard(message, fromShared: host)
        case (.loaded, .sandbox(let uid)):
            if let record = records[uid], record.host === host { loaded(record) }
        case (.failed(_, let reason, let message), .sandbox(let uid)):
            guard let record = records[uid], record.host === host, record.wantsHost else { return }
            endLoad(record, reason: reason, message: message)
        case (.pong(let nonce, let counts, let idle), .sandbox(let uid)):
            guard let record = records[uid], record.host === host, nonce == host.nonce else { return }
            answered(record, counts)
            record.noteIdle(idle, at: clock)
            if let idle { happened(.idle(seconds: idle), to: record) }
        case (.parked, .sandbox(let uid)):
            if let record = records[uid], record.host === host { released(record, by: host) }
        case (.busy, .sandbox(let uid)):
            if let record = records[uid], record.host === host { happened(.refused, to: record) }
        default: break
        }
    }

    /// Tells a host something; what its channel does not take at once follows.
    func tell(_ host: Host, _ order: HostOrder, passing descriptors: [Int32] = []) throws {
        try host.send(order, passing: descriptors)
        flush(host)
    }

    private func flush(_ host: Host) {
        guard host.outbox.isWaiting, host.flushing == nil else { return }
        host.flushing = after(0.005) { [id = host.id] shim in
            guard let host = shim.hosts[id], host.exit == nil else { return }
            host.flushing = nil
            do { try host.outbox.flush(over: host.channel) } catch { return host.kill() }
            shim.flush(host)
        }
    }

    private func booted(_ host: Host, version: String) {
        guard let pool = pools[host.runtime] else { return }
        host.deadline?.cancel()
        pool.version = version
        if !startPreload(host, pool) { opened(host, pool) }
    }

    /// It takes sandboxes from now on.
    func opened(_ host: Host, _ pool: RuntimePool) {
        host.deadline?.cancel()
        host.state = host.isShared ? .open : .idle
        pool.plan.booted()
        pool.failure = nil
        pool.idle.append(host)
        bootedBytes[host.runtime] = ProcessUsage.ownBytes(pid: host.pid)
        serveWaiting(pool)
        refill(pool)
        if host.isShared { ping(host) }
        tell(.runtimeChanged(report(pool)))
    }

    private func bootFailed(_ pool: RuntimePool, _ message: String) {
        pool.plan.bootFailed(now: clock)
        noteFailure(of: pool, message)
    }

    func noteFailure(of pool: RuntimePool, _ message: String) {
        logger.warning("a runtime host did not stay up: \(message)", metadata: ["runtime": "\(pool.spec.name)"])
        pool.failure = message
        if pool.plan.isBroken {
            pool.waiting.removeAll { $0.report.state == .loading }
            let lost = records.values.filter {
                $0.report.state == .loading && $0.host == nil && $0.order.runtime == pool.spec.name
            }
            for record in lost { end(record, .failed, reason: "RuntimeNotReady", message: message) }
        }
        refill(pool)
        tell(.runtimeChanged(report(pool)))
    }

    /// A host without its channel can be neither reached nor stopped.
    private func streamClosed(_ id: Int, isChannel: Bool) {
        guard let host = hosts[id] else { return }
        host.openStreams -= 1
        if isChannel, host.exit == nil { host.kill() }
        if host.openStreams == 0, host.exit != nil { finish(host) }
    }

    private func exited(_ id: Int, _ status: ExitStatus) {
        guard let host = hosts[id] else { return }
        host.exit = status
        // Whatever else is in its process group goes too.
        host.kill()
        if host.openStreams == 0 { return finish(host) }
        // Its last words are still in the pipes; nobody may hold those open for ever.
        host.deadline?.cancel()
        host.deadline = after(0.2) { shim in
            if let host = shim.hosts[id] { shim.finish(host) }
        }
    }

    /// The process is gone: gives back its directory and user, and says so.
    private func finish(_ host: Host) {
        guard !host.isFinished else { return }
        host.isFinished = true
        host.deadline?.cancel()
        host.pulse?.cancel()
        host.flushing?.cancel()
        journal.remove(host.process)
        close(host.output)
        unlink("\(configuration.directory)/logs/host-\(host.id).log")
        settle(host)
        let directory = host.directory
        Task {
            await Self.remove(directory)
            self.removed(host.id)
        }
    }

    /// What the end means depends on what the host was.
    private func settle(_ host: Host) {
        let ending = HostEnding(exit: host.exit, crash: host.crash, lastWords: host.output.lastWords)
        let message = ending.message(limit: host.memoryLimit, bound: launcher.bound(host.memoryLimit))
        guard let pool = pools[host.runtime] else { return }
        switch host.state {
        case .booting: bootFailed(pool, "the host did not boot: \(message)")
        case .preloading: bootFailed(pool, "a host ended, or took too long, while it loaded the layers: \(message)")
        case .compiling: settleCompile(host)
        case .idle:
            pool.idle.removeAll { $0 === host }
            pool.plan.idleEnded(now: clock)
            noteFailure(of: pool, "an empty host ended: \(message)")
        case .open, .retired: settleShared(host, pool, ending, message)
        case .sandbox(let uid):
            guard let record = records[uid], record.host === host else { return }
            switch record.report.state {
            case .loading:
                end(
                    record, .failed, reason: ending.isOutOfMemory ? ending.reason : "LoadError",
                    message: "It ended while it was loaded: \(message)")
            case .running:
                if happened(.hostEnded, to: record) == .end {
                    end(record, .exited, reason: ending.reason, message: message)
                }
            case .stopping, .failed, .exited: break
            }
        }
    }

    private func removed(_ id: Int) {
        guard let host = hosts.removeValue(forKey: id) else { return }
        slots.giveBack(host.slot)
        if case .sandbox(let uid) = host.state, let record = records[uid], record.host === host {
            record.host = nil
            record.outcome.exit = host.exit
            if record.report.state == .stopping || !record.unplugging.isEmpty { forget(record) }
        }
        if host.isShared { removedShared(host) }
        if admission.waiting > 0 { admit() }
        resumeStopIfDone()
    }

    /// Tenant files may be many: not on the event loop.
    private static func remove(_ directory: String) async {
        await Task.detached { try? FileManager.default.removeItem(atPath: directory) }.value
    }
}
