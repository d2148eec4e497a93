import KubeAPI
import NestAPI

/// Which sandboxes to give up first.
///
/// Source: kubernetes `pkg/controller/controller_utils.go`, `ActivePodsWithRanks`.
///
/// In this order: unbound before bound; pending and starting before unknown before running; not ready before ready; not
/// available yet before available; from the pod with most sandboxes of the same deployment; ready for less time;
/// restarted more often; younger; by name. Availability is Nest's own: without it a crowded pod could cost a rollout a
/// sandbox that it counts on.
struct DeletionOrder {
    /// Sandboxes of the same deployment on each node.
    let crowding: [String: Int]
    var minReadySeconds = 0
    var now = Timestamp(seconds: 0)

    func sorted(_ sandboxes: [Sandbox]) -> [Sandbox] { sandboxes.sorted(by: goesBefore) }

    func goesBefore(_ left: Sandbox, _ right: Sandbox) -> Bool {
        let (first, second) = (rank(left), rank(right))
        for (one, other) in zip(first, second) where one != other { return one < other }
        return left.metadata.name < right.metadata.name
    }

    /// The lower, the sooner it goes.
    private func rank(_ sandbox: Sandbox) -> [Int64] {
        let readySince = sandbox.isReady ? sandbox.status.conditions[SandboxCondition.ready]?.lastTransitionTime : nil
        return [
            sandbox.spec.nodeName == nil ? 0 : 1,
            phaseRank(sandbox.status.phase),
            sandbox.isReady ? 1 : 0,
            sandbox.isAvailable(minReadySeconds: minReadySeconds, now: now) ? 1 : 0,
            -Int64(sandbox.spec.nodeName.flatMap { crowding[$0] } ?? 0),
            -(readySince?.microseconds ?? .max),
            -Int64(sandbox.status.restartCount),
            -(sandbox.metadata.creationTimestamp?.microseconds ?? .max),
        ]
    }

    private func phaseRank(_ phase: SandboxPhase) -> Int64 {
        switch phase {
        case .failed, .terminating: 0
        case .pending, .starting: 1
        case .unknown: 2
        case .running: 3
        }
    }
}
