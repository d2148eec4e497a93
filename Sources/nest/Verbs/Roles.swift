import Agent
import ArgumentParser
import Controllers
import Foundation
import Gateway
import KubeClient
import KubeServer
import Logging
import ServiceLifecycle

/// `nest controllers`: the controllers and the scheduler, against any API server.
struct ControllersVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "controllers", abstract: "Run the controllers and the scheduler.")

    @Option(help: "A file with the token that opens the readings of gateways, by which functions are scaled.")
    var readingsToken: String?

    @OptionGroup var election: LeaderElectionOptions
    @OptionGroup var connection: ClientOptions
    @OptionGroup var log: LogOptions

    func run() async throws {
        let client = try connection.client(logger: log.logger("client"))
        let logger = log.logger("controllers")
        let scaling = ScalingSources(readingsToken: readingsToken, zones: .system)
        // Who has lost a lease ends: nothing of what it knew or had begun outlives its time.
        try await log.run([
            Role("controllers") {
                let lead = try await election.lead(client: client, logger: logger)
                try await ControllerSet(client: client, scaling: scaling, logger: logger).run(lead)
            }
        ])
    }
}

/// `nest gateway`: the HTTP entrance, against any API server.
struct GatewayVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "gateway", abstract: "Run the gateway.")

    @Option(help: "The address to listen on.")
    var host = "127.0.0.1"

    @Option(help: "The port to listen on; 0: any free one.")
    var port = 8080

    @Option(help: "How many threads serve requests. Default: one a core, at most four.")
    var threads: Int?

    func validate() throws {
        if let threads, !(1...256).contains(threads) { throw ValidationError("--threads \(threads): give 1 to 256.") }
    }

    @OptionGroup var readings: ReadingsOptions
    @OptionGroup var connection: ClientOptions
    @OptionGroup var log: LogOptions

    func run() async throws {
        let client = try connection.client(logger: log.logger("client"))
        var configuration = GatewayConfiguration(host: host, port: port)
        configuration.readings = readings.configuration
        if let threads { configuration.eventLoops = threads }
        let gateway = GatewayServer(configuration: configuration, client: client, logger: log.logger("gateway"))
        try await log.run([Listening(base: Role("gateway") { try await gateway.run() }, option: "--port", port: port)])
    }
}

/// `nest machine`: this machine as a place for pods.
struct MachineVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "machine", abstract: "Run the pods of ResourcePools on this machine, as processes.")

    @Option(help: "Where the pods' files are kept.")
    var data = DataDirectory.standard

    @Option(help: "The machine's name.")
    var name = ProcessInfo.processInfo.hostName

    @Option(help: "The kubeconfig, as JSON, that the pods' sidecars use.")
    var agentKubeconfig: String

    @OptionGroup var connection: ClientOptions
    @OptionGroup var log: LogOptions

    func run() async throws {
        let installation = try Installation.find()
        let directory = try DataDirectory(data)
        let client = try connection.client(logger: log.logger("client"))
        let configuration = MachineConfiguration(
            machineName: name, dataDirectory: directory.machine, agentExecutable: installation.agent,
            jailExecutable: installation.jail, nodeExecutable: installation.node,
            runtimesDirectory: installation.runtimes,
            kubeconfig: agentKubeconfig)
        try await log.run([
            Role("machine") {
                try await MachineAgent(configuration: configuration, client: client, logger: log.logger("machine"))
                    .run()
            }
        ])
    }
}

/// `nest apiserver`: the embedded API server alone.
struct APIServer: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apiserver", abstract: "Run the embedded Kubernetes-compatible API server.")

    @Option(help: "Where its store and keys are kept.")
    var data = DataDirectory.standard

    @Option(help: "Port on 127.0.0.1; 0: any free one.")
    var port = 6443

    @OptionGroup var log: LogOptions

    func run() async throws {
        let directory = try DataDirectory(data)
        let identity = try ServerIdentity.loadOrCreate(directory: directory.path + "/pki")
        let server = try EmbeddedAPIServer(
            configuration: KubeServerConfiguration(dataDirectory: directory.api, port: port), identity: identity,
            logger: log.logger("apiserver"))
        try await log.run([
            Listening(base: server, option: "--port", port: port),
            Role("kubeconfig") {
                try await directory.writeKubeconfigs(port: server.waitUntilReady(), identity: identity)
                try await Role.untilStopped()
            },
        ])
    }
}
