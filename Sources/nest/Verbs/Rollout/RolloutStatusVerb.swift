import ArgumentParser
import Planning

/// `nest rollout status`: follows a rollout to its end.
struct RolloutStatusVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show the status of the rollout, until it is done.",
        discussion: "Exits with 1 when the rollout has exceeded its progress deadline.")

    @Option(name: .long, help: "Watch the status of the rollout until it's done; =false: only say how it is.")
    var watch = true

    @Option(help: "Fail when another revision than this is rolled out. 0: the latest, whichever that is.")
    var revision: Int64 = 0

    @Option(help: "How long to wait, as 30s or 5m. 0: for ever.")
    var timeout = WaitLimit(.zero, "0")

    @OptionGroup var options: RolloutOptions

    func run() async throws {
        try await options.run { session in
            guard revision >= 0 else { throw RolloutError("revision must be a positive integer: \(revision)") }
            let found = try await session.deployments()
            guard found.count == 1 else {
                throw RolloutError(
                    "rollout status is only supported on individual resources and resource collections - \(found.count) "
                        + "resources were found")
            }
            let (watch, revision) = (watch, revision)
            try await session.follow(found[0].metadata.name, within: timeout.duration) { deployment in
                switch RolloutProgress(of: deployment, revision: revision) {
                case .waiting(let line):
                    session.say(line)
                    return watch ? nil : ()
                case .done(let line): return session.say(line)
                case .failed(let why): throw RolloutError(why)
                }
            }
        }
    }
}
