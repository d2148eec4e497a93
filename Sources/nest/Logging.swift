import ArgumentParser
import Logging
import NestLogging

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
