import ArgumentParser
import Planning

/// What every rollout verb is given: which objects, and where.
struct RolloutOptions: ParsableArguments {
    @Argument(help: "sbd/NAME, or sbd NAME; several for most verbs, or sbd alone for all.")
    var objects: [String] = []

    @Option(name: [.customShort("n"), .long], help: "The namespace. Default: the context's.")
    var namespace: String?

    @Option(name: [.customShort("l"), .long], help: "A label selector, instead of names.")
    var selector: String?

    @OptionGroup var connection: ClientOptions

    /// Does `body` with a client and the objects, and says as kubectl does what goes wrong.
    func run(_ body: (RolloutSession) async throws -> Void) async throws {
        try await connection.run(RolloutVerb.name, namespace: namespace) { client, namespace, logger in
            let targets = try RolloutTargets(objects, selector: selector)
            try await body(
                RolloutSession(client: client, namespace: namespace, targets: targets, logger: logger))
        }
    }
}

/// Whether something is done, only tried by the server, or only shown.
enum DryRun: String, ExpressibleByArgument, CaseIterable {
    case none, client, server

    /// `operation` as kubectl says it then.
    func printed(_ operation: String) -> String {
        switch self {
        case .none: operation
        case .client: operation + " (dry run)"
        case .server: operation + " (server dry run)"
        }
    }
}
