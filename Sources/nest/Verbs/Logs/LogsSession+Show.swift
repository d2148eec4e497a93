import KubeAPI
import Planning

extension LogsSession {
    /// Text is written in pieces of about this size.
    private static var piece: Int { 32 << 10 }

    /// Shows what there is, in the order of time.
    /// - Throws: `LogsError` when nothing can be shown, or of a pod nothing.
    func show(_ streams: LogStreams, of selection: Selection) async throws {
        guard streams.count + streams.waiting.count > 0 else { return try nothing(selection) }
        if let name = streams.waiting.first {
            let words = "sandbox \"\(name)\" has no log yet: no pod has it (kubectl describe sbx \(name) says why)"
            if streams.count == 0 { throw LogsError(words) }
            warn("warning: \(words)")
        }
        var logs: [OpenLog] = []
        for (pod, sandboxes) in streams.pods.sorted(by: { $0.key < $1.key }) {
            logs.append(OpenLog(self, pod, sandboxes))
        }
        let failures = tail == nil ? try await merge(logs) : try await showLast(logs)
        guard failures.isEmpty else { throw LogsError(failures.joined(separator: "\nerror: ")) }
    }

    private func nothing(_ selection: Selection) throws {
        if case .deployment(let name, _) = selection {
            throw LogsError("deployment \"\(name)\" has no sandboxes now (kubectl describe sbd \(name) says why)")
        }
        warn("No resources found in \(namespace) namespace.")
    }

    /// Holds one line of each pod.
    private func merge(_ logs: [OpenLog]) async throws -> [String] {
        var heads: [(line: SandboxLogLine, log: OpenLog)] = []
        for log in logs { if let line = try await log.next() { heads.append((line, log)) } }
        var text = ""
        while let first = heads.indices.min(by: { heads[$0].line.time < heads[$1].line.time }) {
            text += look.text(heads[first].line)
            if text.utf8.count >= Self.piece {
                write(text)
                text = ""
            }
            if let line = try await heads[first].log.next() {
                heads[first].line = line
            } else {
                heads.remove(at: first)
            }
        }
        write(text)
        return await failures(logs)
    }

    private func showLast(_ logs: [OpenLog]) async throws -> [String] {
        var last = LastLogLines(tail ?? 0)
        for log in logs { while let line = try await log.next() { last.add(line) } }
        write(last.inOrder.map(look.text).joined())
        return await failures(logs)
    }

    private func failures(_ logs: [OpenLog]) async -> [String] {
        var failures: [String] = []
        for log in logs { if let failure = await log.failure { failures.append(failure) } }
        return failures
    }

    /// What a failure to read a pod's log means; nil for what concerns more than the pod.
    static func words(_ error: any Error, _ pod: String, _ sandboxes: some Collection<String>) -> String? {
        guard let status = error as? Status else { return nil }
        let names = sandboxes.sorted().joined(separator: ", ")
        switch status.code {
        case 404: return "the pod \"\(pod)\" is gone, and with it the log of \(names)"
        case 400: return "the log of \(names) cannot be read: \(status.message)"
        default: return nil
        }
    }
}

/// The wanted lines of one pod, read one at a time.
private actor OpenLog {
    private let pod: String
    private let names: [String]
    private let lines: any AsyncSequence<SandboxLogLine, any Error> & Sendable
    private var iterator: (any AsyncIteratorProtocol<SandboxLogLine, any Error>)?
    /// Why there is no more.
    private(set) var failure: String?

    init(_ session: LogsSession, _ pod: String, _ sandboxes: [String: Timestamp?]) {
        self.pod = pod
        names = Array(sandboxes.keys)
        lines = session.lines(of: pod, sandboxes, from: session.filter.since, follows: false)
    }

    func next() async throws -> SandboxLogLine? {
        var iterator = iterator ?? lines.makeAsyncIterator()
        do {
            let line = try await iterator.next(isolation: self)
            self.iterator = iterator
            return line
        } catch {
            guard let words = LogsSession.words(error, pod, names) else { throw error }
            failure = words
            return nil
        }
    }
}
