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

    /// What is said of a command line that is not understood, in kubectl's form.
    static func refusal(_ message: String, _ arguments: [String]) -> String {
        let verbs = arguments.prefix(2).prefix { !$0.hasPrefix("-") }
        return
            "error: \(message)\nSee '\(([CommandLineForm.name] + verbs + ["--help"]).joined(separator: " "))' for usage.\n"
    }
}
