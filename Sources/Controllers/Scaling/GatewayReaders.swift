import ControllerRuntime
import Logging
import Planning
import Synchronization

/// Keeps one connection to each gateway that lives, and hands on what it says.
struct GatewayReaders: Sendable {
    typealias Take = @Sendable (_ reading: GatewayReading, _ gateway: String) -> Void

    private struct Reader {
        let address: String
        let task: Task<Void, Never>
    }

    private struct Silent: Error, CustomStringConvertible {
        let description: String
    }

    /// A gateway that says nothing for this long is asked anew.
    static let patience = Duration.seconds(5)
    private static let backoff = Backoff(initial: .milliseconds(100), limit: .seconds(5), jitter: 0.5)

    private let readings: any GatewayReadings
    private let clock: any Clock<Duration>
    private let logger: Logger
    private let take: Take
    private var readers: [String: Reader] = [:]

    init(readings: any GatewayReadings, clock: any Clock<Duration>, logger: Logger, take: @escaping Take) {
        self.readings = readings
        self.clock = clock
        self.logger = logger
        self.take = take
    }

    /// Reads those, and no others.
    /// - Parameter live: the addresses of gateways.
    /// - Returns: the gateways that are read no more.
    mutating func follow(_ live: [String: String]) -> [String] {
        let gone = readers.filter { live[$0.key] != $0.value.address }
        for (gateway, reader) in gone {
            reader.task.cancel()
            readers[gateway] = nil
        }
        for (gateway, address) in live where readers[gateway] == nil {
            let task = Task { [self] in await keepReading(gateway, at: address) }
            readers[gateway] = Reader(address: address, task: task)
        }
        return Array(gone.keys)
    }

    /// Ends all connections.
    mutating func end() async {
        for reader in readers.values { reader.task.cancel() }
        for reader in readers.values { await reader.task.value }
        readers = [:]
    }

    private func keepReading(_ gateway: String, at address: String) async {
        var failures = 0
        while !Task.isCancelled {
            let heard = Heard(clock)
            do {
                try await read(gateway, at: address, heard)
            } catch {
                if Task.isCancelled { return }
                if heard.hasLines { failures = 0 }
                logger.log(
                    level: failures == 0 ? .warning : .debug,
                    "the readings of a gateway broke off, will try again: \(error)",
                    metadata: ["gateway": "\(gateway)", "address": "\(address)"])
            }
            let pause = Self.backoff.delay(failures: failures, chance: .random(in: 0..<1))
            failures += 1
            try? await clock.sleep(for: pause, tolerance: nil)
        }
    }

    /// Reads until something breaks.
    private func read(_ gateway: String, at address: String, _ heard: Heard) async throws {
        try await withThrowingTaskGroup { group in
            group.addTask {
                for try await reading in readings.lines(of: address) {
                    heard.note()
                    take(reading, gateway)
                }
                throw Silent(description: "\(address)/readings has ended")
            }
            group.addTask {
                while true {
                    try await clock.sleep(for: .seconds(1), tolerance: nil)
                    guard heard.silence < Self.patience else {
                        throw Silent(description: "\(address)/readings says nothing")
                    }
                }
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }
}

/// When a connection was heard last.
private final class Heard: Sendable {
    private let elapsed: @Sendable () -> Duration
    private let last = Mutex<Duration?>(nil)

    init(_ clock: any Clock<Duration>) { elapsed = stopwatch(clock) }

    func note() { last.withLock { $0 = elapsed() } }
    var hasLines: Bool { last.withLock { $0 != nil } }
    /// Since the last line, or since the beginning.
    var silence: Duration { elapsed() - (last.withLock { $0 } ?? .zero) }
}
