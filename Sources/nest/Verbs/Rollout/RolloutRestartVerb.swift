import ArgumentParser

/// `nest rollout restart`.
struct RolloutRestartVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restart",
        abstract: "Replace all sandboxes of SandboxDeployments, by their own rollout strategy.")

    @Option(help: "none, client (only say so) or server (only try).")
    var dryRun = DryRun.none

    @OptionGroup var options: RolloutOptions

    func run() async throws {
        try await options.run { try await $0.edit(.restart, dryRun) }
    }
}
