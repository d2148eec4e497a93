/// A priority queue over an array.
struct BinaryHeap<Element: Comparable & Sendable>: Sendable {
    private var items: [Element] = []

    var count: Int { items.count }
    var minimum: Element? { items.first }

    mutating func insert(_ item: Element) {
        items.append(item)
        var child = items.count - 1
        while child > 0, items[child] < items[(child - 1) / 2] {
            items.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    mutating func removeMinimum() -> Element? {
        guard let first = items.first else { return nil }
        items[0] = items[items.count - 1]
        items.removeLast()
        var parent = 0
        while 2 * parent + 1 < items.count {
            var child = 2 * parent + 1
            if child + 1 < items.count, items[child + 1] < items[child] { child += 1 }
            guard items[child] < items[parent] else { break }
            items.swapAt(child, parent)
            parent = child
        }
        return first
    }

    /// Keeps only what is still wanted, once that may be less than half of what is there.
    mutating func compact(wanted: Int, _ isWanted: (Element) -> Bool) {
        guard items.count > 2 * wanted + 64 else { return }
        // A sorted array is a heap.
        items = items.filter(isWanted).sorted()
    }
}
