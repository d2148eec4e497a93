import NIOCore
import Planning

/// Those who call a sandbox that does not run at the moment.
extension Shim {
    /// Decides what becomes of those who call a sandbox that has ended, until it is plugged again or unplugged.
    ///
    /// Whoever had called one that could not be woken has waited once, and is answered whatever comes next.
    func keepCallers(of record: SandboxRecord, wasWaking: Bool) {
        guard record.socket >= 0, !isStopping, record.unplugging.isEmpty else { return closeSocket(of: record) }
        let (loaded, ended) = (record.report.loadedAt, record.report.endedAt)
        let ran = loaded.flatMap { from in ended.map { $0.seconds(since: from) } } ?? 0
        let next = EndedCallers(
            endsBefore: record.order.endsBefore, ran: ran, startSeconds: record.order.startSeconds)
        callers.forget(record.socket)
        guard case .held(let seconds) = next else { return refuseCallers(of: record) }
        if wasWaking { answerCallers(of: record, .wakeFailed, record.report.reason, record.report.message) }
        record.deadline = after(seconds) { [uid = record.order.uid] shim in
            if let record = shim.records[uid], !record.isLive { shim.refuseCallers(of: record) }
        }
    }

    /// Tells those who wait, and whoever comes, why the sandbox does not run.
    private func refuseCallers(of record: SandboxRecord) {
        guard record.socket >= 0 else { return }
        let isDone = answerCallers(of: record, .notRunning, record.report.reason, record.report.message)
        let uid = record.order.uid
        if !isDone { return answerLater(uid) }
        do {
            try callers.watch(record.socket) { [weak self] in
                self?.onLoop { shim in
                    if let record = shim.records[uid], !record.isLive { shim.refuseCallers(of: record) }
                }
            }
        } catch {
            // Without the watch it is looked after them from time to time.
            answerLater(uid)
        }
    }

    /// Seconds until it is looked again whether there is somebody to answer, or a place to answer from.
    private static let lookAgain = 0.25

    private func answerLater(_ uid: String) {
        records[uid]?.deadline = after(Self.lookAgain) { shim in
            if let record = shim.records[uid], !record.isLive { shim.refuseCallers(of: record) }
        }
    }

    /// Answers all who wait with 503, as far as there is room for answers.
    /// - Returns: whether nobody is left.
    @discardableResult
    func answerCallers(
        of record: SandboxRecord, _ cause: CallerRefusal.Cause, _ reason: String?, _ message: String?
    ) -> Bool {
        guard record.socket >= 0 else { return true }
        return CallerRefusal(cause: cause, reason: reason ?? "Exited", message: message ?? "")
            .send(to: record.socket, loop: loop, room: refusals)
    }

    /// The socket of an earlier run of the sandbox, with those who wait in its backlog.
    func takeOver(_ uid: String) -> (socket: Int32, port: Int)? {
        guard let old = records[uid], old.socket >= 0, let port = old.report.port else { return nil }
        old.deadline?.cancel()
        callers.forget(old.socket)
        defer { old.socket = -1 }
        return (old.socket, port)
    }
}
