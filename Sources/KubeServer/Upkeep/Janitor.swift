import KubeAPI
import Logging
import Synchronization

/// Does what follows from changes: collects dependents of what is gone, empties namespaces that are being deleted, and
/// removes the objects of a CustomResourceDefinition that is.
///
/// Level-triggered: a job names what to look at, never what to do, so jobs may be doubled or repeated.
final class Janitor: Sendable {
    enum Job: Hashable, Sendable {
        /// Its owner is gone, or it has just got one: look whether any owner is left.
        case dependent(StoreKey)
        /// It is being deleted, and waits for its dependents.
        case owner(StoreKey)
        case namespace(String)
        case customResourceDefinition(String)
        /// The names of the CustomResourceDefinitions of a group: some may have become free, or taken twice.
        case names(group: String)
    }

    let operations: ObjectOperations
    private let logger: Logger
    private let waiting = Mutex<Set<Job>>([])
    private let signals: AsyncStream<Void>
    private let signal: AsyncStream<Void>.Continuation

    init(operations: ObjectOperations, logger: Logger) {
        self.operations = operations
        self.logger = logger
        (signals, signal) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Takes committed changes; never blocks.
    func note(_ changes: [Change]) { enqueue(changes.flatMap(jobs)) }

    private func enqueue(_ jobs: [Job]) {
        guard !jobs.isEmpty else { return }
        waiting.withLock { $0.formUnion(jobs) }
        signal.yield()
    }

    /// Works until it is cancelled.
    func run() async {
        enqueue(jobsAfterStart())
        for await _ in signals {
            let jobs = waiting.withLock { waiting in
                defer { waiting = [] }
                return waiting
            }
            await perform(jobs)
        }
    }

    /// As many at a time as one commit may hold; none is about what another does.
    private func perform(_ jobs: Set<Job>) async {
        await withTaskGroup(of: Void.self) { group in
            for (index, job) in jobs.enumerated() {
                if index >= ObjectOperations.atOnce { await group.next() }
                group.addTask { [self] in await perform(job) }
            }
        }
    }

    private func perform(_ job: Job) async {
        do throws(Status) {
            switch job {
            case .dependent(let key): try await collect(key)
            case .owner(let key): try await finishOwner(key)
            case .namespace(let name): try await emptyNamespace(name)
            case .customResourceDefinition(let name): try await emptyDefinition(name)
            case .names(let group): try await operations.settleNames(inGroup: group)
            }
        } catch  where error.isNotFound {
            // Someone else was faster.
        } catch {
            logger.warning("upkeep failed; it is tried again", metadata: ["job": "\(job)", "error": "\(error)"])
            Task { [weak self] in
                try? await Task.sleep(for: .seconds(1))
                self?.enqueue([job])
            }
        }
    }

    /// Ends `run`.
    func stop() { signal.finish() }
}

// MARK: - What a change calls for

extension Janitor {
    private func jobs(for change: Change) -> [Job] {
        let object = change.object
        let key = StoreKey(resource: object.resource, key: object.key)
        var jobs = nameJobs(change)
        if change.isDeletion {
            jobs += operations.store.dependents(of: object.value.uid).map {
                .dependent(StoreKey(resource: $0.resource, key: $0.key))
            }
            jobs += owners(of: object.value).map { .owner($0) }
            if !object.key.namespace.isEmpty { jobs.append(.namespace(object.key.namespace)) }
            jobs.append(.customResourceDefinition(object.resource))
            return jobs
        }
        let owners = object.ownerUIDs
        if !owners.isEmpty, owners != change.previous?.ownerUIDs { jobs.append(.dependent(key)) }
        if change.previous == nil {
            if !object.key.namespace.isEmpty { jobs.append(.namespace(object.key.namespace)) }
            // Its definition may have gone while it was being checked.
            jobs.append(.customResourceDefinition(object.resource))
        }
        if object.isBeingDeleted { jobs += deletionJobs(object, key) }
        return jobs
    }

    private func nameJobs(_ change: Change) -> [Job] {
        guard change.object.resource == BuiltIns.customResourceDefinitions.storageKey,
            let group = change.object.value["spec"]?["group"]?.stringValue
        else { return [] }
        let paths = [["spec", "names"], ["status", "acceptedNames"], ["status", "conditions"]]
        let isSame = paths.allSatisfy { change.object.value[$0] == change.previous?.value[$0] }
        return change.isDeletion || !isSame ? [.names(group: group)] : []
    }

    private func deletionJobs(_ object: StoredObject, _ key: StoreKey) -> [Job] {
        var jobs: [Job] = []
        if object.resource == BuiltIns.namespaces.storageKey { jobs.append(.namespace(object.key.name)) }
        if object.resource == BuiltIns.customResourceDefinitions.storageKey {
            jobs.append(.customResourceDefinition(object.key.name))
        }
        let finalizers = object.value.finalizers
        if finalizers.contains(ObjectOperations.orphanFinalizer)
            || finalizers.contains(ObjectOperations.foregroundFinalizer)
        {
            jobs.append(.owner(key))
        }
        return jobs
    }

    private func jobsAfterStart() -> [Job] {
        let store = operations.store
        var jobs = store.bereaved().map(Job.dependent)
        for definition in operations.registry.snapshot.byStorage.values {
            let objects = store.list(definition.storageKey, ObjectFilter()).objects
            for object in objects where object.isBeingDeleted {
                jobs += deletionJobs(object, StoreKey(resource: object.resource, key: object.key))
            }
            // What was made while its namespace went.
            jobs += Set(objects.map(\.key.namespace)).filter { namespace in
                !namespace.isEmpty
                    && store.get(BuiltIns.namespaces.storageKey, ObjectKey(namespace: "", name: namespace)) == nil
            }.map(Job.namespace)
        }
        let definitions = store.list(BuiltIns.customResourceDefinitions.storageKey, ObjectFilter()).objects
        jobs += Set(definitions.compactMap { $0.value["spec"]?["group"]?.stringValue }).map { .names(group: $0) }
        return jobs
    }

    /// Where the owners of an object are, as far as their kinds are served.
    private func owners(of object: JSONValue) -> [StoreKey] {
        (object["metadata"]?["ownerReferences"]?.arrayValue ?? []).compactMap {
            storeKey($0, namespace: object.namespace)
        }
    }

    func storeKey(_ owner: JSONValue, namespace: String) -> StoreKey? {
        guard let version = owner["apiVersion"]?.stringValue, let kind = owner["kind"]?.stringValue,
            let name = owner["name"]?.stringValue,
            let definition = operations.registry.snapshot.definition(apiVersion: version, kind: kind)
        else { return nil }
        return StoreKey(
            resource: definition.storageKey,
            key: ObjectKey(namespace: definition.type.isNamespaced ? namespace : "", name: name))
    }

    func definition(_ resource: String) -> ResourceDefinition? {
        operations.registry.snapshot.byStorage[resource]
    }
}
