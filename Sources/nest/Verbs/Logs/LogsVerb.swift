import ArgumentParser
import KubeAPI
import Planning

/// `nest logs`: what sandboxes print.
struct LogsVerb: AsyncParsableCommand {
    static let name = "logs"

    static let configuration = CommandConfiguration(
        commandName: name, abstract: "Print the logs of a Sandbox, or of all sandboxes of a SandboxDeployment.",
        discussion: """
            kubectl's own `logs` knows pods, which sandboxes share. Installed as `kubectl-nest` in the PATH, this is
            `kubectl nest logs`.
            """)

    @Argument(help: "sbx/NAME, sbd/NAME, or NAME: a Sandbox's or else a SandboxDeployment's.")
    var objects: [String] = []

    @Option(name: [.customShort("l"), .long], help: "A label selector of sandboxes, instead of a name.")
    var selector: String?

    @Option(name: [.customShort("n"), .long], help: "The namespace. Default: the context's.")
    var namespace: String?

    @Option(name: [.customShort("f"), .long], help: "Go on with what is printed next, also by new sandboxes.")
    var follow = false

    @Option(help: "Only what was printed in the last 30s, 10m, 2h, …")
    var since: WaitLimit?

    @Option(help: "Only what was printed after a time of RFC 3339.")
    var sinceTime: Timestamp?

    @Option(help: "Only the last lines of each sandbox. -1: all.")
    var tail = -1

    @Option(help: "The time of each line.")
    var timestamps = false

    @Option(help: "The sandbox of each line. Default: when there may be several.")
    var prefix: Bool?

    @Option(help: "Level and request id of each line.")
    var tags = false

    @Option(help: "Only lines of this level or above: debug, info, warn or error.")
    var level = SandboxLogLine.Level.debug

    @Option(help: "Only lines of the request with this id.")
    var request: String?

    @Option(help: "The most pods that are followed at once.")
    var maxLogRequests = 50

    @OptionGroup var connection: ClientOptions

    func run() async throws {
        try await connection.run(LogsVerb.name, namespace: namespace) { client, namespace, logger in
            let target = try LogTarget(objects, selector: selector)
            guard since == nil || sinceTime == nil else {
                throw LogsError("at most one of --since and --since-time may be given")
            }
            let start = since.map { Timestamp.now().adding(seconds: -($0.duration / .seconds(1))) } ?? sinceTime
            let look = LogLook(showsSandbox: prefix ?? false, showsTimes: timestamps, showsTags: tags)
            var session = LogsSession(
                client: client, namespace: namespace, logger: logger,
                filter: LogFilter(since: start, level: level, request: request), look: look,
                tail: tail < 0 ? nil : tail)
            let selection = try await session.selection(of: target)
            let streams = LogStreams(try await session.sandboxes(selection))
            if prefix == nil { session.look.showsSandbox = selection.mayGrow && follow || streams.count > 1 }
            guard follow else { return try await session.show(streams, of: selection) }
            try await LogsFollower(session: session, selection: selection, limit: maxLogRequests).run()
        }
    }
}

// Both are read by their descriptions.
extension Timestamp: ExpressibleByArgument {}
extension SandboxLogLine.Level: ExpressibleByArgument {}
