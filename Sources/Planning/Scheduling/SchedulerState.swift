import KubeAPI
import NestAPI

/// All that the scheduler knows and waits for, as a value: changes go in, steps come out.
public struct SchedulerState: Sendable {
    /// What to carry out.
    public enum Step: Sendable, Equatable {
        case bind(Sandbox, node: String)
        /// To tell these that they fit nowhere: `refusal(of:)` says why.
        case refuse([ObjectKey])
        /// To delete the victims, and to say so.
        case preempt(Sandbox, Preemption, message: String)
    }

    /// More requests than this at once only wait for each other.
    public static let mostUnderWay = 32

    public private(set) var cache = SchedulerCache()
    private var queue = SchedulingQueue()
    private var underWay = 0

    public init() {}

    /// When `next` is worth calling again though nothing happens.
    public var nextDue: Duration? { queue.nextDue }
    /// How many sandboxes have no place yet.
    public var pending: Int { queue.count }

    /// Why a sandbox fits nowhere, and where room is kept for it; nil when that is not so, or not known, any more.
    public func refusal(of sandbox: Sandbox) -> (message: String, nominated: String?)? {
        queue.refusal(of: sandbox.key).map { ($0.message, cache.nomination(of: sandbox)) }
    }

    // MARK: Changes

    public mutating func see(_ sandbox: Sandbox) {
        let key = sandbox.key
        guard sandbox.spec.nodeName == nil, sandbox.isActive else {
            queue.remove(key)
            if sandbox.isFinished { return leave(sandbox) }
            if sandbox.spec.nodeName == nil { return withdraw(sandbox) }
            if cache.observe(sandbox) { tell(about: sandbox) }
            return
        }
        guard !cache.hasPlace(sandbox) else { return }
        // What an earlier scheduler has made room for still is.
        if !queue.contains(key), let node = sandbox.status.nominatedNodeName { cache.nominate(sandbox, on: node) }
        queue.add(key, identity(sandbox))
    }

    public mutating func forget(_ sandbox: Sandbox) {
        queue.remove(sandbox.key)
        leave(sandbox)
    }

    public mutating func see(_ node: SandboxNode, before: SandboxNode?) {
        cache.set(node)
        if let event = ClusterEvent.node(node, before: before) { queue.wake(for: event) }
    }

    public mutating func forget(_ node: SandboxNode) {
        cache.remove(node)
        // One domain less to keep even.
        queue.wake(
            for: ClusterEvent(
                namespace: node.metadata.namespace, pool: node.spec.pool, cures: .sandboxTopologySpread))
    }

    public mutating func see(_ pool: ResourcePool) {
        cache.set(pool)
        queue.wake(for: ClusterEvent(namespace: pool.metadata.namespace, pool: pool.metadata.name, cures: .all))
    }

    public mutating func forget(_ pool: ResourcePool) { cache.remove(pool) }

    private mutating func leave(_ sandbox: Sandbox) {
        if let node = cache.remove(sandbox) { tell(about: sandbox, leaving: node) }
    }

    private mutating func withdraw(_ sandbox: Sandbox) {
        if let node = cache.withdraw(sandbox) { tell(about: sandbox, leaving: node) }
    }

    /// A sandbox came, or left room behind.
    private mutating func tell(about sandbox: Sandbox, leaving node: NodeInfo? = nil) {
        var event = ClusterEvent(
            namespace: sandbox.metadata.namespace, pool: sandbox.spec.pool,
            cures: node == nil ? .sandboxTopologySpread : [.nodeResourcesFit, .sandboxTopologySpread],
            room: node.map { ClusterEvent.Room(free: $0.free, byPriority: $0.byPriority) },
            labels: sandbox.metadata.labels, isRepellent: !sandbox.antiAffinityTerms.isEmpty)
        queue.wake(for: event)
        event.pool = nil
        event.cures = .interSandboxAffinity
        queue.wake(for: event)
    }

    private func identity(_ sandbox: Sandbox, minding: Bool = false) -> SchedulingClass {
        let wasMinding = queue.identity(of: sandbox.key)?.mindsLabels ?? false
        return SchedulingClass(
            sandbox, minding: minding || wasMinding, isNominee: cache.nomination(of: sandbox) != nil)
    }

    // MARK: Steps

    /// Decides for the next sandbox, and counts on the decision at once.
    /// - Parameters:
    ///   - now: the time since any fixed moment.
    ///   - look: finds the newest known version of a sandbox.
    /// - Returns: nil when nothing can be done now.
    public mutating func next(now: Duration, look: (ObjectKey) -> Sandbox?) -> Step? {
        while underWay < Self.mostUnderWay, let key = queue.next(now: now) {
            guard let sandbox = look(key), sandbox.spec.nodeName == nil, sandbox.isActive, !cache.hasPlace(sandbox)
            else {
                queue.remove(key)
                continue
            }
            if queue.refusal(of: key) != nil {
                queue.refuseAlike(key, now: now)
                return .refuse([key])
            }
            switch cache.schedule(sandbox) {
            case .bind(let node):
                if let kept = cache.nomination(of: sandbox), kept != node { withdraw(sandbox) }
                cache.assume(sandbox, on: node)
                queue.assumed(key)
                underWay += 1
                return .bind(sandbox, node: node)
            case .refuse(let refusal): return refuse(sandbox, refusal, now: now)
            }
        }
        return nil
    }

    private mutating func refuse(_ sandbox: Sandbox, _ refusal: Refusal, now: Duration) -> Step {
        let key = sandbox.key
        if let preemption = refusal.preemption {
            if let kept = cache.nomination(of: sandbox), kept != preemption.node { withdraw(sandbox) }
            if let node = cache.nominate(sandbox, on: preemption.node) { tell(about: sandbox, leaving: node) }
        } else if !refusal.keepsNomination {
            withdraw(sandbox)
        }
        let minds = refusal.plugins.contains(.interSandboxAffinity)
        let isKnown = queue.refuse(key, as: identity(sandbox, minding: minds), refusal, now: now)
        if let preemption = refusal.preemption {
            underWay += 1
            return .preempt(sandbox, preemption, message: refusal.message)
        }
        // All of the class fit nowhere for another reason than they were told.
        return .refuse(isKnown ? [key] : Array(queue.parkedAlike(key)))
    }

    /// A bind that the API has acknowledged.
    public mutating func bound(_ sandbox: Sandbox) {
        underWay -= 1
        // The answer may come after the sandbox has been seen to go: then it has no place any more.
        if cache.hasPlace(sandbox) { see(sandbox) }
    }

    /// A bind that failed.
    ///
    /// It is tried again after the back-off, unless the sandbox is gone.
    public mutating func bindFailed(_ sandbox: Sandbox, isGone: Bool, now: Duration) {
        underWay -= 1
        if isGone { queue.remove(sandbox.key) } else { queue.retry(sandbox.key, now: now) }
        if let node = cache.forget(sandbox) { tell(about: sandbox, leaving: node) }
    }

    /// A preemption that was carried out, or was not: if the victims stay, it is decided anew.
    public mutating func preempted(_ sandbox: Sandbox, failed: Bool, now: Duration) {
        underWay -= 1
        guard failed, queue.contains(sandbox.key) else { return }
        withdraw(sandbox)
        queue.retry(sandbox.key, now: now)
    }
}
