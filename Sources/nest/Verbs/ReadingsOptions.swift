import ArgumentParser
import Gateway
import KubeAPI

/// Where a gateway tells of its load, for whoever scales.
struct ReadingsOptions: ParsableArguments {
    @Option(
        name: .customLong("readings-token"),
        help: "The file with the token that opens the readings. Without it nothing is scaled by this gateway.")
    var token: String?

    @Option(
        name: .customLong("readings-host"),
        help: "The address of the readings: one that `nest controllers` reaches, and the public does not.")
    var host = "127.0.0.1"

    @Option(name: .customLong("readings-port"), help: "The port of the readings; 0: any free one.")
    var port = 0

    @Option(help: "The gateway's name among all. Default: the host's name and the gateway's port.")
    var identity: String?

    func validate() throws {
        guard (0...65_535).contains(port) else {
            throw ValidationError("--readings-port \(port) is no port: give 0 to 65535.")
        }
        if let identity, let problem = NameRules.subdomainError("nest-gateway-" + identity) {
            throw ValidationError("--identity \(identity): \(problem).")
        }
    }

    var configuration: ReadingsConfiguration? {
        token.map { path in
            ReadingsConfiguration(identity: identity, host: host, port: port) { TokenFile.read(path) }
        }
    }
}
