/// Requests that wait for a sandbox, in the order in which they came.
///
/// A ticket is a request's place in that order; one that was let go and comes back has its old place again.
public struct HeldQueue<Request> {
    private var entries: [(ticket: Int, request: Request?)] = []
    /// What lies before it has gone.
    private var head = 0
    /// How many wait.
    public private(set) var count = 0

    public init() {}

    public var isEmpty: Bool { count == 0 }

    /// Puts a request in its place.
    ///
    /// - Parameters:
    ///   - request: what waits.
    ///   - ticket: none that is in the queue now. A new request's is greater than all before.
    public mutating func insert(_ request: Request, ticket: Int) {
        count += 1
        guard let last = entries.last, last.ticket >= ticket else { return entries.append((ticket, request)) }
        let index = firstIndex(from: ticket)
        if index < entries.count, entries[index].ticket == ticket {
            entries[index].request = request
        } else if index == head, head > 0 {
            // It is the first again, and what lies before the first is free.
            head -= 1
            entries[head] = (ticket, request)
        } else {
            entries.insert((ticket, request), at: index)
        }
    }

    /// Takes out a request that no longer waits.
    ///
    /// - Returns: whether it was there.
    @discardableResult
    public mutating func remove(ticket: Int) -> Bool {
        let index = firstIndex(from: ticket)
        guard index < entries.count, entries[index].ticket == ticket, entries[index].request != nil else {
            return false
        }
        entries[index].request = nil
        removed()
        return true
    }

    /// Takes out the request that has waited longest.
    public mutating func popFirst() -> Request? {
        while head < entries.count {
            let request = entries[head].request
            entries[head].request = nil
            head += 1
            guard let request else { continue }
            removed()
            return request
        }
        return nil
    }

    /// Keeps the room for those who are gone in proportion to those who wait.
    private mutating func removed() {
        count -= 1
        guard entries.count > 2 * count + 64 || count == 0 else { return }
        entries = entries[head...].filter { $0.request != nil }
        head = 0
    }

    /// The place of the first ticket that is not less than this one.
    private func firstIndex(from ticket: Int) -> Int {
        var (low, high) = (head, entries.count)
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].ticket < ticket { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
