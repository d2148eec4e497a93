import KubeAPI

/// The rules by which one of several processes leads (client-go `leaderelection`), without clock or I/O.
///
/// A lease is judged by how long it has looked the same to us, never by the times in it: clocks differ.
struct LeaderElection {
    enum Decision: Equatable {
        /// There is no lease: create this one.
        case create(Lease)
        /// The lease is ours, or free: write this over it, with its resourceVersion.
        case update(Lease)
        /// Someone else leads, for this long at least unless it gives the lease back.
        case wait(Duration)
    }

    let key: ObjectKey
    let identity: String
    let timing: LeaderElector.Timing
    private var observed: Lease.Spec?
    private var observedAt = Duration.zero
    /// As it was when it was decided on last; nil: it was not there.
    private var found: Lease?

    init(key: ObjectKey, identity: String, timing: LeaderElector.Timing) {
        self.key = key
        self.identity = identity
        self.timing = timing
    }

    /// Decides what to write.
    /// - Parameters:
    ///   - lease: as it is on the server; nil when there is none.
    ///   - now: since any fixed moment, read after the lease: it may have been renewed while it was asked for.
    ///   - time: the wall clock, for people who read the lease.
    /// - Returns: the write that would make or keep this process the leader, or to wait.
    mutating func decide(_ lease: Lease?, now: Duration, time: Timestamp) -> Decision {
        found = lease
        guard var lease else {
            let metadata = ObjectMeta(name: key.name, namespace: key.namespace)
            return .create(Lease(metadata: metadata, spec: spec(after: nil, time)))
        }
        if lease.spec != observed {
            observed = lease.spec
            observedAt = now
        }
        let holder = lease.spec.holderIdentity ?? ""
        if holder != identity, !holder.isEmpty {
            let lifetime = lease.spec.leaseDurationSeconds.map { Duration.seconds($0) } ?? timing.lease
            let left = observedAt + lifetime - now
            guard left <= .zero else { return .wait(left) }
        }
        lease.spec = spec(after: lease.spec, time)
        return .update(lease)
    }

    /// Whether someone else may have led after `look`, or still have written then.
    ///
    /// A lease that was free or our own, and whose version is still the same when we write over it, was nobody else's
    /// meanwhile.
    func isSuccessor(since look: LeaderElector.Look?) -> Bool {
        guard let look else { return true }
        let holder = look.lease?.spec.holderIdentity ?? ""
        guard holder.isEmpty || holder == identity else { return true }
        return found?.metadata.resourceVersion != look.lease?.metadata.resourceVersion
    }

    /// The lease with nobody in it, so that the next leader need not wait; nil when it is not ours.
    func released(_ lease: Lease, time: Timestamp) -> Lease? {
        guard lease.spec.holderIdentity == identity else { return nil }
        var lease = lease
        lease.spec.holderIdentity = ""
        lease.spec.leaseDurationSeconds = 1
        lease.spec.renewTime = time
        return lease
    }

    private func spec(after old: Lease.Spec?, _ time: Timestamp) -> Lease.Spec {
        let isOurs = old?.holderIdentity == identity
        return Lease.Spec(
            holderIdentity: identity, leaseDurationSeconds: Int(timing.lease.components.seconds),
            acquireTime: isOurs ? old?.acquireTime ?? time : time, renewTime: time,
            leaseTransitions: (old?.leaseTransitions ?? 0) &+ (isOurs || old == nil ? 0 : 1))
    }
}
