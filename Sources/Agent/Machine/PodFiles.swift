import FoundationEssentials
import Glibc
import KubeAPI
import NestAPI

/// Where everything of one pod is.
///
/// The pod's directory can be passed but not listed by its sandboxes' users, who get to their own directories; `control`
/// holds the sockets and credentials, and is closed to them.
struct PodFiles: Sendable {
    let directory: String
    var control: String { directory + "/control" }
    var state: String { control + "/state.json" }
    var shimConfiguration: String { control + "/shim.json" }
    var sidecarConfiguration: String { control + "/sidecar.json" }
    var logs: String { directory + "/logs" }
    /// The shim's list of the processes that it has started.
    var hosts: String { directory + "/hosts" }
    func errors(of role: String) -> String { logs + "/\(role).err" }

    func make() throws(SystemError) {
        for (path, mode) in [(directory, mode_t(0o711)), (control, 0o700), (logs, 0o700)] {
            if mkdir(path, mode) != 0, errno != EEXIST { throw SystemError("cannot make \(path)") }
            // The umask may have taken bits away.
            _ = try SystemError.check("cannot open \(path) for its users") { chmod(path, mode) }
        }
    }

    func remove() {
        // A host in its last moments may still make a file where we have been already.
        for _ in 0..<3 where access(directory, F_OK) == 0 { try? FileManager.default.removeItem(atPath: directory) }
    }

    func writeConfigurations(_ pod: Pod, address: String, machine: MachineConfiguration) throws {
        let settings = Self.settings(of: pod)
        let shim = ShimConfiguration(
            directory: directory, address: address, runtimes: settings.runtimes, jail: machine.jailExecutable,
            programs: ["node": machine.nodeExecutable], runtimesDirectory: machine.runtimesDirectory,
            maxSandboxes: settings.maxSandboxesPerPod)
        try writePrivately(shim, to: shimConfiguration)
        let sidecar = SidecarConfiguration(
            podName: pod.metadata.name, podNamespace: pod.metadata.namespace, podUID: pod.metadata.uid,
            address: address, pool: pod.metadata.labels[NestGroup.poolLabel] ?? "", poolSpec: settings,
            kubeconfig: machine.kubeconfig, jail: machine.jailExecutable,
            packagesDirectory: machine.dataDirectory + "/packages", metricsToken: machine.metricsToken,
            // What selects a pod selects its node: zone, region, and whatever else the pool's template says.
            labels: pod.metadata.labels.merging([NestGroup.machineLabel: machine.machineName]) { $1 })
        try writePrivately(sidecar, to: sidecarConfiguration)
    }

    private static func settings(of pod: Pod) -> PoolSettings {
        pod.metadata.annotations[PoolSettings.annotation]
            .flatMap { try? JSONDecoder().decode(PoolSettings.self, from: Data($0.utf8)) } ?? PoolSettings()
    }
}
