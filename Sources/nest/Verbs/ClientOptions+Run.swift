import ArgumentParser
import Foundation
import KubeAPI
import KubeClient
import Logging
import NestLogging

extension ClientOptions {
    /// Does `body` with a client and a namespace, and says as kubectl does what goes wrong.
    ///
    /// - Parameters:
    ///   - verb: for the log.
    ///   - namespace: nil: the context's.
    ///   - body: is given the client, the namespace and a logger.
    /// - Throws: `ExitCode.failure`, when all has been said.
    func run(
        _ verb: String, namespace: String?, _ body: (KubeClient, String, Logger) async throws -> Void
    ) async throws {
        do {
            var logger = Logger(label: verb) { LogfmtHandler(component: $0) }
            logger.logLevel = .warning
            let configuration = try configuration()
            let client = try KubeClient(configuration, logger: logger)
            do {
                try await body(client, namespace ?? configuration.namespace, logger)
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

    private static func words(_ error: any Error) -> String {
        guard let status = error as? Status else { return "error: \(error)" }
        return "Error from server\(status.reason.isEmpty ? "" : " (\(status.reason))"): \(status)"
    }
}
