import Foundation
import KubeAPI
import KubeClient
import Logging
import NestAPI
import Planning

/// One `nest logs` at work.
struct LogsSession: Sendable {
    /// Whose logs, once the names are known to be there.
    enum Selection: Sendable {
        case sandbox(String)
        case deployment(String, selector: String)
        case matching(String)

        /// Whether sandboxes may come that are not there yet.
        var mayGrow: Bool { if case .sandbox = self { false } else { true } }

        var labelSelector: String? {
            switch self {
            case .sandbox: nil
            case .deployment(_, let selector), .matching(let selector): selector
            }
        }
    }

    let client: KubeClient
    let namespace: String
    let logger: Logger
    let filter: LogFilter
    var look: LogLook
    /// The last lines of each sandbox only; nil: all.
    let tail: Int?

    /// - Throws: the server's `Status` for a name that is not there, or `LogsError`.
    func selection(of target: LogTarget) async throws -> Selection {
        switch target {
        case .matching(let selector): return .matching(selector)
        case .sandbox(let name):
            let sandbox: Sandbox = try await client.get(namespace: namespace, name: name)
            return .sandbox(sandbox.metadata.name)
        case .deployment(let name):
            let deployment: SandboxDeployment = try await client.get(namespace: namespace, name: name)
            return .deployment(name, selector: deployment.spec.selector.description)
        case .either(let name):
            if let found = try await existing(.sandbox(name)) { return found }
            if let found = try await existing(.deployment(name)) { return found }
            throw LogsError("there is no Sandbox and no SandboxDeployment \"\(name)\" in the namespace \(namespace)")
        }
    }

    private func existing(_ target: LogTarget) async throws -> Selection? {
        do {
            return try await selection(of: target)
        } catch let status as Status where status.code == 404 {
            return nil
        }
    }

    func sandboxes(_ selection: Selection) async throws -> [Sandbox] {
        if case .sandbox(let name) = selection { return [try await client.get(namespace: namespace, name: name)] }
        return try await client.list(
            Sandbox.self, namespace: namespace, labelSelector: selection.labelSelector
        ).items
    }

    /// Reads a pod's log.
    ///
    /// - Parameters:
    ///   - pod: the pod's name.
    ///   - sandboxes: whose lines.
    ///   - start: from when on; nil: from the beginning.
    ///   - follows: goes on with what comes next.
    /// - Returns: the wanted lines.
    func lines(
        of pod: String, _ sandboxes: [String: Timestamp?], from start: Timestamp?, follows: Bool
    ) -> some AsyncSequence<SandboxLogLine, any Error> & Sendable {
        // Servers differ in what they make of a fraction of a second.
        let since = start.map { [("sinceTime", $0.wholeSeconds.description)] } ?? []
        let query = [("timestamps", "true")] + since + (follows ? [("follow", "true")] : [])
        let names = Array(sandboxes.keys)
        let (client, namespace, filter) = (client, namespace, filter)
        return client.logLines(of: pod, container: "app", namespace: namespace, query: query)
            .compactMap { data in
                SandboxLogLine(String(decoding: data, as: UTF8.self)).flatMap {
                    filter.admits($0, of: names) ? $0 : nil
                }
            }
    }

    /// Writes to standard output at once, and ends the program where that is not possible.
    func write(_ text: String) {
        do {
            try FileHandle.standardOutput.write(contentsOf: Data(text.utf8))
        } catch {
            let cause = ((error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError)?.code
            // As the signal would, which the connections need ignored: nobody reads any more.
            if cause == Int(EPIPE) { exit(128 + SIGPIPE) }
            warn(
                "error: cannot write to standard output: \(cause.map { String(cString: strerror(Int32($0))) } ?? "\(error)")"
            )
            exit(1)
        }
    }

    func warn(_ text: String) { try? FileHandle.standardError.write(contentsOf: Data((text + "\n").utf8)) }
}
