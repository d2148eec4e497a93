import KubeAPI
import Synchronization
import TestProcesses

/// Follows one resource from its first object on, through all deaths of the server.
final class Watcher: Sendable {
    private struct State {
        var last: Int64
        var replay: [History.Key: History.State] = [:]
        var expirations = 0
    }

    private static let selector = Subject.label
    let subject: Subject
    private let recorder: Recorder
    private let state: Mutex<State>

    /// Begins at the version of a list in which there was nothing.
    init(_ subject: Subject, after version: Int64, recorder: Recorder) {
        self.subject = subject
        self.recorder = recorder
        state = Mutex(State(last: version))
    }

    /// How far it has come.
    var last: Int64 { state.withLock { $0.last } }
    /// What its events come to.
    var replay: [History.Key: History.State] { state.withLock { $0.replay } }
    /// How often its version was no longer known, so that it listed again.
    var expirations: Int { state.withLock { $0.expirations } }

    /// Watches, again and again, until the server does not answer or it is told to stop.
    func follow(_ kubeconfig: String, stop: Stop) async throws {
        let client = try APIClient(kubeconfig: kubeconfig)
        while !stop.isCalled, let stream = try? await open(client) {
            var session = History.Session(resource: subject.rawValue, after: last)
            for await event in stream.all {
                if event.type == "ERROR" {
                    session.isExpired = event.object["code"] == 410
                    if !session.isExpired { recorder.complain("a watch ended with \(event.object)") }
                    break
                }
                if let change = apply(event) { session.changes.append(change) }
                if stop.isCalled { break }
            }
            stream.close()
            recorder.note(session)
            if session.isExpired { try await relist(client) }
        }
        await client.shutdown()
    }

    private func open(_ client: APIClient) async throws -> WatchStream {
        try await client.watch(
            subject.path,
            ["labelSelector": Self.selector, "resourceVersion": String(last), "allowWatchBookmarks": "true"])
    }

    private func apply(_ event: WatchedEvent) -> History.Change? {
        let version = Int64(event.object.version) ?? 0
        return state.withLock { state in
            if event.type == "BOOKMARK" {
                state.last = max(state.last, version)
                return nil
            }
            let key = subject.key(event.object.name)
            let isDeletion = event.type == "DELETED"
            if (state.replay[key] == nil) != (event.type == "ADDED") {
                recorder.complain(
                    "\(event.type) of \(key) at \(version) where it was \(state.replay[key].map { "\($0)" } ?? "not there")"
                )
            }
            state.replay[key] = isDeletion ? nil : subject.state(of: event.object)
            state.last = version
            return History.Change(key: key, token: isDeletion ? nil : subject.token(of: event.object), version: version)
        }
    }

    private func relist(_ client: APIClient) async throws {
        let list = try await client.get(subject.path, ["labelSelector": Self.selector]).expecting(200)
        state.withLock { state in
            state.expirations += 1
            state.last = Int64(list.version) ?? 0
            state.replay = Dictionary(
                list.items.map { (subject.key($0.name), subject.state(of: $0)) }, uniquingKeysWith: { $1 })
        }
    }
}
