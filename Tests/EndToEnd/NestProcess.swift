import Foundation
import Testing

/// A real `nest up` with a data directory of its own.
final class NestProcess: Sendable {
    struct Failure: Error, CustomStringConvertible { let description: String }

    let data: String
    let ready: ReadyLine
    private let child: Child

    /// What `nest up` prints on standard output once everything is.
    struct ReadyLine: Sendable {
        let line: String
        var api: String { field("api") }
        var gateway: String { field("gateway") }
        var kubeconfig: String { field("kubeconfig") }

        private func field(_ name: String) -> String {
            line.split(separator: " ").first { $0.hasPrefix(name + "=") }.map { String($0.dropFirst(name.count + 1)) }
                ?? ""
        }
    }

    static let program = Tree.builds.appending(path: "nest").path

    /// Starts one and waits for its ready line.
    ///
    /// With a user it runs as that one, without a group or a capability of ours; root may ask for that.
    static func start(data: String, user: UInt32? = nil) async throws -> NestProcess {
        var words = [program, "up", "--data", data, "--api-port", "0", "--gateway-port", "0"]
        if let user { words = ["/usr/bin/setpriv", "--reuid=\(user)", "--regid=\(user)", "--clear-groups"] + words }
        let child = try Child(words[0], Array(words.dropFirst()), errors: data + ".log")
        guard let line = await child.nextLine(within: .seconds(60)), line.hasPrefix("ready ") else {
            _ = await child.stop(within: .seconds(10))
            let log = (try? String(contentsOfFile: data + ".log", encoding: .utf8)) ?? ""
            throw Failure(description: "nest up did not become ready; the end of its log:\n\(log.suffix(4000))")
        }
        return NestProcess(data: data, ready: ReadyLine(line: line), child: child)
    }

    private init(data: String, ready: ReadyLine, child: Child) {
        self.data = data
        self.ready = ready
        self.child = child
    }

    var pid: Int32 { child.pid }
    var log: String { (try? String(contentsOfFile: data + ".log", encoding: .utf8)) ?? "" }

    /// SIGTERM.
    /// - Returns: its exit status; nil when it had to be killed after 15 s.
    func stop() async -> Int32? { await child.stop(within: .seconds(15)) }

    func kill() async { await child.kill() }

    /// Starts a Nest in a fresh directory, hands it to `body`, stops it and checks that nothing is left.
    static func run(_ body: (NestProcess) async throws -> Void) async throws {
        try await Tree.withTemporaryDirectory { directory in
            let data = directory + "/data"
            let nest = try await start(data: data)
            do {
                try await body(nest)
            } catch {
                _ = await nest.stop()
                throw Failure(description: "\(error)\nthe end of nest's log:\n\(nest.log.suffix(3000))")
            }
            let clock = ContinuousClock()
            let started = clock.now
            #expect(await nest.stop() == 0)
            #expect(clock.now - started < .seconds(10), "nest up must stop in under 10 s")
            #expect(Leftovers.processes(of: data) == [])
            #expect(Leftovers.pods(in: data) == [])
        }
    }
}
