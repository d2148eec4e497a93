import NIOCore
import Planning

/// One event loop's side of a function: its connections and counts, which outlive changes of the route.
final class LoopFunction {
    private(set) var route: FunctionRoute
    private(set) var pools: [UpstreamPool]
    var counters = FunctionCounters()
    /// Whether the loop's next sample holds it.
    var isMetered = false
    /// What the last sample has counted already.
    var sampled = FunctionCounters.Count()
    /// When a reading said last that a request has met no sandbox; `isUrgent` while another is to.
    var urgentAt: NIODeadline?
    var isUrgent = false
    /// The requests that wait for a sandbox.
    var backlog = HeldQueue<ClientConnection>()
    /// Whether requests wait, or did a moment ago: the only thing of it that a request looks at which need not wait.
    var isHolding = false
    /// Whether the backlog is being given to sandboxes: what is called meanwhile leaves the going on to that.
    var isReleasing = false
    /// `NAMESPACE/NAME`, for messages.
    var name: String { route.key.description }

    init(_ route: FunctionRoute) {
        self.route = route
        pools = route.endpoints.map(UpstreamPool.init)
    }

    /// Takes over a newer route; the pools of endpoints that stay are kept.
    func update(to route: FunctionRoute) {
        guard route.version != self.route.version else { return }
        self.route = route
        var old = Dictionary(pools.map { ($0.endpoint, $0) }) { first, _ in first }
        pools = route.endpoints.map { old.removeValue(forKey: $0) ?? UpstreamPool($0) }
        for pool in old.values { pool.retire() }
    }

    /// The function is gone.
    func retire() {
        for pool in pools { pool.retire() }
        pools = []
    }

    /// Picks a pool for a request.
    ///
    /// - Parameters:
    ///   - failed: a pool that this request could not connect to.
    ///   - random: 64 random bits.
    /// - Returns: nil if no sandbox is ready.
    func choose(excluding failed: UpstreamPool? = nil, random: UInt64) -> UpstreamPool? {
        let excluded = failed.flatMap { failed in pools.firstIndex { $0 === failed } }
        let choice = EndpointChoice.leastInFlight(of: pools.count, excluding: excluded, random: random) {
            pools[$0].inFlight
        }
        switch choice {
        case .noneReady: return nil
        case .endpoint(let index): return pools[index]
        }
    }

    /// The pool for the longest-waiting request; nil if none has room.
    func poolForBacklog(_ now: NIODeadline, loops: Int) -> UpstreamPool? {
        let spread = BacklogSpread(concurrency: route.terms.concurrency, loops: loops)
        return spread.next(of: pools.count) { pools[$0].load(now) }.map { pools[$0] }
    }
}
