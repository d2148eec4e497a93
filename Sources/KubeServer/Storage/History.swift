/// The last changes of one resource, in the order of their revisions: what open watches are fed from, what watches that
/// come back are replayed, and what a list of an earlier revision is reckoned from.
struct History {
    /// How much is kept.
    struct Limit: Sendable {
        var changes = 8192
        /// Of JSON text; the objects that a change replaced count too.
        var bytes = 16 << 20
    }

    /// Up to `head` empty; the rest full.
    private var slots: [Change?] = []
    private var head = 0
    private(set) var bytes = 0
    /// Changes up to and including this revision can no longer be replayed.
    private(set) var compacted: Int64
    private let limit: Limit

    init(compacted: Int64, limit: Limit) {
        self.compacted = compacted
        self.limit = limit
    }

    var count: Int { slots.count - head }

    mutating func append(_ change: Change) {
        slots.append(change)
        bytes += change.size
        while count > limit.changes || bytes > limit.bytes { dropOldest() }
    }

    /// Forgets the oldest change.
    mutating func dropOldest() {
        guard head < slots.count, let oldest = slots[head] else { return }
        slots[head] = nil
        head += 1
        bytes -= oldest.size
        compacted = oldest.revision
        if head >= 64, head * 2 >= slots.count {
            slots.removeSubrange(0..<head)
            head = 0
        }
    }

    /// Forgets everything up to a revision that is not smaller than that of the last change.
    mutating func reset(compacted revision: Int64) {
        self = History(compacted: revision, limit: limit)
    }

    /// The changes after a revision, the oldest first.
    ///
    /// - Parameters:
    ///   - revision: the last one that is known.
    ///   - count: the most changes to give.
    ///   - bytes: stop once the objects come to this much.
    /// - Returns: at least one change if there is any; nil when some are gone.
    func changes(after revision: Int64, count: Int = .max, bytes: Int = .max) -> [Change]? {
        guard revision >= compacted else { return nil }
        var found: [Change] = []
        var size = 0
        for slot in slots[index(after: revision)...] {
            guard let slot, found.count < count, size < bytes else { break }
            found.append(slot)
            size += slot.object.bytes.count
        }
        return found
    }

    private func index(after revision: Int64) -> Int {
        var low = head
        var high = slots.count
        while low < high {
            let middle = (low + high) / 2
            if slots[middle].map({ $0.revision <= revision }) ?? true { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
