import Foundation

/// A real `nest up` with a data directory of its own.
package final class NestProcess: Sendable {
    package struct Failure: Error, CustomStringConvertible {
        package let description: String

        package init(description: String) { self.description = description }
    }

    package let data: String
    package let ready: ReadyLine
    private let child: Child

    /// What `nest up` prints on standard output once everything is.
    package struct ReadyLine: Sendable {
        package let line: String
        package var api: String { field("api") }
        package var gateway: String { field("gateway") }
        package var kubeconfig: String { field("kubeconfig") }

        private func field(_ name: String) -> String {
            line.split(separator: " ").first { $0.hasPrefix(name + "=") }.map { String($0.dropFirst(name.count + 1)) }
                ?? ""
        }
    }

    package static let program = Tree.builds.appending(path: "nest").path

    /// Starts one and waits for its ready line.
    ///
    /// With a user it runs as that one, without a group or a capability of ours; root may ask for that.
    /// Without a port it takes any free one. With a prefix that program runs it, and becomes it.
    package static func start(
        data: String, user: UInt32? = nil, apiPort: Int = 0, gatewayPort: Int = 0, prefix: [String] = []
    ) async throws -> NestProcess {
        var words = [program, "up", "--data", data, "--api-port", "\(apiPort)", "--gateway-port", "\(gatewayPort)"]
        if let user { words = ["/usr/bin/setpriv", "--reuid=\(user)", "--regid=\(user)", "--clear-groups"] + words }
        words = prefix + words
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

    package var pid: Int32 { child.pid }
    package var log: String { (try? String(contentsOfFile: data + ".log", encoding: .utf8)) ?? "" }

    /// SIGTERM.
    /// - Returns: its exit status; nil when it had to be killed after 15 s.
    package func stop() async -> Int32? { await child.stop(within: .seconds(15)) }

    package func kill() async { await child.kill() }
}
