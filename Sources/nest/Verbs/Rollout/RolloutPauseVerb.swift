import ArgumentParser

/// `nest rollout pause`.
struct RolloutPauseVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause",
        abstract: "Mark SandboxDeployments as paused: changes of the template wait until they are resumed.")

    @Option(help: "none, client (only say so) or server (only try).")
    var dryRun = DryRun.none

    @OptionGroup var options: RolloutOptions

    func run() async throws {
        try await options.run { try await $0.edit(.pause, dryRun) }
    }
}
