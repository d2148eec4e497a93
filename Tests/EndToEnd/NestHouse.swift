import Foundation
import Testing

/// Nest's roles in a process each, as on several machines, so that each can be killed by itself.
final class NestHouse {
    let directory: String
    let kubectl: Kubectl
    let web: Web
    private(set) var apiServer: NestRole
    private(set) var controllers: NestRole
    private(set) var gateway: NestRole
    private(set) var machine: NestRole
    private let apiPort: Int
    private let gatewayPort: Int

    var machineData: String { directory + "/machine" }

    private init(_ directory: String) async throws {
        self.directory = directory
        (apiPort, gatewayPort) = (Ports.free(), Ports.free())
        try "word\n".write(toFile: directory + "/token", atomically: true, encoding: .utf8)
        kubectl = Kubectl(kubeconfig: directory + "/data/kubeconfig")
        web = Web(base: "http://127.0.0.1:\(gatewayPort)")
        apiServer = try Self.apiServer(directory, apiPort)
        try await Eventually.holds("the API server writes its kubeconfig") {
            FileManager.default.fileExists(atPath: directory + "/data/kubeconfig")
        }
        try await kubectl("apply", "-f", Tree.root.appending(path: "crds").path)
        try await kubectl("wait", "--for=condition=Established", "--timeout=30s", "crd", "--all")
        let kubeconfig = directory + "/data/kubeconfig"
        controllers = try Self.controllers(directory, "first")
        gateway = try Self.gateway(directory, gatewayPort)
        machine = try NestRole(
            "machine", "--kubeconfig", kubeconfig, "--agent-kubeconfig", directory + "/data/agent-kubeconfig.json",
            "--data", directory + "/machine", "--name", "here", log: directory + "/machine.log")
        try await kubectl("apply", "-f", "-", input: Self.pool)
        try await Eventually.holds("a pod is warm") {
            try await kubectl("get", "sbn", "-o", "jsonpath={.items[*].status.conditions[?(@.type=='Ready')].status}")
                .contains("True")
        }
    }

    private static let pool = """
        apiVersion: nest.dev/v1alpha1
        kind: ResourcePool
        metadata: {name: default}
        spec: {warmPods: 1, maxPods: 3, runtimes: [{name: nodejs, prewarmed: 2}]}
        """

    private static func apiServer(_ directory: String, _ port: Int) throws -> NestRole {
        try NestRole(
            "apiserver", "--data", directory + "/data", "--port", "\(port)", log: directory + "/apiserver.log")
    }

    private static func controllers(_ directory: String, _ name: String) throws -> NestRole {
        try NestRole(
            "controllers", "--kubeconfig", directory + "/data/kubeconfig", "--readings-token", directory + "/token",
            log: "\(directory)/controllers-\(name).log")
    }

    private static func gateway(_ directory: String, _ port: Int) throws -> NestRole {
        try NestRole(
            "gateway", "--kubeconfig", directory + "/data/kubeconfig", "--port", "\(port)", "--readings-token",
            directory + "/token", "--identity", "one", log: directory + "/gateway.log")
    }

    /// One more, which stands by.
    func controllers(_ name: String) throws -> NestRole { try Self.controllers(directory, name) }

    // MARK: Faults

    func killAPIServer() async throws {
        await apiServer.child.kill()
        apiServer = try Self.apiServer(directory, apiPort)
    }

    func killGateway() async throws {
        await gateway.child.kill()
        gateway = try Self.gateway(directory, gatewayPort)
        try await Eventually.holds("the gateway answers again") { try await self.web.get("/healthz").status == 200 }
    }

    /// `shim` or `sidecar`, of every pod.
    func killAgents(_ role: String) {
        for pid in Leftovers.ids(of: machineData, with: role) { kill(pid, SIGKILL) }
    }

    // MARK: From start to end

    /// Starts all, hands them to `body`, stops them, and checks that nothing is left.
    static func run(_ body: (NestHouse) async throws -> Void) async throws {
        try await Tree.withTemporaryDirectory { directory in
            let house = try await NestHouse(directory)
            do {
                try await body(house)
            } catch {
                await house.stop()
                let logs = ["apiserver", "controllers-first", "gateway", "machine"].map { name in
                    let text = (try? String(contentsOfFile: "\(directory)/\(name).log", encoding: .utf8)) ?? ""
                    return "\(name): \(text.suffix(1500))"
                }
                throw NestProcess.Failure(description: "\(error)\n" + logs.joined(separator: "\n"))
            }
            await house.stop()
            #expect(Leftovers.processes(of: directory) == [])
        }
    }

    /// Pods outlive their machine's agent; so they are deleted first.
    private func stop() async {
        _ = try? await kubectl("delete", "rpool", "--all", "--timeout=20s")
        try? await Eventually.holds("the pods are gone", within: .seconds(30)) {
            try await self.kubectl("get", "pods", "-A", "-o", "name") == ""
        }
        for role in [machine, gateway, controllers, apiServer] { _ = await role.child.stop(within: .seconds(10)) }
    }
}
