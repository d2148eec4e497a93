import NIOCore
import Planning

/// What one event loop counts of a function.
///
/// A scaler and a metrics page read it, by way of the loop.
struct FunctionCounters: Equatable {
    /// Requests that were given to a sandbox, or would have been had there been one.
    var requests = 0
    /// Of these, those still without the end of their answer.
    var inFlight = 0
    /// Of these, those that the gateway had to answer itself.
    var failures = 0
}

/// One event loop's side of a function: its connections and counts, which outlive changes of the route.
final class LoopFunction {
    private(set) var route: FunctionRoute
    private(set) var pools: [UpstreamPool]
    var counters = FunctionCounters()
    /// The requests that wait for a sandbox.
    var backlog = HeldQueue<ClientConnection>()
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
