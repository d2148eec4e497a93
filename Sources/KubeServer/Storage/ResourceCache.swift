import KubeAPI

/// The objects of one resource, the last changes to them, and who watches.
struct ResourceCache {
    /// How much history is kept for watches that come back.
    struct HistoryLimit: Sendable {
        var changes = 4096
        var bytes = 16 << 20
    }

    private(set) var objects: [ObjectKey: StoredObject] = [:]
    private(set) var watchers: [Int: Watcher] = [:]
    private var history: ArraySlice<Change> = []
    private var historyBytes = 0
    /// Changes up to and including this revision can no longer be replayed.
    private(set) var compacted: Int64
    private let limit: HistoryLimit

    init(compacted: Int64, limit: HistoryLimit) {
        self.compacted = compacted
        self.limit = limit
    }

    mutating func load(_ object: StoredObject) { objects[object.key] = object }

    /// Takes a committed change and tells the watchers.
    ///
    /// A watcher that does not keep up is closed.
    mutating func apply(_ change: Change) {
        objects[change.object.key] = change.isDeletion ? nil : change.object
        history.append(change)
        historyBytes += change.object.bytes.count
        while history.count > limit.changes || historyBytes > limit.bytes, let oldest = history.popFirst() {
            historyBytes -= oldest.object.bytes.count
            compacted = oldest.revision
        }
        if history.startIndex > 2 * limit.changes { history = ArraySlice(Array(history)) }
        for (id, watcher) in watchers where !watcher.offer(change) {
            watcher.finish()
            watchers[id] = nil
        }
    }

    /// The changes after a revision; nil when some of them are gone.
    func changes(after revision: Int64) -> ArraySlice<Change>? {
        guard revision >= compacted else { return nil }
        var low = history.startIndex
        var high = history.endIndex
        while low < high {
            let middle = (low + high) / 2
            if history[middle].revision <= revision { low = middle + 1 } else { high = middle }
        }
        return history[low...]
    }

    /// Replaces every object, forgets the history and gives up the watchers.
    mutating func reload(compacted revision: Int64, _ transform: (JSONValue) -> JSONValue) -> [Watcher] {
        objects = objects.mapValues {
            StoredObject(transform($0.value), resource: $0.resource, revision: $0.revision)
        }
        history = []
        historyBytes = 0
        compacted = revision
        defer { watchers = [:] }
        return Array(watchers.values)
    }

    mutating func add(_ watcher: Watcher) { watchers[watcher.id] = watcher }
    mutating func removeWatcher(_ id: Int) { watchers[id] = nil }

    /// The objects that a filter chooses, in the order of namespace and name.
    func select(_ filter: ObjectFilter) -> [StoredObject] {
        if let name = filter.fields.pinnedName, let namespace = filter.namespace {
            let found = objects[ObjectKey(namespace: namespace, name: name)]
            return found.map { filter.matches($0) ? [$0] : [] } ?? []
        }
        return objects.values.filter(filter.matches).sorted { $0.key < $1.key }
    }
}

/// Which objects of a resource a list or watch is about.
struct ObjectFilter: Sendable {
    /// nil: all namespaces.
    ///
    /// Cluster-scoped objects are in namespace "".
    var namespace: String?
    var labels = LabelQuery()
    var fields = FieldQuery()

    func matches(_ object: StoredObject) -> Bool {
        (namespace == nil || namespace == object.key.namespace) && labels.matches(object.value.labels)
            && fields.matches(object.value)
    }
}
