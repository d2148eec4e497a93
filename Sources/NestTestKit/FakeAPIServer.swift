import FoundationEssentials
import KubeAPI
import KubeClient
import Logging
import Synchronization

/// An API server in memory, behind a client's transport: tests that use it exercise real requests and real decoding.
///
/// It serves any resource without knowing its schema: get, list and watch with selectors, create, update, merge and
/// JSON patch, the status subresource, delete with preconditions and finalizers. It validates nothing, deletes no
/// dependents and does not page. It can be told to fail as servers and networks do.
public final class FakeAPIServer: KubeTransport {
    /// Decides whether a request fails, and how.
    ///
    /// Asked before the request is served.
    public typealias Fault = @Sendable (KubeRequest) -> (any Error)?

    private struct State {
        var store = FakeStore()
        var watchers: [Int: FakeWatcher] = [:]
        /// Kept, so that their streams stay open.
        var silenced: [FakeWatcher] = []
        var nextID = 0
        var fault: Fault?
    }

    /// Every request, in order of arrival.
    public let requests = Journal<KubeRequest>()
    /// The watches that were begun, each as the version that it asked for.
    public let watches = Journal<String>()
    private let state = Mutex(State())

    public init() {}

    /// A client of this server.
    public func client() -> KubeClient {
        KubeClient(transport: self, server: "fake://", logger: .silent)
    }

    /// Makes requests fail until it is set to nil: with the `Status` or transport error that it gives.
    public func fail(_ fault: Fault?) { state.withLock { $0.fault = fault } }

    /// Writes an object as it is, status included, as no client could.
    /// - Returns: the object as stored.
    @discardableResult
    public func put<T: KubeObject>(_ object: T) throws -> T {
        let body = try JSONValue(encoding: Envelope(object))
        let target = FakeTarget(T.resource, object.key)
        return try change { try $0.put(target, body) }.decoded()
    }

    /// Removes an object at once, whatever its finalizers.
    public func remove<T: KubeObject>(_ type: T.Type, _ key: ObjectKey) throws {
        _ = try change { try $0.remove(FakeTarget(T.resource, key)) }
    }

    /// The objects of a type as stored, sorted by key.
    public func objects<T: KubeObject>(_ type: T.Type = T.self) throws -> [T] {
        let target = FakeTarget(T.resource, nil)
        return try state.withLock { $0.store.list(target, .everything) }.map { try $0.decoded() }
    }

    /// Breaks every watch as a lost connection does.
    public func dropConnections() { endWatches(throwing: KubeClientError(.connectionLost, "the connection broke")) }

    /// Lets every watch of those types that is open say nothing any more, as if all news were held up; of all types when
    /// none is given.
    ///
    /// Later watches are as ever.
    public func silenceWatches(of types: ResourceType...) {
        let silent = types.map { $0.path() }
        state.withLock { state in
            for (id, watcher) in state.watchers where silent.isEmpty || silent.contains(watcher.target.collection) {
                state.watchers[id] = nil
                state.silenced.append(watcher)
            }
        }
    }

    /// Ends every watch as a server does whose time is over.
    public func endWatches(throwing error: (any Error)? = nil) {
        let watchers = state.withLock { state in
            defer { state.watchers = [:] }
            return state.watchers.values.map { $0 }
        }
        for watcher in watchers { watcher.chunks.finish(throwing: error) }
    }

    /// Forgets the history: a watch from before now gets a 410.
    public func compact() { state.withLock { $0.store.compact() } }

    /// Sends a line as it is to every watch.
    public func inject(line: String) {
        let watchers = state.withLock { $0.watchers.values.map { $0 } }
        for watcher in watchers { watcher.chunks.yield(Data((line + "\n").utf8)) }
    }

    public func send(_ request: KubeRequest) async throws -> KubeResponse {
        requests.append(request)
        try Task.checkCancellation()
        do {
            if let error = state.withLock({ $0.fault })?(request) { throw error }
            return try answer(200, try change { try $0.serve(request) })
        } catch let status as Status {
            return try answer(status.code, try JSONValue(encoding: status))
        }
    }

    public func open(_ request: KubeRequest) async throws -> KubeResponseStream {
        requests.append(request)
        do {
            if let error = state.withLock({ $0.fault })?(request) { throw error }
            let chunks = try watch(request)
            watches.append(request.queryValue("resourceVersion") ?? "")
            return KubeResponseStream(status: 200, chunks: chunks)
        } catch let status as Status {
            let body = try JSONValue(encoding: status).serialized()
            let chunks = AsyncThrowingStream<Data, any Error> { continuation in
                continuation.yield(body)
                continuation.finish()
            }
            return KubeResponseStream(status: status.code, chunks: chunks)
        }
    }

    public func shutdown() async { dropConnections() }

    private func watch(_ request: KubeRequest) throws -> AsyncThrowingStream<Data, any Error> {
        let target = try FakeTarget(path: request.path)
        let selection = FakeSelection(request)
        let (stream, continuation) = AsyncThrowingStream<Data, any Error>.makeStream()
        let watcher = FakeWatcher(target: target, selection: selection, chunks: continuation)
        try state.withLock { state in
            state.nextID += 1
            let id = state.nextID
            for change in try state.store.changes(after: request.queryValue("resourceVersion")) { watcher.send(change) }
            state.watchers[id] = watcher
            continuation.onTermination = { [weak self] _ in
                // Not at once: the stream may end inside the lock.
                Task { self?.state.withLock { $0.watchers[id] = nil } }
            }
        }
        return stream
    }

    private func change<Result>(_ body: (inout FakeStore) throws -> Result) throws -> sending Result {
        try state.withLock { state in
            let before = state.store.revision
            let result = try body(&state.store)
            for change in try state.store.changes(after: "\(before)") {
                for watcher in state.watchers.values { watcher.send(change) }
            }
            return result
        }
    }

    private func answer(_ status: Int, _ body: JSONValue) throws -> KubeResponse {
        KubeResponse(status: status, body: try body.serialized())
    }
}
