/// The rules of a work queue, without clock or tasks.
///
/// Times are durations since any fixed moment.
struct WorkQueueCore<Key: Hashable & Sendable> {
    private var queue: [Key?] = []
    private var head = 0
    /// Keys that wait to be worked on, or to be worked on again.
    private var dirty: Set<Key> = []
    private var processing: Set<Key> = []
    private var delays = DelayHeap<Key>()
    private(set) var failures: [Key: Int] = [:]
    private(set) var isShutDown = false
    private let backoff: Backoff

    init(backoff: Backoff) { self.backoff = backoff }

    var count: Int { queue.count - head }
    /// When the first delayed key is due.
    var nextDue: Duration? { delays.nextDue }

    mutating func add(_ key: Key) {
        guard !isShutDown, dirty.insert(key).inserted else { return }
        if !processing.contains(key) { queue.append(key) }
    }

    mutating func add(_ key: Key, due: Duration, now: Duration) {
        guard due > now else { return add(key) }
        if !isShutDown { delays.insert(key, due: due) }
    }

    mutating func addRateLimited(_ key: Key, atLeast least: Duration = .zero, now: Duration) {
        let failed = failures[key] ?? 0
        failures[key] = failed + 1
        add(key, due: now + max(backoff.delay(failures: failed), least), now: now)
    }

    mutating func forget(_ key: Key) { failures[key] = nil }

    /// Adds the delayed keys that are due.
    mutating func release(now: Duration) {
        while let key = delays.pop(now: now) { add(key) }
    }

    mutating func next() -> Key? {
        guard head < queue.count, let key = queue[head] else { return nil }
        queue[head] = nil
        head += 1
        if head > 64, head * 2 > queue.count {
            queue.removeFirst(head)
            head = 0
        }
        dirty.remove(key)
        processing.insert(key)
        return key
    }

    mutating func done(_ key: Key) {
        guard processing.remove(key) != nil, dirty.contains(key) else { return }
        queue.append(key)
    }

    mutating func shutDown() {
        isShutDown = true
        delays = DelayHeap()
    }
}
