import KubeAPI

/// The sandboxes that wait for a place, as a value: higher priority first, then first come, first served.
///
/// As kube-scheduler's: an *active* line; those whose *back-off* runs, 20 ms doubling to 10 s; and the *parked* ones,
/// which did not fit and wait for something that may help. Parked ones stand by class: an event wakes the first of each
/// class that it may help, and each that finds a place wakes the next, so neither an event nor a try costs more because
/// many wait. Whatever happens, a class is tried again after a minute. Source: kubernetes `pkg/scheduler/backend/queue`.
public struct SchedulingQueue: Sendable {
    static let firstBackoff = Duration.milliseconds(20)
    static let longestBackoff = Duration.seconds(10)
    static let longestParked = Duration.seconds(60)

    private var entries: [ObjectKey: Entry] = [:]
    private var line = BinaryHeap<Ticket>()
    private var backoffs = BinaryHeap<Ticket>()
    private var flushes = BinaryHeap<Flush>()
    private var wards: [Int: Ward] = [:]
    private var classIDs: [SchedulingClass: Int] = [:]
    /// Refused classes, by where and how; and which of them mind which sandboxes.
    private var refused: [PoolKey: [Refusers: Set<Int>]] = [:]
    private var minding: [PoolKey: SelectorIndex] = [:]
    /// How many of `refused` were looked at for events: what an event costs, but for those that it wakes.
    private(set) var looks = 0
    private var pools: [String: Set<String>] = [:]
    private var lastOrder: UInt64 = 0
    private var lastID = 0

    public init() {}

    /// How many sandboxes wait, wherever.
    public var count: Int { entries.count }
    /// When `next` is worth calling again though nothing happens; nil: never.
    public var nextDue: Duration? { [backoffs.minimum?.due, flushes.minimum?.due].compactMap { $0 }.min() }

    public func contains(_ key: ObjectKey) -> Bool { entries[key] != nil }

    /// Why the sandbox's class fits nowhere; nil while that is not known.
    public func refusal(of key: ObjectKey) -> Refusal? { entries[key].flatMap { wards[$0.classID]?.refusal } }

    /// The parked sandboxes of a sandbox's class.
    func parkedAlike(_ key: ObjectKey) -> Set<ObjectKey> {
        entries[key].flatMap { wards[$0.classID]?.parkedKeys } ?? []
    }

    func identity(of key: ObjectKey) -> SchedulingClass? { entries[key].flatMap { wards[$0.classID]?.identity } }

    // MARK: Coming and going

    /// Puts a sandbox in the line; one that waits already stays where it is, unless it is of another class now.
    public mutating func add(_ key: ObjectKey, _ identity: SchedulingClass) {
        if let entry = entries[key] {
            guard wards[entry.classID]?.identity != identity else { return }
            remove(key)
        }
        let id = classIDs[identity] ?? make(identity)
        wards[id]?.members += 1
        entries[key] = Entry(classID: id, priority: identity.priority, order: 0, place: .binding)
        activate(key)
    }

    /// Forgets a sandbox: it is bound, or gone.
    public mutating func remove(_ key: ObjectKey) {
        guard let entry = entries[key] else { return }
        leave(key)
        entries[key] = nil
        wards[entry.classID]?.members -= 1
        if wards[entry.classID]?.members == 0 { drop(entry.classID) } else { settle(entry.classID) }
        let entries = entries
        line.compact(wanted: entries.count) { entries[$0.key]?.order == $0.order }
        backoffs.compact(wanted: entries.count) { entries[$0.key]?.order == $0.order }
    }

    /// The next to try; nil when all wait for something else.
    public mutating func next(now: Duration) -> ObjectKey? {
        release(now: now)
        while let ticket = line.removeMinimum() {
            guard let entry = entries[ticket.key], entry.order == ticket.order, entry.place == .active else { continue }
            return ticket.key
        }
        return nil
    }

    // MARK: What became of a try

    /// It has a place, if the bind succeeds: the next of its class may be tried.
    public mutating func assumed(_ key: ObjectKey) {
        guard let id = entries[key]?.classID else { return }
        leave(key)
        settle(id)
    }

    /// It fits nowhere.
    /// - Returns: whether the class was refused before in the same words, numbers aside.
    @discardableResult
    public mutating func refuse(_ key: ObjectKey, _ refusal: Refusal, now: Duration) -> Bool {
        guard let id = entries[key]?.classID else { return true }
        setAside(key, now: now)
        park(key)
        let isKnown = wards[id]?.refusal.map { $0.message.withoutNumbers == refusal.message.withoutNumbers }
        mark(id, refusal, now: now)
        return isKnown ?? false
    }

    /// It fits nowhere, and is of another class than was thought: its old class goes on without it.
    /// - Returns: as `refuse(_:_:now:)`.
    mutating func refuse(_ key: ObjectKey, as identity: SchedulingClass, _ refusal: Refusal, now: Duration) -> Bool {
        if let id = entries[key]?.classID, wards[id]?.identity != identity {
            let attempts = entries[key]?.attempts ?? 0
            remove(key)
            add(key, identity)
            entries[key]?.attempts = attempts
        }
        return refuse(key, refusal, now: now)
    }

    /// Its class was refused, and nothing has helped the class since.
    mutating func refuseAlike(_ key: ObjectKey, now: Duration) {
        setAside(key, now: now)
        park(key)
    }

    /// Its bind failed: it is tried again after the back-off, whatever happens.
    public mutating func retry(_ key: ObjectKey, now: Duration) {
        guard entries[key] != nil else { return }
        setAside(key, now: now)
        backOff(key)
    }

    /// Something happened: wakes the first of each class that it may help.
    public mutating func wake(for event: ClusterEvent) {
        for pool in event.pool.map({ [$0] }) ?? Array(pools[event.namespace] ?? []) {
            let key = PoolKey(namespace: event.namespace, pool: pool)
            var helped: Set<Int> = []
            for (refusers, ids) in refused[key] ?? [:] {
                looks += 1
                if refusers.areHelped(by: event) { helped.formUnion(ids) }
            }
            for id in event.labels.flatMap({ minding[key]?.candidates($0) }) ?? [] {
                looks += 1
                guard let ward = wards[id], let refusal = ward.refusal else { continue }
                if ward.identity.minds(event, refusedBy: refusal.plugins) { helped.insert(id) }
            }
            for id in helped { reopen(id) }
        }
    }

    // MARK: Classes

    private mutating func make(_ identity: SchedulingClass) -> Int {
        lastID += 1
        classIDs[identity] = lastID
        wards[lastID] = Ward(identity: identity)
        return lastID
    }

    private mutating func drop(_ id: Int) {
        unmark(id)
        if let identity = wards.removeValue(forKey: id)?.identity { classIDs[identity] = nil }
        let known = wards.keys
        flushes.compact(wanted: known.count) { known.contains($0.classID) }
    }

    private mutating func mark(_ id: Int, _ refusal: Refusal, now: Duration) {
        unmark(id)
        guard let identity = wards[id]?.identity else { return }
        wards[id]?.refusal = refusal
        wards[id]?.refusedAt = now
        let key = PoolKey(namespace: identity.namespace, pool: identity.pool)
        refused[key, default: [:]][identity.refusers(refusal.plugins), default: []].insert(id)
        minding[key, default: SelectorIndex()].insert(id, identity.minded)
        pools[identity.namespace, default: []].insert(identity.pool)
        if wards[id]?.hasFlush == false {
            wards[id]?.hasFlush = true
            flushes.insert(Flush(due: now + Self.longestParked, classID: id))
        }
    }

    private mutating func unmark(_ id: Int) {
        guard let plugins = wards[id]?.refusal?.plugins, let identity = wards[id]?.identity else { return }
        wards[id]?.refusal = nil
        let key = PoolKey(namespace: identity.namespace, pool: identity.pool)
        let refusers = identity.refusers(plugins)
        refused[key]?[refusers]?.remove(id)
        if refused[key]?[refusers]?.isEmpty == true { refused[key]?[refusers] = nil }
        minding[key]?.remove(id, identity.minded)
        guard refused[key]?.isEmpty == true else { return }
        refused[key] = nil
        minding[key] = nil
        pools[key.namespace]?.remove(key.pool)
        if pools[key.namespace]?.isEmpty == true { pools[key.namespace] = nil }
    }

    /// The class may fit now: its first parked one is tried, whoever else is on the way.
    private mutating func reopen(_ id: Int) {
        unmark(id)
        wakeFirst(of: id)
    }

    /// A class that was not refused has somebody on the way, as long as anybody waits.
    private mutating func settle(_ id: Int) {
        guard let awake = wards[id]?.awake, awake == 0, wards[id]?.refusal == nil else { return }
        wakeFirst(of: id)
    }

    private mutating func wakeFirst(of id: Int) {
        while let ticket = wards[id]?.parked.removeMinimum() {
            guard let entry = entries[ticket.key], entry.order == ticket.order, entry.place == .parked else { continue }
            return backOff(ticket.key)
        }
    }

    // MARK: Places

    private mutating func leave(_ key: ObjectKey) {
        guard let entry = entries[key] else { return }
        switch entry.place {
        case .active, .backoff: wards[entry.classID]?.awake -= 1
        case .parked:
            wards[entry.classID]?.parkedKeys.remove(key)
            let (wanted, entries) = (wards[entry.classID]?.parkedKeys.count ?? 0, entries)
            wards[entry.classID]?.parked.compact(wanted: wanted) { entries[$0.key]?.order == $0.order }
        case .binding: break
        }
        entries[key]?.place = .binding
    }

    private mutating func enter(_ key: ObjectKey, _ place: Place) -> Ticket? {
        leave(key)
        guard let entry = entries[key] else { return nil }
        lastOrder += 1
        // Who was parked keeps its turn.
        let order = entry.order == 0 || place == .active ? lastOrder : entry.order
        entries[key]?.order = order
        entries[key]?.place = place
        if place == .parked {
            wards[entry.classID]?.parkedKeys.insert(key)
        } else {
            wards[entry.classID]?.awake += 1
        }
        return Ticket(priority: entry.priority, order: order, key: key)
    }

    private mutating func activate(_ key: ObjectKey) {
        if let ticket = enter(key, .active) { line.insert(ticket) }
    }

    private mutating func setAside(_ key: ObjectKey, now: Duration) {
        entries[key]?.attempts += 1
        entries[key]?.since = now
    }

    private mutating func park(_ key: ObjectKey) {
        guard let ticket = enter(key, .parked), let id = entries[key]?.classID else { return }
        wards[id]?.parked.insert(ticket)
    }

    private mutating func backOff(_ key: ObjectKey) {
        guard let entry = entries[key], var ticket = enter(key, .backoff) else { return }
        ticket.due = entry.since + Self.backoff(entry.attempts)
        backoffs.insert(ticket)
    }

    private mutating func release(now: Duration) {
        while let flush = flushes.minimum, flush.due <= now {
            _ = flushes.removeMinimum()
            wards[flush.classID]?.hasFlush = false
            guard wards[flush.classID]?.refusal != nil, let since = wards[flush.classID]?.refusedAt else { continue }
            if since + Self.longestParked <= now {
                reopen(flush.classID)
            } else {
                wards[flush.classID]?.hasFlush = true
                flushes.insert(Flush(due: since + Self.longestParked, classID: flush.classID))
            }
        }
        while let ticket = backoffs.minimum, ticket.due <= now {
            _ = backoffs.removeMinimum()
            guard let entry = entries[ticket.key], entry.order == ticket.order, entry.place == .backoff else {
                continue
            }
            activate(ticket.key)
        }
    }

    private static func backoff(_ attempts: Int) -> Duration {
        min(longestBackoff, firstBackoff * (1 << min(max(0, attempts - 1), 12)))
    }
}

extension String {
    /// Two refusals that differ in their counts alone say the same.
    var withoutNumbers: String { String(decoding: utf8.filter { !(48...57).contains($0) }, as: UTF8.self) }
}
