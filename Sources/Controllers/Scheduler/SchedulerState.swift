import KubeAPI
import NestAPI
import Planning

/// All that the scheduler knows and waits for, as a value behind its lock.
struct SchedulerState: Sendable {
    /// What to carry out for one sandbox.
    enum Task: Sendable {
        case bind(Sandbox, node: String)
        case refuse(Sandbox, message: String)
    }

    /// More requests than this at once only wait for each other.
    static let mostUnderWay = 32

    private var cache = SchedulerCache()
    private var queue = SchedulingQueue()
    private var underWay = 0

    /// When `next` is worth calling again though nothing happens.
    var nextDue: Duration? { queue.nextDue }

    mutating func see(_ sandbox: Sandbox) {
        cache.observe(sandbox)
        if sandbox.spec.nodeName == nil, sandbox.isActive {
            queue.add(sandbox.key, priority: sandbox.spec.priority)
        } else {
            queue.remove(sandbox.key)
        }
        if sandbox.isFinished { makeRoom(in: sandbox.metadata.namespace) }
    }

    mutating func forget(_ sandbox: Sandbox) {
        cache.remove(sandbox)
        queue.remove(sandbox.key)
        if sandbox.spec.nodeName != nil { makeRoom(in: sandbox.metadata.namespace) }
    }

    mutating func see(_ node: SandboxNode, before: SandboxNode?) {
        cache.set(node)
        guard before.map(\.offer) != node.offer else { return }
        makeRoom(in: node.metadata.namespace)
    }

    mutating func forget(_ node: SandboxNode) { cache.remove(node) }

    mutating func see(_ pool: ResourcePool) {
        cache.set(pool)
        makeRoom(in: pool.metadata.namespace)
    }

    mutating func forget(_ pool: ResourcePool) { cache.remove(pool) }

    private mutating func makeRoom(in namespace: String) { queue.moveAside { $0.namespace == namespace } }

    /// Decides for the next sandbox, and counts on the decision at once.
    /// - Parameters:
    ///   - now: the time since any fixed moment.
    ///   - look: finds the newest known version of a sandbox.
    /// - Returns: nil when nothing can be done now.
    mutating func next(now: Duration, look: (ObjectKey) -> Sandbox?) -> Task? {
        while underWay < Self.mostUnderWay, let key = queue.next(now: now) {
            guard let sandbox = look(key), sandbox.spec.nodeName == nil, sandbox.isActive, !cache.hasPlace(sandbox)
            else {
                queue.remove(key)
                continue
            }
            underWay += 1
            switch schedule(sandbox, in: cache) {
            case .bind(let node):
                cache.assume(sandbox, on: node)
                return .bind(sandbox, node: node)
            case .unschedulable(let message):
                queue.setAside(key, now: now)
                return .refuse(sandbox, message: message)
            }
        }
        return nil
    }

    /// A bind that the API has acknowledged.
    mutating func bound(_ sandbox: Sandbox) {
        underWay -= 1
        cache.observe(sandbox)
        queue.remove(sandbox.key)
    }

    /// A bind that failed.
    ///
    /// It is tried again after the back-off, unless the sandbox is gone.
    mutating func bindFailed(_ sandbox: Sandbox, isGone: Bool, now: Duration) {
        underWay -= 1
        cache.forget(sandbox)
        if isGone { queue.remove(sandbox.key) } else { queue.setAside(sandbox.key, now: now, retries: true) }
    }

    /// Tries again after the back-off, whatever happens.
    mutating func retry(_ sandbox: Sandbox) { queue.moveAside { $0 == sandbox.key } }

    /// A refusal that was reported.
    mutating func refused() { underWay -= 1 }
}

extension SandboxNode {
    /// All of a node that may let a sandbox fit which did not.
    fileprivate struct Offer: Equatable {
        var isReady: Bool
        var spec: SandboxNodeSpec
        var labels: [String: String]
        var allocatable: SandboxNodeStatus.Resources?
        var capacity: SandboxNodeStatus.Resources?
        var runtimes: [String]
    }

    fileprivate var offer: Offer {
        Offer(
            isReady: isReady, spec: spec, labels: metadata.labels, allocatable: status.allocatable,
            capacity: status.capacity, runtimes: status.runtimes.map(\.name))
    }
}
