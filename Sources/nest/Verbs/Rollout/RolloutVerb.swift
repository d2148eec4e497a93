import ArgumentParser

/// `nest rollout`: what `kubectl rollout` is for Deployments, for SandboxDeployments.
struct RolloutVerb: AsyncParsableCommand {
    static let name = "rollout"

    static let configuration = CommandConfiguration(
        commandName: name, abstract: "Follow, undo, pause and restart the rollouts of SandboxDeployments.",
        discussion: """
            kubectl's own `rollout` refuses custom resources. Installed as `kubectl-nest` in the PATH, this is
            `kubectl nest rollout`.
            """,
        subcommands: [
            RolloutStatusVerb.self, RolloutHistoryVerb.self, RolloutUndoVerb.self, RolloutPauseVerb.self,
            RolloutResumeVerb.self, RolloutRestartVerb.self,
        ])
}
