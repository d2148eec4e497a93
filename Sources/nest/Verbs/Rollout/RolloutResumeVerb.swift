import ArgumentParser

/// `nest rollout resume`.
struct RolloutResumeVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Resume paused SandboxDeployments.")

    @Option(help: "none, client (only say so) or server (only try).")
    var dryRun = DryRun.none

    @OptionGroup var options: RolloutOptions

    func run() async throws {
        try await options.run { try await $0.edit(.resume, dryRun) }
    }
}
