import ArgumentParser
import NestAPI
import Planning

/// `nest rollout undo`: back to an earlier revision.
struct RolloutUndoVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "undo", abstract: "Roll back to a previous rollout.")

    /// The controller needs milliseconds; a longer silence means that there is none.
    private static let patience = Duration.seconds(30)

    @Option(help: "The revision to roll back to. 0: the previous one.")
    var toRevision: Int64 = 0

    @Option(help: "none, client (only show what would be rolled back to) or server (only try).")
    var dryRun = DryRun.none

    @OptionGroup var options: RolloutOptions

    func run() async throws {
        try await options.run { session in
            for deployment in try await session.deployments() { try await undo(deployment, session) }
        }
    }

    private func undo(_ deployment: SandboxDeployment, _ session: RolloutSession) async throws {
        let history = try await session.history(of: deployment)
        let undo = try RolloutUndo(of: deployment, history: history, to: toRevision, onlyShows: dryRun == .client)
        switch undo {
        case .skip(let why): session.say(deployment, dryRun.printed(why))
        case .rollBack(let revision) where dryRun == .client: session.say(deployment, dryRun.printed(revision.text))
        case .rollBack(let revision):
            try await session.patch(deployment, RolloutUndo.patch(revision: revision.number), dryRun)
            if dryRun == .none { try await waitUntilTakenIn(deployment, revision, session) }
            session.say(deployment, dryRun.printed("rolled back"))
        }
    }

    private func waitUntilTakenIn(
        _ deployment: SandboxDeployment, _ revision: RolloutHistory.Revision, _ session: RolloutSession
    ) async throws {
        let name = deployment.metadata.name
        let isDone: Bool
        do {
            isDone = try await session.follow(name, within: Self.patience) {
                RolloutUndo.outcome($0, wanted: revision)
            }
        } catch let error as RolloutError {
            throw RolloutError(
                "\(error): deployment \"\(name)\" asks for revision \(revision.number) and gets it once `nest controllers` "
                    + "runs")
        }
        guard isDone else {
            throw RolloutError(
                "deployment \"\(name)\" was not rolled back to revision \(revision.number): its events say why "
                    + "(kubectl describe sbd \(name))")
        }
    }
}
