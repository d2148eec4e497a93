import ArgumentParser

@main
struct Nest: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: CommandLineForm.name,
        abstract: "Hosts many low-frequency functions densely, driven by Kubernetes custom resources.",
        discussion: "On one machine, `nest up` is all there is to start. Against a cluster, run the roles one by one.",
        version: "0.1.0",
        subcommands: [
            Up.self, APIServer.self, ControllersVerb.self, GatewayVerb.self, MachineVerb.self, RolloutVerb.self,
        ]
    )

    static func main() async { await main(CommandLineForm.spelledOut(Array(CommandLine.arguments.dropFirst()))) }
}
