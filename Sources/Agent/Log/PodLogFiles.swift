import FoundationEssentials
import Glibc
import KubeAPI

/// Reads what the processes of a machine's pods have logged.
///
/// A pod's `sidecar` and `app` containers are its sidecar and its shim. Of each there is a log of bounded size, and what
/// it wrote to standard error since it was last started; of `app` also what its sandboxes print, with their names. All
/// comes in the order of time, and no more than a small piece of each file is held.
public struct PodLogFiles: Sendable {
    /// What of a log is wanted.
    public struct Range: Sendable {
        /// The last lines only; nil: all.
        public var tailLines: Int?
        /// The first bytes only; nil: all.
        public var limitBytes: Int?
        /// Lines from before are left out; nil: none are.
        public var since: Timestamp?
        /// Each line has its time before it.
        public var showsTimes: Bool

        public init(tailLines: Int?, limitBytes: Int?, since: Timestamp?, showsTimes: Bool) {
            self.tailLines = tailLines
            self.limitBytes = limitBytes
            self.since = since
            self.showsTimes = showsTimes
        }
    }

    /// Of the lines that are held back to find the last ones, in bytes.
    private static let heldBack = 4 << 20
    private static let piece = 32 << 10
    private static let interval = Duration.milliseconds(200)

    private let directory: String
    private let role: PodRunner.Role

    /// nil when the machine runs no such pod or container, so that there is no log.
    ///
    /// - Parameters:
    ///   - dataDirectory: the machine's.
    ///   - uid: of the pod.
    ///   - container: `sidecar` or `app`.
    public init?(dataDirectory: String, uid: String, container: String) {
        let roles = ["sidecar": PodRunner.Role.sidecar, "app": .shim]
        let isName = !uid.isEmpty && uid.utf8.allSatisfy { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: ".") }
        guard let role = roles[container], isName else { return nil }
        let files = PodFiles(directory: dataDirectory + "/pods/" + uid)
        guard access(files.logs, F_OK) == 0 else { return nil }
        directory = files.logs
        self.role = role
    }

    /// Sends the log piece by piece.
    ///
    /// - Parameters:
    ///   - range: what of it.
    ///   - follows: goes on with what is written next, until the pod is gone.
    ///   - isWanted: asked between the pieces; false ends it.
    ///   - send: takes a piece; the next is read only then.
    /// - Throws: what `send` throws, and `CancellationError`.
    public func read(
        _ range: Range, follows: Bool, isWanted: @Sendable () -> Bool,
        send: (_ bytes: [UInt8]) async throws -> Void
    ) async throws {
        var format = PodLogFormat(range: range)
        var sources: [String: LogSource] = [:]
        var last = range.tailLines.map { LastLines($0, bytes: Self.heldBack) }
        var isFirst = true
        while true {
            for name in names() where sources[name] == nil {
                var source = LogSource(directory: directory, name: name, sandbox: Self.sandbox(ofFile: name))
                if isFirst { source.skip(range) }
                sources[name] = source
            }
            isFirst = false
            var merge = LogMerge(sources.values.sorted { $0.rank < $1.rank })
            var text: [UInt8] = []
            while !format.isFull, let lines = merge.next() {
                let wanted = lines.filter { line in range.since.map { line.time >= $0 } ?? true }
                if last != nil { last?.add(wanted) } else { text += format.text(wanted) }
                if text.count >= Self.piece { try await Self.send(&text, send) }
            }
            if let lines = last?.lines { text += format.text(lines) }
            last = nil
            try await Self.send(&text, send)
            sources = merge.sources.filter(\.isThere).reduce(into: [:]) { $0[$1.name] = $1 }
            guard follows, !format.isFull, isWanted(), access(directory, F_OK) == 0 else { return }
            try await Task.sleep(for: Self.interval)
        }
    }

    /// The files of the container, each without the older one beside it: its own, and those of its sandboxes.
    private func names() -> [String] {
        let own = [".err", ".log"].map { role.rawValue + $0 }
        guard role == .shim else { return own }
        let all = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        return own + all.filter { Self.sandbox(ofFile: $0) != nil }
    }

    /// The sandbox that a file is of, by its name: `NAMESPACE_SANDBOX-UID.log`.
    static func sandbox(ofFile name: String) -> String? {
        name.wholeMatch(of: /[^_]*_(.+)-[^-]{1,8}\.log/).map { String($0.1.prefix(PodLogLine.nameLimit)) }
    }

    private static func send(_ bytes: inout [UInt8], _ send: ([UInt8]) async throws -> Void) async throws {
        var rest = bytes[...]
        bytes = []
        while !rest.isEmpty {
            try await send(Array(rest.prefix(piece)))
            rest = rest.dropFirst(piece)
        }
    }
}
