import ArgumentParser

/// `nest up`: the whole of Nest on one machine, in the foreground.
struct Up: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run all of Nest on this machine: API server, controllers, gateway and pods.",
        discussion: """
            Prints `ready api=… gateway=… kubeconfig=…` on standard output once everything is, and logs to standard error.
            Stop it with Ctrl-C or SIGTERM. What was declared stays in the data directory.
            """)

    @Option(help: "Where state is kept.")
    var data = DataDirectory.standard

    @Option(help: "Port of the API server on 127.0.0.1; 0: any free one.")
    var apiPort = 6443

    @Option(help: "Port of the gateway on 127.0.0.1; 0: any free one.")
    var gatewayPort = 8080

    @Option(help: "Port of the gateway's readings on 127.0.0.1, for the scaler; 0: any free one.")
    var readingsPort = 0

    @OptionGroup var log: LogOptions

    func validate() throws {
        let ports = [("--api-port", apiPort), ("--gateway-port", gatewayPort), ("--readings-port", readingsPort)]
        for (name, port) in ports where !(0...65_535).contains(port) {
            throw ValidationError("\(name) \(port) is no port: give 0 to 65535.")
        }
    }

    func run() async throws {
        let nest = try LocalNest(
            installation: Installation.find(), directory: DataDirectory(data), apiPort: apiPort,
            gatewayPort: gatewayPort, readingsPort: readingsPort, log: log)
        try await log.run(nest.services)
    }
}
