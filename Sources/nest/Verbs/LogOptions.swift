import ArgumentParser
import Logging
import NestLogging
import ServiceLifecycle

/// Options that every role has.
struct LogOptions: ParsableArguments {
    @Option(name: .customLong("log-level"), help: "trace, debug, info, notice, warning, error or critical.")
    var level = Logger.Level.info

    func logger(_ component: String) -> Logger {
        var logger = Logger(label: component) { LogfmtHandler(component: $0) }
        logger.logLevel = level
        return logger
    }
}

extension Logger.Level: @retroactive ExpressibleByArgument {}

extension LogOptions {
    /// Runs services until SIGTERM or SIGINT, or until one fails, then stops them in reverse order, within 9 s.
    func run(_ services: [any Service]) async throws {
        let configurations = services.map {
            ServiceGroupConfiguration.ServiceConfiguration(
                service: $0, failureTerminationBehavior: .gracefullyShutdownGroup)
        }
        var group = ServiceGroupConfiguration(
            services: configurations, gracefulShutdownSignals: [.sigterm, .sigint], logger: logger("nest"))
        group.maximumGracefulShutdownDuration = .seconds(9)
        try await ServiceGroup(configuration: group).run()
    }
}
