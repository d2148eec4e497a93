import ArgumentParser
import Planning

/// `nest rollout history`: the revisions that can be gone back to.
struct RolloutHistoryVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history", abstract: "View previous rollout revisions and configurations.")

    @Option(help: "Show the template of this revision.")
    var revision: Int64 = 0

    @OptionGroup var options: RolloutOptions

    func run() async throws {
        try await options.run { session in
            guard revision >= 0 else { throw RolloutError("revision must be a positive integer: \(revision)") }
            for deployment in try await session.deployments() {
                let text = try await session.history(of: deployment).text(revision: revision)
                session.say(deployment, "\(revision > 0 ? "with revision #\(revision)" : "")\n\(text)")
            }
        }
    }
}
