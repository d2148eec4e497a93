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

    @OptionGroup var log: LogOptions

    func validate() throws {
        for (name, port) in [("--api-port", apiPort), ("--gateway-port", gatewayPort)]
        where !(0...65_535).contains(port) {
            throw ValidationError("\(name) \(port) is no port: give 0 to 65535.")
        }
    }

    func run() async throws {
        let nest = try LocalNest(
            installation: Installation.find(), directory: DataDirectory(data), apiPort: apiPort,
            gatewayPort: gatewayPort, log: log)
        try await log.run(nest.services)
    }
}
