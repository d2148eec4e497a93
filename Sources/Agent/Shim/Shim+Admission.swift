import Glibc
import NIOCore
import Planning

/// Sandboxes that want a process get one as there is memory for it, in turn.
extension Shim {
    /// Seconds until it is looked again whether there is memory for those who wait.
    private static let lookAgain = 0.1
    /// Starts at once for each processor: their loads may wait for others, while boots are bounded by `HostPool`.
    ///
    /// On two processors a burst of 60 takes as long with 16 as with 4, and a quarter longer with 64.
    private static let startsPerCore = 8
    private static let leastStarts = 16

    /// How many sandboxes are started at once.
    static var startsAtOnce: Int { max(leastStarts, startsPerCore * Machine.cores) }

    /// A sandbox wants a process: behind those who came before.
    func wantHost(_ record: SandboxRecord) {
        admission.ask(record.order.uid, now: clock)
        waitForTurn(record)
        admit()
    }

    private func waitForTurn(_ record: SandboxRecord) {
        let patience = Self.patience(
            record.report.state == .loading ? record.order.startSeconds : record.startDeadline - clock)
        record.deadline = after(patience) { [uid = record.order.uid] shim in
            if let record = shim.records[uid], record.wantsHost { shim.waitedLong(record) }
        }
    }

    /// Seconds that one that has so many to start in may wait for its turn: some are left to load it.
    private static func patience(_ startSeconds: Double) -> Double { startSeconds - min(startSeconds / 2, 5) }

    /// Starts those whose turn it is.
    func admit() {
        guard !isStopping else { return }
        while true {
            let decision = admission.next(memory, now: clock) { self.cost(of: $0) }
            switch decision {
            case .none: return
            case .start(let uid, let waited):
                wakes.waits.observe(waited)
                guard let record = records[uid], record.wantsHost, let pool = pools[record.order.runtime] else {
                    admission.ended(uid)
                    continue
                }
                hadTurn(record, waited: waited)
                pool.waiting.append(record)
                serveWaiting(pool)
            case .wait(let shortage):
                // Whoever is done with its start calls again.
                if case .memory = shortage { makeRoom() }
                return
            }
        }
    }

    /// The time of a start begins with its turn; that of a wake with the call, since somebody waits for it.
    private func hadTurn(_ record: SandboxRecord, waited: Double) {
        if record.report.state == .loading {
            record.startDeadline = clock + record.order.startSeconds
            record.report.waitedSeconds = waited
        }
        record.deadline?.cancel()
        // Its host, which knows more, has a second to say why.
        record.deadline = after(record.startDeadline + 1 - clock) { [uid = record.order.uid] shim in
            if let record = shim.records[uid], record.wantsHost { shim.startIsOver(record) }
        }
    }

    /// A sandbox has been loaded, has ended, or is gone: it holds up nobody any more.
    func leaveAdmission(_ record: SandboxRecord) {
        guard records[record.order.uid] === record else { return }
        admission.ended(record.order.uid)
        if admission.waiting > 0 { admit() }
    }

    /// What a sandbox is expected to take.
    private func cost(of uid: String) -> Int64 {
        guard let record = records[uid], let pool = pools[record.order.runtime] else { return 0 }
        guard pool.isShared else {
            // What a host that waits for it has taken is gone from what is available already.
            let isThere = pool.idle.count > pool.waiting.count
            return costs[pool.spec.name, default: WakeCost()].bytes(
                own: record.memoryBytes, request: record.order.requestBytes,
                taken: isThere ? bootedBytes[pool.spec.name] ?? 0 : 0)
        }
        return WakeCost.shared(hasHost: !pool.idle.isEmpty || pool.plan.booting > 0)
    }

    /// Whether a host may be booted that nobody waits for; the first tells what the runtime is, so it always may.
    func allowsSpare(_ pool: RuntimePool) -> Bool {
        guard !pool.version.isEmpty else { return true }
        let cost =
            pool.isShared ? WakeCost.shared(hasHost: false) : costs[pool.spec.name, default: WakeCost()].bytes()
        return admission.allowsSpare(memory(), cost: cost)
    }

    /// Whether so few more processes have room that nobody should keep one for a connection that is not used.
    func isTight(_ runtime: String) -> Bool {
        guard !admission.isShortOfMemory else { return true }
        if let last = tightness, clock - last.at < Self.tightnessHolds { return last.isTight }
        let cost = costs[runtime, default: WakeCost()].bytes()
        let isTight = !admission.allowsSpare(memory(), cost: Self.fewProcesses * cost)
        tightness = (isTight, clock)
        return isTight
    }

    private static let fewProcesses = Int64(8)
    private static let tightnessHolds = 0.25

    /// A sandbox took so much memory when it had a process.
    func noteMemory(_ bytes: Int64, of record: SandboxRecord) {
        guard bytes > 0, record.host?.isShared == false else { return }
        record.memoryBytes = bytes
        costs[record.order.runtime, default: WakeCost()].observe(bytes)
    }

    // MARK: Room for those who wait

    /// Parks those who are idle for those who wait, and looks again soon.
    private func makeRoom() {
        for record in parkable { askForCounts(record, olderThan: Self.lookAgain) }
        relieve(atMost: min(Self.reliefAtOnce, admission.waiting), least: Relief.leastIdleSecondsForOthers)
        guard admitting == nil else { return }
        admitting = after(Self.lookAgain) { shim in
            shim.admitting = nil
            shim.admit()
        }
    }

    // MARK: Those who have waited long

    private func waitedLong(_ record: SandboxRecord) {
        switch admission.overdue(record.order.uid, isFirst: record.report.state == .loading) {
        case .none: break
        case .waits: waitForTurn(record)
        case .turnedAway(let shortage, let others): turnAway(record, shortage, others: others)
        }
    }

    private func startIsOver(_ record: SandboxRecord) {
        if record.report.state == .loading {
            let seconds = Int(record.order.startSeconds.rounded())
            let message = "The handler's module was not loaded within \(seconds) s (startupTimeoutSeconds)."
            end(record, .failed, reason: "StartupTimeout", message: message)
        } else {
            let seconds = Int((record.order.wakeSeconds ?? record.order.startSeconds).rounded())
            let message = "It was parked, and was not loaded again within \(seconds) s."
            end(record, .exited, reason: "StartupTimeout", message: message)
        }
    }

    /// There was no memory for it, or no turn, in time: one that was parked is so again, and its callers are told why.
    private func turnAway(_ record: SandboxRecord, _ shortage: WakeAdmission.Shortage, others: Int) {
        let reason = shortage == .turn ? "PodBusy" : "InsufficientMemory"
        let message = shortage.words(others: others)
        wakes.turnedAway += 1
        logger.warning("a sandbox was not started: \(message)", metadata: ["sandbox": "\(record.order.name)"])
        guard record.report.state == .running else {
            return end(record, .failed, reason: reason, message: message)
        }
        admission.ended(record.order.uid)
        answerCallers(of: record, .notWoken, reason, message)
        (record.report.reason, record.report.message) = (reason, message)
        happened(.turnedAway, to: record)
        admit()
    }
}
