import KubeAPI

/// The objects of one resource, the last changes to them, and who watches.
struct ResourceCache {
    let resource: String
    private(set) var objects = ObjectTree()
    private(set) var history: History
    var watchers = WatcherSet()

    init(resource: String, compacted: Int64, limit: History.Limit) {
        self.resource = resource
        history = History(compacted: compacted, limit: limit)
    }

    mutating func load(_ object: StoredObject) { objects.insert(object) }

    /// Takes a committed change; the watches that it wakes are added to `woken`.
    mutating func apply(_ change: Change, woken: inout [Watcher]) {
        if change.isDeletion { objects.remove(change.object.key) } else { objects.insert(change.object) }
        history.append(change)
        watchers.note(change, woken: &woken)
    }

    mutating func dropOldestChange() { history.dropOldest() }

    /// Puts another content in the place of an object that has not changed meanwhile.
    mutating func replace(_ object: StoredObject) -> Bool {
        guard objects[object.key]?.revision == object.revision else { return false }
        objects.insert(object)
        return true
    }

    /// Forgets the history and gives up the watches.
    mutating func reset(compacted revision: Int64) -> [Watcher] {
        history.reset(compacted: revision)
        defer { watchers = WatcherSet() }
        return Array(watchers.all.values)
    }

    /// Gives up the watches that have not taken what the history no longer has.
    mutating func removeLagging() -> [Watcher] { watchers.removeLagging(behind: history.compacted) }

    /// The most that one round of a watch takes.
    private static let roundChanges = 64
    private static let roundBytes = 64 << 10

    /// What a watch has not seen yet, and whether that is all.
    ///
    /// - Parameter watcher: takes it, and will not be given it again.
    /// - Returns: nil when some of it is gone.
    mutating func take(_ watcher: Watcher) -> (changes: [Change], isAll: Bool)? {
        guard let cursor = watchers.cursor(watcher) else { return ([], true) }
        guard let changes = history.changes(after: cursor, count: Self.roundChanges, bytes: Self.roundBytes) else {
            return nil
        }
        let isAll = changes.isEmpty
        watchers.advance(watcher, to: changes.last?.revision)
        return (changes, isAll)
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

    /// It has a selector; without one it chooses by namespace alone.
    var isSelective: Bool { !labels.requirements.isEmpty || !fields.requirements.isEmpty }

    func matches(_ object: StoredObject) -> Bool {
        (namespace == nil || namespace == object.key.namespace) && labels.matches(object.labels)
            && fields.matches(object.field)
    }
}
