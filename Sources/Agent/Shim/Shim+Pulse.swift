import NIOCore

extension Shim {
    /// Asks a running sandbox whether its event loop turns, and ends it when that goes unanswered.
    ///
    /// A thread inside each host could see the same, but doubles the memory of an idle one.
    func ping(_ record: SandboxRecord) {
        guard record.report.state == .running, let host = record.host, !host.isShared else { return }
        ask(host)
        expectAnswer(of: host, record.order, within: Self.limit(of: record.order))
    }

    /// Asks a host that holds many sandboxes how they are, and ends it, and all of them, when that goes unanswered.
    func ping(_ host: Host) {
        guard host.isShared, host.exit == nil else { return }
        ask(host)
        expectAnswer(ofShared: host)
    }

    private func ask(_ host: Host) {
        host.nonce += 1
        host.isAsked = true
        host.pulse?.cancel()
        var order = HostOrder(type: "ping")
        order.nonce = host.nonce
        if !host.isShared, isTight(host.runtime) { order.endsConnections = true }
        // One that cannot be told anything any more is about to end.
        try? tell(host, order)
    }

    private func expectAnswer(ofShared host: Host, within seconds: Double = sharedLimit) {
        let due = clock + seconds
        host.pulse = after(seconds) { [id = host.id] shim in
            guard let host = shim.hosts[id], host.exit == nil else { return }
            // A shim that stood still itself has not listened: an answer may be on its way.
            if shim.clock > due + 1 { return shim.expectAnswer(ofShared: host, within: 5) }
            host.crash = "Hung: it did not answer for \(Int(Self.sharedLimit)) s."
            host.kill()
        }
    }

    /// A shared host answers from a thread that runs no function; when it is that slow, nothing of it is of use.
    private static let sharedLimit = 20.0

    /// A shared host has answered.
    func answered(_ host: Host) {
        host.isAsked = false
        host.answeredAt = clock
        host.pulse?.cancel()
        let shortest = host.sandboxes.compactMap { records[$0]?.order.idleSeconds }.min()
        host.pulse = after(pause(shortest)) { [id = host.id] shim in
            if let host = shim.hosts[id] { shim.ping(host) }
        }
    }

    /// Often enough to see whether it, or one of many, has become idle.
    private func pause(_ idleSeconds: Int?) -> Double {
        min(configuration.pingSeconds, max(0.2, Double(idleSeconds ?? .max) / 2))
    }

    /// The host has answered, and said what it wants of its requests: asks again later.
    func answered(_ record: SandboxRecord, _ counts: RequestCounts) {
        guard let host = record.host else { return }
        host.isAsked = false
        host.answeredAt = clock
        record.counts = record.counts.followed(by: counts)
        host.pulse?.cancel()
        host.pulse = after(pause(record.order.idleSeconds)) { [uid = record.order.uid] shim in
            if let record = shim.records[uid] { shim.ping(record) }
        }
    }

    private func expectAnswer(of host: Host, _ order: PlugOrder, within seconds: Double) {
        let due = clock + seconds
        host.pulse = after(seconds) { [id = host.id, order] shim in
            guard let host = shim.hosts[id], let record = shim.records[order.uid], record.host === host,
                record.report.state == .running
            else { return }
            // A shim that stood still itself has not listened: an answer may be on its way.
            if shim.clock > due + 1 { return shim.expectAnswer(of: host, order, within: 5) }
            let message = Self.hungMessage(order, lastWords: host.output.lastWords)
            shim.end(record, .exited, reason: "Hung", message: message)
        }
    }

    /// Longer than a request may take: whoever waits for one has an answer before the sandbox ends.
    private static func limit(of order: PlugOrder) -> Double { Double(order.timeoutSeconds) + 5 }

    private static func hungMessage(_ order: PlugOrder, lastWords: String) -> String {
        let message =
            "Hung: its event loop did not turn for \(Int(limit(of: order))) s (timeoutSeconds and 5 s), "
            + "as when a handler never leaves a loop."
        return lastWords.isEmpty ? message : message + "\n" + lastWords
    }
}
