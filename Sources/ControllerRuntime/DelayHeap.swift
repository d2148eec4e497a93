/// Keys by the time at which they are due, each at most once.
struct DelayHeap<Key: Hashable & Sendable> {
    private struct Entry {
        let key: Key
        let due: Duration
        /// Keeps keys that are due at the same time in the order of their insertion.
        let order: Int

        static func < (left: Entry, right: Entry) -> Bool { (left.due, left.order) < (right.due, right.order) }
    }

    private var heap: [Entry] = []
    /// When each key is due.
    ///
    /// An entry of the heap that says otherwise was overtaken by an earlier one.
    private var due: [Key: Duration] = [:]
    private var inserted = 0

    var isEmpty: Bool { due.isEmpty }
    var nextDue: Duration? { heap.first?.due }

    /// Inserts a key, or moves it forward; a later time than it has changes nothing.
    mutating func insert(_ key: Key, due time: Duration) {
        if let known = due[key], known <= time { return }
        due[key] = time
        inserted += 1
        heap.append(Entry(key: key, due: time, order: inserted))
        siftUp()
    }

    /// Removes a key that is due at `now`, the earliest first.
    mutating func pop(now: Duration) -> Key? {
        while let first = heap.first, first.due <= now {
            removeFirst()
            guard due[first.key] == first.due else { continue }
            due[first.key] = nil
            return first.key
        }
        return nil
    }

    private mutating func siftUp() {
        var child = heap.count - 1
        while child > 0, heap[child] < heap[(child - 1) / 2] {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    private mutating func removeFirst() {
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        var parent = 0
        while true {
            let children = (2 * parent + 1)..<min(2 * parent + 3, max(heap.count, 2 * parent + 1))
            guard let least = children.min(by: { heap[$0] < heap[$1] }), heap[least] < heap[parent] else { return }
            heap.swapAt(least, parent)
            parent = least
        }
    }
}
