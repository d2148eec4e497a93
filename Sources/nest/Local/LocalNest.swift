import Agent
import ArgumentParser
import ControllerRuntime
import Controllers
import Foundation
import Gateway
import KubeClient
import KubeServer
import Logging
import NestAPI
import ServiceLifecycle

/// The parts of a `nest up`, put together.
///
/// They meet only through the API server.
struct LocalNest: Sendable {
    /// The data directory is the machine: its pods stay its own when the host is renamed.
    private static let machine = "local"
    /// The lock of the data directory keeps it unique, so that a `nest up` that was killed leads at once when it is
    /// started again.
    private static let identity = "nest-up"

    private let installation: Installation
    private let directory: DataDirectory
    private let log: LogOptions
    private let server: EmbeddedAPIServer
    private let apiPort: Int
    private let gatewayPort: Int
    private let readingsPort: Int
    private let client = Promise<KubeClient>()
    private let gateway = Promise<GatewayServer>()
    private let packagePort = Promise<Int>()
    private let identity: ServerIdentity

    init(
        installation: Installation, directory: DataDirectory, apiPort: Int, gatewayPort: Int, readingsPort: Int,
        log: LogOptions
    ) throws {
        self.installation = installation
        self.directory = directory
        self.log = log
        self.apiPort = apiPort
        self.gatewayPort = gatewayPort
        self.readingsPort = readingsPort
        identity = try ServerIdentity.loadOrCreate(directory: directory.path + "/pki")
        server = try EmbeddedAPIServer(
            configuration: KubeServerConfiguration(
                dataDirectory: directory.api, port: apiPort, podLogs: LocalPodLogs(machine: directory.machine).open),
            identity: identity,
            logger: log.logger("apiserver"))
    }

    /// In the order in which they depend on each other; they are stopped the other way round.
    var services: [any Service] {
        [
            Listening(base: server, option: "--api-port", port: apiPort),
            Role("client") {
                let connected = try await client.value
                try? await Role.untilStopped()
                await connected.shutdown()
            },
            Role("packages", endsByItself: true) { try await runPackageStore() },
            Role("machine") { try await runMachine() },
            Listening(
                base: Role("gateway") { try await gateway.value.run() }, option: "--gateway-port", port: gatewayPort),
            Role("controllers") { try await runControllers() },
            Role("startup") { try await start() },
        ]
    }

    /// Leads, as one of all that may stand; after a silence (a machine that slept) it stands again, since its pods and
    /// its gateway go on.
    private func runControllers() async throws {
        let (client, logger) = (try await client.value, log.logger("controllers"))
        let scaling = ScalingSources(readingsToken: machineConfiguration.metricsToken, zones: .system)
        while true {
            let lead = try await electedLead(
                client: client, namespace: NestGroup.systemNamespace, identity: Self.identity, logger: logger)
            do {
                return try await ControllerSet(client: client, scaling: scaling, logger: logger).run(lead)
            } catch let lost as LeaderElector.LeadershipLost {
                logger.warning("\(lost.lease) was lost; standing again")
            }
        }
    }

    private func runPackageStore() async throws {
        let store = LocalPackageStore(directory: directory, admits: identity.admits, logger: log.logger("packages"))
        try await store.run { [packagePort] in packagePort.fulfil($0) }
    }

    private var machineConfiguration: MachineConfiguration {
        MachineConfiguration(
            machineName: Self.machine, dataDirectory: directory.machine,
            agentExecutable: installation.agent, jailExecutable: installation.jail, nodeExecutable: installation.node,
            runtimesDirectory: installation.runtimes, kubeconfig: directory.agentKubeconfig)
    }

    private func runMachine() async throws {
        try await MachineAgent(
            configuration: machineConfiguration, client: client.value, logger: log.logger("machine")
        ).run()
    }

    /// Its readings are opened by the token that opens the metrics of the machine's pods.
    private var gatewayConfiguration: GatewayConfiguration {
        let token = machineConfiguration.metricsToken
        var configuration = GatewayConfiguration(port: gatewayPort)
        configuration.readings = ReadingsConfiguration(identity: Self.identity, port: readingsPort) {
            TokenFile.read(token)
        }
        return configuration
    }

    /// Lets the other parts begin once the API server answers, and says so when all of it does.
    private func start() async throws {
        let began = Date()
        // A part that cannot start says so itself.
        guard let port = try? await server.waitUntilReady() else { return try await Role.untilStopped() }
        let address = "https://127.0.0.1:\(port)"
        for crd in try CRDFolder.load(installation.crds) { try await server.apply(crd: crd) }
        try directory.writeKubeconfigs(port: port, identity: identity)
        let connected = KubeClient(
            transport: LocalTransport(server: server), server: address, logger: log.logger("client"))
        let pool = DefaultPool(client: connected, hasJVM: installation.hasJVM, logger: log.logger("nest"))
        try await pool.create()
        let entrance = GatewayServer(
            configuration: gatewayConfiguration, client: connected, logger: log.logger("gateway"))
        try await LocalPackageStore.publish(port: packagePort.value, client: connected)
        client.fulfil(connected)
        gateway.fulfil(entrance)
        guard let gatewayPort = try? await entrance.waitUntilReady() else { return try await Role.untilStopped() }
        try await pool.waitUntilReady(since: began)
        let line = "ready api=\(address) gateway=http://127.0.0.1:\(gatewayPort) kubeconfig=\(directory.kubeconfig)\n"
        FileHandle.standardOutput.write(Data(line.utf8))
        try await Role.untilStopped()
    }
}
