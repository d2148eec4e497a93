import KubeAPI

/// The open watches of one resource, how far each has come, and which of them a change may matter to.
///
/// A watch that demands a field's value (`spec.nodeName=a`) is found by that value, so that a thousand of them, each
/// about its own node, cost a change no more than one.
struct WatcherSet {
    private(set) var all: [Int: Watcher] = [:]
    /// The last revision that a watch has taken, for those that have something to take; the others know everything.
    private var cursors: [Int: Int64] = [:]
    private var unpinned: [Int: Watcher] = [:]
    private var pinned: [[String]: [String: [Int: Watcher]]] = [:]

    /// Adds a watch that has yet to take what came after a revision.
    mutating func add(_ watcher: Watcher, cursor: Int64) {
        all[watcher.id] = watcher
        cursors[watcher.id] = cursor
        if let pin = watcher.filter.fields.pin {
            pinned[pin.path, default: [:]][pin.value, default: [:]][watcher.id] = watcher
        } else {
            unpinned[watcher.id] = watcher
        }
    }

    mutating func remove(_ watcher: Watcher) {
        all[watcher.id] = nil
        cursors[watcher.id] = nil
        unpinned[watcher.id] = nil
        guard let pin = watcher.filter.fields.pin else { return }
        pinned[pin.path]?[pin.value]?[watcher.id] = nil
        if pinned[pin.path]?[pin.value]?.isEmpty == true { pinned[pin.path]?[pin.value] = nil }
        if pinned[pin.path]?.isEmpty == true { pinned[pin.path] = nil }
    }

    /// Notes a change for every watch that it may matter to; those that waited are added to `woken`.
    mutating func note(_ change: Change, woken: inout [Watcher]) {
        for (id, watcher) in unpinned where cursors[id] == nil {
            cursors[id] = change.revision - 1
            woken.append(watcher)
        }
        for (path, watchers) in pinned {
            let now = change.object.field(path)?.fieldText ?? ""
            let before = change.previous.map { $0.field(path)?.fieldText ?? "" } ?? now
            for value in now == before ? [now] : [now, before] {
                for (id, watcher) in watchers[value] ?? [:] where cursors[id] == nil {
                    cursors[id] = change.revision - 1
                    woken.append(watcher)
                }
            }
        }
    }

    /// How far a watch has come that has something to take; nil when it knows everything.
    func cursor(_ watcher: Watcher) -> Int64? { cursors[watcher.id] }

    /// - Parameters:
    ///   - watcher: a watch that has taken changes.
    ///   - cursor: the last of them; nil: there are no more.
    mutating func advance(_ watcher: Watcher, to cursor: Int64?) { cursors[watcher.id] = cursor }

    /// Removes the watches that know less than a revision.
    mutating func removeLagging(behind revision: Int64) -> [Watcher] {
        let lagging = cursors.filter { $0.value < revision }.compactMap { all[$0.key] }
        for watcher in lagging { remove(watcher) }
        return lagging
    }
}
