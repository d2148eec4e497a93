import ArgumentParser
import ControllerRuntime
import Controllers
import Foundation
import KubeAPI
import KubeClient
import Logging
import NestAPI

/// Options of the roles of which only one process may work at a time (kube-controller-manager's).
struct LeaderElectionOptions: ParsableArguments {
    @Option(help: "Work only while holding the leases nest-controllers and nest-scheduler; =false: at once.")
    var leaderElect = true

    @Option(help: "The namespace of the leases. It is created when it is not there.")
    var leaderElectNamespace = NestGroup.systemNamespace

    @Option(help: "How long the others wait for a leader that is silent.")
    var leaderElectLeaseDuration = WaitLimit(.seconds(14), "14s")

    @Option(help: "How long a leader that cannot renew its lease goes on. Less than the lease's duration.")
    var leaderElectRenewDeadline = WaitLimit(.seconds(10), "10s")

    @Option(help: "How long between two tries to get or renew a lease.")
    var leaderElectRetryPeriod = WaitLimit(.seconds(2), "2s")

    private var timing: LeaderElector.Timing {
        var timing = LeaderElector.Timing()
        timing.lease = leaderElectLeaseDuration.duration
        timing.renew = leaderElectRenewDeadline.duration
        timing.retry = leaderElectRetryPeriod.duration
        return timing
    }

    func validate() throws {
        if let problem = timing.problem { throw ValidationError("--leader-elect: \(problem).") }
        guard leaderElectLeaseDuration.duration >= .seconds(1) else {
            throw ValidationError("--leader-elect-lease-duration: a lease counts whole seconds: give at least 1s.")
        }
    }

    /// How a process of this machine leads: under a name that no other process has.
    func lead(client: KubeClient, logger: Logger) async throws -> ControllerSet.Lead {
        guard leaderElect else { return { try await $1(false) } }
        let identity = "\(ProcessInfo.processInfo.hostName)_\(UUID().uuidString.lowercased())"
        return try await electedLead(
            client: client, namespace: leaderElectNamespace, identity: identity, timing: timing, logger: logger)
    }
}

/// Works while holding the part's Lease, `nest-controllers` or `nest-scheduler`.
///
/// It looks at the leases at once: call it before anything is read that the work is to build upon.
func electedLead(
    client: KubeClient, namespace: String, identity: String, timing: LeaderElector.Timing = .init(), logger: Logger
) async throws -> ControllerSet.Lead {
    @Sendable func elector(_ part: ControllerSet.Part) -> LeaderElector {
        let lease = ObjectKey(namespace: namespace, name: "nest-\(part.rawValue)")
        return LeaderElector(client: client, lease: lease, identity: identity, timing: timing, logger: logger)
    }
    var looks: [ControllerSet.Part: LeaderElector.Look] = [:]
    for part in ControllerSet.Part.allCases { looks[part] = try await elector(part).look() }
    return { [looks] part, work in try await elector(part).run(since: looks[part], work) }
}
