import KubeAPI
import NestAPI
import Planning

extension Sidecar {
    /// Begins the probes of a process that has come, and ends those of one that is gone.
    func followProbes(_ key: Key, _ object: Sandbox, _ work: inout SandboxWork) {
        guard case .running = work.actual, let process = work.report?.loadedAt, !object.isTerminating else {
            work.probing?.task?.cancel()
            work.probing = nil
            return
        }
        guard work.probing?.process != process else { return }
        work.probing?.task?.cancel()
        let health = SandboxHealth(
            object.spec.template, wasReady: !work.hasPlugged && object.isReady,
            start: clock - max(0, Timestamp.now().seconds(since: process)))
        work.probing = SandboxWork.Probing(process: process, health: health)
        guard health.isProbed else { return }
        work.probing?.task = Task { [weak self] in await self?.probe(key, process) }
    }

    /// Ends them all, and returns when none is under way any more.
    func endProbes() async {
        let tasks = works.values.compactMap(\.probing?.task)
        for task in tasks { task.cancel() }
        for task in tasks { await task.value }
    }

    /// Runs the probes of one process, one at a time, until it is gone.
    private func probe(_ key: Key, _ process: Timestamp) async {
        let asking = ProbeClient(group: group)
        while !Task.isCancelled, let probing = works[key]?.probing, probing.process == process {
            guard let next = probing.health.next, let report = works[key]?.report, let port = report.port else {
                return
            }
            let wait = next.at - clock
            // A probe would wake it; what has been found of it still holds.
            let isParked = report.isParked ?? false
            if wait > 0 || isParked {
                let wait = isParked ? max(1, wait) : wait
                guard (try? await Task.sleep(for: .milliseconds(Int64(wait * 1000) + 1))) != nil else { return }
                continue
            }
            let before = clock
            let outcome = await asking.check(next.probe, address: report.address, port: port)
            metrics.probed(
                kind: next.kind.rawValue, succeeded: outcome == .success, seconds: clock - before)
            guard works[key]?.probing?.process == process else { return }
            let verdict = works[key]?.probing?.health.verdict
            works[key]?.probing?.health.take(outcome, of: next.kind, at: clock)
            if works[key]?.probing?.health.verdict != verdict { queue.add(key) }
        }
    }
}
