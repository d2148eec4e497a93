import KubeAPI
import KubeClient
import Logging
import Synchronization

/// Keeps a copy of one resource's objects up to date and tells of every change: list, then watch, for ever.
///
/// Add indices and handlers first, then run it in a task of its own. Handlers are called one change at a time, in
/// order, after the cache has it, and should only put keys into a queue. Level-triggered: a handler may see several
/// changes as one, and must not count on having seen each state.
public final class Informer<Object: KubeObject>: Sendable {
    public typealias Handler = @Sendable (Change<Object>) -> Void

    /// Reads what the informer knows.
    public let lister = Lister<Object>()

    private let client: KubeClient
    private let namespace: String?
    private let labelSelector: String?
    private let fieldSelector: String?
    private let clock: any Clock<Duration>
    private let logger: Logger
    private let synced = Gate()
    private let refresh = Mutex(Refresh())
    private let handlers = Mutex<[Handler]>([])

    /// Who waits for a list that is yet to begin, and how the step that is under way is ended for it.
    private struct Refresh {
        var waiting: [Gate] = []
        var interrupt: (@Sendable () -> Void)?
    }

    public init(
        client: KubeClient, namespace: String? = nil, labelSelector: String? = nil, fieldSelector: String? = nil,
        clock: any Clock<Duration> = ContinuousClock(), logger: Logger
    ) {
        self.client = client
        self.namespace = namespace
        self.labelSelector = labelSelector
        self.fieldSelector = fieldSelector
        self.clock = clock
        var logger = logger
        logger[metadataKey: "resource"] = "\(Object.resource.plural)"
        self.logger = logger
    }

    /// Adds a handler.
    ///
    /// It sees the changes from now on, so add it before `run`.
    public func onChange(_ handler: @escaping Handler) { handlers.withLock { $0.append(handler) } }

    /// Adds an index: `lister.list(name, value)` then finds objects by what `function` gives for them.
    public func addIndex(_ name: IndexName, _ function: @escaping @Sendable (Object) -> [String]) {
        lister.addIndex(name, function)
    }

    /// Whether the first list is in the cache and the handlers have seen it.
    public var hasSynced: Bool { synced.isOpen }

    /// Returns once the first list is in the cache and the handlers have seen it.
    /// - Throws: `CancellationError`.
    public func waitForSync() async throws { try await synced.wait() }

    /// Follows the server until the task is cancelled; run it once.
    ///
    /// Failures are logged and retried with a back-off.
    public func run() async {
        var reflector = Reflector()
        while !Task.isCancelled {
            let waiting = refresh.withLock { $0.waiting.count }
            if waiting > 0 { reflector.startOver() }
            reflector = await interruptibly(waiting) { [reflector] in await self.step(reflector) }
        }
    }

    /// Lists again, whatever the watch says, and returns once that is in the cache and the handlers have seen it.
    ///
    /// Afterwards the cache has all that was written before the call. `run` must be under way.
    /// - Throws: `CancellationError`.
    public func relist() async throws {
        let gate = Gate()
        let interrupt = refresh.withLock { refresh in
            refresh.waiting.append(gate)
            return refresh.interrupt
        }
        interrupt?()
        try await gate.wait()
    }

    /// Does `body`, cancelled with this task or when more than `waiting` wait for a list.
    private func interruptibly<Result: Sendable>(
        _ waiting: Int, _ body: @escaping @Sendable () async -> Result
    ) async -> Result {
        let task = Task { await body() }
        let isLate = refresh.withLock { refresh in
            refresh.interrupt = { task.cancel() }
            return refresh.waiting.count > waiting
        }
        if isLate { task.cancel() }
        return await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            task.cancel()
        }
    }

    /// One step, and the pause after it.
    private func step(_ before: Reflector) async -> Reflector {
        var reflector = before
        let outcome =
            switch reflector.step {
            case .list: await list()
            case .watch(let version): await watch(from: version, &reflector)
            }
        if Task.isCancelled { return reflector }
        let pause = reflector.take(outcome, chance: .random(in: 0..<1))
        if pause > .zero { try? await clock.sleep(for: pause, tolerance: nil) }
        return reflector
    }

    private func list() async -> Reflector.Outcome {
        let waiting = refresh.withLock { $0.waiting }
        do {
            let list = try await client.list(
                Lenient<Object>.self, namespace: namespace, labelSelector: labelSelector, fieldSelector: fieldSelector)
            let readable = list.items.compactMap(read)
            let unreadable = list.items.filter { $0.object == nil }.map(\.key)
            apply { $0.replace(with: readable, keeping: unreadable) }
            synced.open()
            refresh.withLock { $0.waiting.removeFirst(waiting.count) }
            for gate in waiting { gate.open() }
            return .listed(resourceVersion: list.metadata.resourceVersion ?? "")
        } catch {
            log("list", error)
            return .failed(Reflector.Failure(error), lasted: .zero)
        }
    }

    private func watch(from version: String, _ reflector: inout Reflector) async -> Reflector.Outcome {
        let lasted = stopwatch(clock)
        let events = client.watch(
            Lenient<Object>.self, namespace: namespace, labelSelector: labelSelector, fieldSelector: fieldSelector,
            resourceVersion: version)
        do {
            for try await event in events {
                take(event)
                _ = reflector.take(.progressed(resourceVersion: event.resourceVersion), chance: 0)
            }
            return .ended(lasted: lasted())
        } catch {
            log("watch", error)
            return .failed(Reflector.Failure(error), lasted: lasted())
        }
    }

    private func take(_ event: WatchEvent<Lenient<Object>>) {
        switch event {
        case .added(let object), .modified(let object):
            if let object = read(object) { apply { $0.upsert(object) } }
        case .deleted(let object): apply { $0.delete(object.key, last: object.object) }
        case .bookmark: break
        }
    }

    private func read(_ item: Lenient<Object>) -> Object? {
        if case .unreadable(let metadata, let reason) = item {
            logger.warning(
                "an object that cannot be read is left as it was last known: \(reason)",
                metadata: ["namespace": "\(metadata.namespace)", "name": "\(metadata.name)"])
        }
        return item.object
    }

    private func apply(_ write: (inout ObjectCache<Object>) -> [Change<Object>]) {
        let changes = lister.update(write)
        let handlers = handlers.withLock { $0 }
        for change in changes {
            for handler in handlers { handler(change) }
        }
    }

    private func log(_ verb: String, _ error: any Error) {
        if Task.isCancelled { return }
        let expected = (error as? Status)?.isExpired ?? false
        logger.log(level: expected ? .debug : .warning, "\(verb) failed, will try again: \(error)")
    }
}
