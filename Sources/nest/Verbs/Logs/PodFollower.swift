import KubeAPI
import KubeClient
import Planning

/// Follows the log of one pod for some of its sandboxes.
actor PodFollower {
    /// Between the tries to read a log that cannot be read now.
    private static let pause = Duration.seconds(1)

    private let session: LogsSession
    private let pod: String
    private let fail: @Sendable (any Error) -> Void
    private var wanted: [String: Timestamp?] = [:]
    private var cursor = LogCursor()
    private var task: Task<Void, Never>?
    /// The last lines of what was there before are yet to be shown, and no more.
    private var isFirst = true
    private var hasWarned = false

    init(_ session: LogsSession, _ pod: String, fail: @escaping @Sendable (any Error) -> Void) {
        self.session = session
        self.pod = pod
        self.fail = fail
    }

    deinit { task?.cancel() }

    /// Follows these from now on; what those that are gone have printed to the last is shown before it returns.
    func follow(_ next: [String: Timestamp?]) async {
        guard Set(next.keys) != Set(wanted.keys) else { return }
        task?.cancel()
        await task?.value
        task = nil
        let gone = wanted.filter { next[$0.key] == nil }
        if !gone.isEmpty { try? await read(gone, follows: false) }
        wanted = next
        guard !next.isEmpty else { return }
        task = Task { await self.run(next) }
    }

    private func run(_ sandboxes: [String: Timestamp?]) async {
        while !Task.isCancelled {
            do {
                if isFirst, session.tail != nil { try await showLast(sandboxes) }
                isFirst = false
                try await read(sandboxes, follows: true)
                hasWarned = false
            } catch {
                if Task.isCancelled { return }
                let words = LogsSession.words(error, pod, sandboxes.keys)
                guard words != nil || error is KubeClientError else { return fail(error) }
                // A function may be silent for long.
                let isSilence = (error as? KubeClientError)?.code == .timedOut
                if !hasWarned, !isSilence { session.warn("warning: \(words ?? "\(error)"); will try again") }
                hasWarned = !isSilence
            }
            try? await Task.sleep(for: Self.pause)
        }
    }

    private func read(_ sandboxes: [String: Timestamp?], follows: Bool) async throws {
        cursor.restart()
        let start = cursor.start(sandboxes, since: session.filter.since)
        for try await line in session.lines(of: pod, sandboxes, from: start, follows: follows) where cursor.isNew(line)
        {
            session.write(session.look.text(line))
        }
    }

    private func showLast(_ sandboxes: [String: Timestamp?]) async throws {
        cursor.restart()
        var last = LastLogLines(session.tail ?? 0)
        for try await line in session.lines(of: pod, sandboxes, from: session.filter.since, follows: false)
        where cursor.isNew(line) {
            last.add(line)
        }
        session.write(last.inOrder.map(session.look.text).joined())
    }
}
