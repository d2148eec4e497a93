import KubeAPI
import NestAPI

/// What the scheduler plans from: nodes, and what each has to hold, as a value.
///
/// A bind is assumed as soon as it is decided, so that the next decision counts on it before the API has answered; it
/// is confirmed when the sandbox is seen bound, or forgotten when the bind failed. Source: kubernetes
/// `pkg/scheduler/backend/cache`.
public struct SchedulerCache: Sendable {
    private var namespaces: [String: NamespaceSnapshot] = [:]
    /// How often a sandbox was compared with a node: what a decision costs.
    public internal(set) var evaluations = 0
    /// How many domains were looked at for that: must not depend on how many there are.
    public internal(set) var lookups = 0

    public init() {}

    /// Takes a namespace out, so that it is changed in place and not copied.
    mutating func take(_ namespace: String) -> NamespaceSnapshot? { namespaces.removeValue(forKey: namespace) }
    mutating func put(_ snapshot: NamespaceSnapshot, as namespace: String) {
        if !snapshot.isEmpty { namespaces[namespace] = snapshot }
    }

    private mutating func change<Result>(
        _ namespace: String, _ body: (inout NamespaceSnapshot) -> Result
    ) -> Result {
        var snapshot = take(namespace) ?? NamespaceSnapshot()
        defer { put(snapshot, as: namespace) }
        return body(&snapshot)
    }

    public mutating func set(_ node: SandboxNode) { change(node.metadata.namespace) { $0.set(node) } }
    public mutating func remove(_ node: SandboxNode) {
        change(node.metadata.namespace) { $0.remove(node: node.metadata.name) }
    }
    public mutating func set(_ pool: ResourcePool) { change(pool.metadata.namespace) { $0.set(pool) } }
    public mutating func remove(_ pool: ResourcePool) {
        change(pool.metadata.namespace) { $0.remove(pool: pool.metadata.name) }
    }

    /// Takes in a sandbox as it was observed.
    ///
    /// One that is seen unbound says nothing about a bind that is under way.
    /// - Returns: whether it counts in another way now.
    @discardableResult
    public mutating func observe(_ sandbox: Sandbox) -> Bool {
        guard let node = sandbox.spec.nodeName, !sandbox.isFinished else { return false }
        return change(sandbox.metadata.namespace) { snapshot in
            guard !snapshot.knows(sandbox, on: node) else { return false }
            snapshot.place(sandbox, on: node, isAssumed: false)
            return true
        }
    }

    /// A sandbox that is gone.
    /// - Returns: the node that has more room now.
    @discardableResult
    public mutating func remove(_ sandbox: Sandbox) -> NodeInfo? {
        change(sandbox.metadata.namespace) { snapshot in
            let nominated = snapshot.withdraw(sandbox.metadata.uid)
            return snapshot.release(sandbox.metadata.uid) ?? nominated
        }
    }

    /// Counts on a bind that was just decided.
    public mutating func assume(_ sandbox: Sandbox, on node: String) {
        change(sandbox.metadata.namespace) { $0.place(sandbox, on: node, isAssumed: true) }
    }

    /// Takes back `assume`, unless the sandbox was seen bound meanwhile.
    /// - Returns: the node that has more room now.
    @discardableResult
    public mutating func forget(_ sandbox: Sandbox) -> NodeInfo? {
        change(sandbox.metadata.namespace) { snapshot in
            guard snapshot.placed(sandbox.metadata.uid)?.isAssumed == true else { return nil }
            return snapshot.release(sandbox.metadata.uid)
        }
    }

    /// Keeps room for a sandbox on a node, and gives up what is kept there for lower priorities.
    /// - Returns: the node, when room was given up.
    @discardableResult
    public mutating func nominate(_ sandbox: Sandbox, on node: String) -> NodeInfo? {
        change(sandbox.metadata.namespace) { snapshot in
            let lower = (snapshot.node(node)?.nominees ?? [:]).values.filter { $0.priority < sandbox.spec.priority }
            for nominee in lower { snapshot.withdraw(nominee.uid) }
            snapshot.nominate(sandbox, on: node)
            return lower.isEmpty ? nil : snapshot.node(node)
        }
    }

    /// Keeps no room for the sandbox any more.
    /// - Returns: the node that has more room now.
    @discardableResult
    public mutating func withdraw(_ sandbox: Sandbox) -> NodeInfo? {
        change(sandbox.metadata.namespace) { $0.withdraw(sandbox.metadata.uid) }
    }

    /// Whether the sandbox has a place, observed or assumed.
    public func hasPlace(_ sandbox: Sandbox) -> Bool {
        namespaces[sandbox.metadata.namespace]?.hasPlace(sandbox.metadata.uid) ?? false
    }

    /// Where room is kept for the sandbox.
    public func nomination(of sandbox: Sandbox) -> String? {
        let snapshot = namespaces[sandbox.metadata.namespace]
        return snapshot?.nomination(of: sandbox.metadata.uid).flatMap { snapshot?.nodes[$0].name }
    }

    public func node(_ key: ObjectKey) -> NodeInfo? { namespaces[key.namespace]?.node(key.name) }
}

extension NamespaceSnapshot {
    /// Whether the sandbox is counted just as it now is.
    fileprivate func knows(_ sandbox: Sandbox, on node: String) -> Bool {
        guard let placed = placed(sandbox.metadata.uid), !placed.isAssumed,
            self.node(node)?.sandboxes[sandbox.metadata.uid] != nil
        else { return false }
        return placed.priority == sandbox.spec.priority && placed.isTerminating == sandbox.isTerminating
            && placed.amounts == sandbox.amounts && groups[placed.group]?.identity == SandboxGroups.Identity(sandbox)
    }
}
