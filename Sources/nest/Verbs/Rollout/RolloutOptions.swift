import ArgumentParser
import Foundation
import KubeAPI
import KubeClient
import Logging
import NestAPI
import NestLogging
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
        do {
            let targets = try RolloutTargets(objects, selector: selector)
            let configuration = try connection.configuration()
            let client = try KubeClient(configuration, logger: Self.logger)
            let session = RolloutSession(
                client: client, namespace: namespace ?? configuration.namespace, targets: targets, logger: Self.logger)
            do {
                try await body(session)
            } catch {
                await client.shutdown()
                throw error
            }
            await client.shutdown()
        } catch {
            FileHandle.standardError.write(Data((Self.words(error) + "\n").utf8))
            throw ExitCode.failure
        }
    }

    private static var logger: Logger {
        var logger = Logger(label: "rollout") { LogfmtHandler(component: $0) }
        logger.logLevel = .warning
        return logger
    }

    private static func words(_ error: any Error) -> String {
        guard let status = error as? Status else { return "error: \(error)" }
        return "Error from server\(status.reason.isEmpty ? "" : " (\(status.reason))"): \(status)"
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
