import ArgumentParser
import Foundation
import NestAPI

@main
struct Nest: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: CommandLineForm.name,
        abstract: "Hosts many low-frequency functions densely, driven by Kubernetes custom resources.",
        discussion: "On one machine, `nest up` is all there is to start. Against a cluster, run the roles one by one.",
        version: NestGroup.release,
        subcommands: [
            Up.self, APIServer.self, ControllersVerb.self, GatewayVerb.self, MachineVerb.self, PackageVerb.self,
            RolloutVerb.self, LogsVerb.self, TopVerb.self,
        ]
    )

    static func main() async {
        let arguments = CommandLineForm.spelledOut(Array(CommandLine.arguments.dropFirst()))
        do {
            var command = try parseAsRoot(arguments)
            if var command = command as? any AsyncParsableCommand { try await command.run() } else { try command.run() }
        } catch  where exitCode(for: error) == .validationFailure && Self.isKubectls(arguments) {
            FileHandle.standardError.write(Data(CommandLineForm.refusal(message(for: error), arguments).utf8))
            exit(withError: ExitCode.failure)
        } catch {
            exit(withError: error)
        }
    }

    /// Whether it is one of the verbs that kubectl has, too, and that speak as kubectl does.
    private static func isKubectls(_ arguments: [String]) -> Bool {
        [RolloutVerb.name, LogsVerb.name].contains(arguments.first)
    }
}
