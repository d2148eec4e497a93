import KubeAPI

/// Decides what becomes of an event: a new one, a higher count of an earlier one, or nothing
/// (client-go `EventCorrelator`, without its merging of similar messages).
struct EventCorrelator {
    struct Identity: Hashable {
        var object: ObjectReference
        var type: Event.Kind
        var reason: String
        var message: String
    }

    enum Decision: Equatable {
        case create
        /// Raise the count of the event of that name.
        case raise(name: String, count: Int)
        /// The object has had too many.
        case drop
    }

    private struct Known {
        var name: String
        var count: Int
    }

    private struct Bucket {
        var tokens: Double
        var filledAt: Duration
    }

    /// client-go's limits: 25 events of an object at once, then one in five minutes.
    static let burst = 25.0
    static let refill = Duration.seconds(300)

    private var known: BoundedTable<Fingerprint, Known>
    private var buckets: BoundedTable<Fingerprint, Bucket>

    /// - Parameter capacity: how many events and objects are remembered; the oldest are forgotten first.
    init(capacity: Int = 4096) {
        known = BoundedTable(capacity: capacity)
        buckets = BoundedTable(capacity: capacity)
    }

    mutating func decide(_ identity: Identity, now: Duration) -> Decision {
        guard takeToken(identity.object, now: now) else { return .drop }
        guard let earlier = known[Fingerprint(identity)] else { return .create }
        return .raise(name: earlier.name, count: earlier.count + 1)
    }

    /// Notes that an event stands on the server with that count.
    mutating func wrote(_ identity: Identity, name: String, count: Int) {
        known[Fingerprint(identity)] = Known(name: name, count: count)
    }

    /// Notes that the event is no longer on the server.
    mutating func lost(_ identity: Identity) { known[Fingerprint(identity)] = nil }

    private mutating func takeToken(_ object: ObjectReference, now: Duration) -> Bool {
        let object = Fingerprint(object)
        var bucket = buckets[object] ?? Bucket(tokens: Self.burst, filledAt: now)
        bucket.tokens = min(Self.burst, bucket.tokens + (now - bucket.filledAt) / Self.refill)
        bucket.filledAt = now
        let allowed = bucket.tokens >= 1
        if allowed { bucket.tokens -= 1 }
        buckets[object] = bucket
        return allowed
    }
}

/// A dictionary that forgets what was inserted first when it is full.
struct BoundedTable<Key: Hashable, Value> {
    let capacity: Int
    private var values: [Key: Value] = [:]
    private var order: [Key] = []
    private var oldest = 0

    init(capacity: Int) { self.capacity = max(1, capacity) }

    var count: Int { values.count }

    subscript(key: Key) -> Value? {
        get { values[key] }
        set {
            guard let newValue else { return values[key] = nil }
            if values.updateValue(newValue, forKey: key) == nil { remember(key) }
        }
    }

    /// The ring holds the last `capacity` keys inserted; the one that a new key overwrites is forgotten.
    private mutating func remember(_ key: Key) {
        guard order.count == capacity else { return order.append(key) }
        if order[oldest] != key { values[order[oldest]] = nil }
        order[oldest] = key
        oldest = (oldest + 1) % capacity
    }
}
