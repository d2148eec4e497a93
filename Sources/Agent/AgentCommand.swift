import FoundationEssentials
import Glibc
import KubeClient
import Logging
import NIOPosix

/// The command line of `nest-agent`.
public enum AgentCommand {
    static let usage = """
        usage: nest-agent shim --config FILE [--log-level LEVEL]
               nest-agent sidecar --config FILE [--log-level LEVEL]
        Runs one half of a pod until SIGTERM. FILE is JSON: the ShimConfiguration or SidecarConfiguration that the
        machine agent writes. LEVEL is trace, debug, info, notice, warning (the default), error or critical.

        """

    /// What the arguments ask for.
    enum Parsed: Equatable {
        case help
        case run(role: String, config: String, level: Logger.Level)
        /// What is wrong with them.
        case wrong(String)
    }

    static func parse(_ arguments: [String]) -> Parsed {
        guard let role = arguments.first else { return .wrong("a command is missing") }
        if ["--help", "-h", "help"].contains(role) { return .help }
        guard ["shim", "sidecar"].contains(role) else { return .wrong("unknown command '\(role)'") }
        var config: String?
        var level = Logger.Level.warning
        var rest = arguments.dropFirst()
        while let option = rest.popFirst() {
            guard let value = rest.popFirst() else { return .wrong("\(option) needs a value") }
            switch option {
            case "--config": config = value
            case "--log-level":
                guard let known = Logger.Level(rawValue: value) else { return .wrong("unknown log level '\(value)'") }
                level = known
            default: return .wrong("unknown option '\(option)'")
            }
        }
        guard let config else { return .wrong("--config is missing") }
        return .run(role: role, config: config, level: level)
    }

    /// Runs until the end.
    /// - Returns: the exit status.
    public static func main(_ arguments: [String]) async -> Int32 {
        switch parse(arguments) {
        case .help:
            print(usage, terminator: "")
            return 0
        case .wrong(let message):
            complain("\(message)\n\(usage)")
            return 64
        case .run(let role, let config, let level):
            do {
                try SharedUser.hideFromSandboxes()
                try await role == "shim" ? shim(config, level) : sidecar(config, level)
                return 0
            } catch is CancellationError {
                return 0
            } catch {
                complain("\(role): \(error)\n")
                return 1
            }
        }
    }

    private static func shim(_ path: String, _ level: Logger.Level) async throws {
        let termination = TerminationSignal.caught()
        let configuration: ShimConfiguration = try read(path)
        let logger = try FileLogHandler.logger("shim", file: configuration.directory + "/logs/shim.log", level)
        // Each parked sandbox is one.
        LinuxCalls.raiseOpenFiles()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let output =
            configuration.logToStandardOutput ? try await StandardLog(STDOUT_FILENO, loop: group.next()) : nil
        let shim = try Shim(
            configuration: configuration, loop: group.next(), logger: logger, standardOutput: output)
        try await shim.start()
        let server = try await ShimServer(shim: shim, logger: logger).start()
        for await _ in termination { break }
        // Both halves of a pod are told at the same time; the sidecar knows whether sandboxes are to be drained.
        await shim.waitUntilLeftAlone()
        try? await server.close()
        await shim.stop(graceSeconds: Shim.lastGraceSeconds)
    }

    private static func sidecar(_ path: String, _ level: Logger.Level) async throws {
        let termination = TerminationSignal.caught()
        let configuration: SidecarConfiguration = try read(path)
        let logger = try FileLogHandler.logger("sidecar", file: "logs/sidecar.log", level)
        let client = try KubeClient(ClientConfiguration(jsonFile: configuration.kubeconfig), logger: logger)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        // A duplicate of each sandbox's socket is kept.
        LinuxCalls.raiseOpenFiles()
        let sidecar = SidecarRun(configuration: configuration, client: client, group: group, logger: logger)
        try await withThrowingTaskGroup { tasks in
            tasks.addTask { try await sidecar.run() }
            tasks.addTask {
                for await _ in termination { break }
                await sidecar.drainIfPodEnds()
            }
            defer { tasks.cancelAll() }
            try await tasks.next()
        }
    }

    private static func read<T: Decodable>(_ path: String) throws -> T {
        guard let data = FileManager.default.contents(atPath: path) else { throw SystemError("cannot read \(path)") }
        return try JSONDecoder().decode(T.self, from: data)
    }

    private static func complain(_ text: String) {
        let bytes = Array("nest-agent: \(text)".utf8)
        _ = write(STDERR_FILENO, bytes, bytes.count)
    }
}
