import KubeAPI
import NestAPI

/// A failed pod keeps its place for this long after it was made, so that one that cannot work is not made again and
/// again without a pause.
let failedPodSeconds = 10.0
/// How long a node is kept closed before its empty pod goes: a bind that was under way is seen by then.
let drainSeconds = 1.0
/// How often a pool looks whether the silence of most pods is over.
let disruptedSeconds = 5.0

/// Decides which pods a ResourcePool needs: `warmPods` empty ones at all times, more while sandboxes find no room, and
/// none beyond `maxPods`; an empty one too many goes after `idlePodSeconds`.
///
/// An empty pod that was made before the pool's runtimes, or the layers that it preloads, changed is no spare, and goes at once.
/// A silent pod is no spare, and keeps its place until it is given up; while most pods are silent at once, none is made
/// or deleted for that.
/// - Parameters:
///   - seen: the pool, its pods and what is in them.
///   - now: the wall clock.
/// - Returns: the writes, and what to remember until the next round.
public func plan(_ seen: PoolObserved, now: Timestamp) -> PoolPlan {
    var plan = PoolPlan()
    let pool = seen.pool
    guard pool.metadata.deletionTimestamp == nil else { return plan }
    let counts = Dictionary(seen.sandboxes.map { ($0.node, 1) }, uniquingKeysWith: +)
    let places = seen.pods.map { Place($0, seen: seen, sandboxes: counts[$0.metadata.name] ?? 0, now: now) }
    if seen.isDisrupted {
        plan.lookAgain(disruptedSeconds)
    } else {
        plan.delete = places.filter { $0.isFailed && !$0.isHeld && !$0.isGoing }.map(\.pod)
    }
    let live = places.filter { !$0.isGoing && (!$0.isFailed || $0.isHeld) }
    for place in live where place.isEmpty { plan.emptySince[place.name] = place.emptySince }
    plan.grow(pool.spec, live: live, seen: seen)
    if !seen.isDisrupted { plan.shrink(pool.spec, live: live, now: now) }
    for place in live where place.isHeld { plan.lookAgain(failedPodSeconds - place.age) }
    plan.status = status(of: pool, live: live, now: now)
    return plan
}

/// One pod with what is in it.
struct Place {
    let pod: Pod
    let node: SandboxNode?
    let sandboxes: Int
    /// Seconds since the pod was made.
    let age: Double
    let emptySince: Timestamp
    let isSilent: Bool
    /// Empty, and not as a pod of the pool would be made now.
    let isOutdated: Bool

    init(_ pod: Pod, seen: PoolObserved, sandboxes: Int, now: Timestamp) {
        self.pod = pod
        self.sandboxes = sandboxes
        node = seen.nodes[pod.metadata.name]
        isSilent = !seen.isDisrupted && node?.isSilent ?? false
        age = pod.metadata.creationTimestamp.map { now.seconds(since: $0) } ?? 0
        emptySince = seen.emptySince[pod.metadata.name] ?? now
        isOutdated = sandboxes == 0 && !seen.pool.spec.isMade(pod)
    }

    var name: String { pod.metadata.name }
    var isGoing: Bool { pod.metadata.deletionTimestamp != nil }
    var isFailed: Bool { pod.status.phase == "Failed" || pod.status.phase == "Succeeded" }
    var isHeld: Bool { isFailed && age < failedPodSeconds }
    var isReady: Bool { node?.isReady ?? false }
    var isEmpty: Bool { sandboxes == 0 }
    /// Closed by the pool controller itself.
    var isDraining: Bool { node.map { $0.spec.unschedulable && $0.isMarkedIdle } ?? false }
    /// Empty, and open to sandboxes now or soon.
    var isSpare: Bool { isEmpty && !isSilent && !isOutdated && !(node?.isClosed ?? false) }
}

extension ResourcePoolSpec {
    /// Whether a pod has what a pod of this pool is to have: its runtimes and layers, and room for as many
    /// sandboxes.
    ///
    /// One that does not say what it was made with is taken as it is.
    fileprivate func isMade(_ pod: Pod) -> Bool {
        guard let text = pod.metadata.annotations[NestGroup.poolSpecAnnotation],
            let was = try? JSONValue(parsing: text.utf8).decoded(as: ResourcePoolSpec.self)
        else { return true }
        return was.runtimes == runtimes && was.preload == preload && was.maxSandboxesPerPod == maxSandboxesPerPod
    }
}

extension SandboxNode {
    /// Whether somebody keeps sandboxes away; that a node is not ready, silent, or short of something passes by itself.
    public var isClosed: Bool {
        spec.unschedulable || spec.taints.contains { $0.effect != .preferNoSchedule && !$0.isOfLifecycle }
    }

    /// What it says of its not being ready; nil when it is, or says nothing.
    public var trouble: String? {
        status.conditions["Ready"].flatMap { $0.status == .yes || $0.message.isEmpty ? nil : $0.message }
    }

    /// Whether the pool controller has closed the node.
    public var isMarkedIdle: Bool { metadata.annotations[NestGroup.drainAnnotation] != nil }
}

extension PoolPlan {
    fileprivate mutating func lookAgain(_ seconds: Double) {
        lookAgainAfter = min(lookAgainAfter ?? .infinity, max(0.05, seconds))
    }

    /// Makes up for used and lost spares, and for sandboxes that find no room.
    ///
    /// A pod that is about to go stays instead.
    fileprivate mutating func grow(_ spec: ResourcePoolSpec, live: [Place], seen: PoolObserved) {
        let spares = live.filter(\.isSpare)
        // While a ready pod is empty, what does not fit there would not fit a further one either.
        let runtimes = Set(spec.runtimes.map(\.name))
        let waiting =
            spares.contains(where: \.isReady)
            ? 0 : seen.sandboxes.count { $0.waitsFor.map(runtimes.contains) ?? false }
        let perPod = max(1, spec.maxSandboxesPerPod)
        var lacking = spec.warmPods + (waiting + perPod - 1) / perPod - spares.count
        for place in live where lacking > 0 && place.isDraining && !place.isOutdated {
            if let node = place.node { uncordon.append(node) }
            lacking -= 1
        }
        create = max(0, min(lacking, spec.maxPods - live.count))
    }

    /// Takes away empty pods that nobody needed for a while: first closes them, then, if they stayed empty, deletes.
    fileprivate mutating func shrink(_ spec: ResourcePoolSpec, live: [Place], now: Timestamp) {
        guard create == 0, uncordon.isEmpty else { return }
        for place in live where place.isDraining && !place.isEmpty {
            if let node = place.node { uncordon.append(node) }
        }
        let draining = live.filter { $0.isDraining && $0.isEmpty }
        for place in live where place.isOutdated && !place.isDraining { close(place) }
        for place in draining { remove(place, idleFor: now.seconds(since: place.emptySince), spec) }
        let spares = live.filter(\.isSpare)
            .sorted { ($0.isReady ? 1 : 0, $0.emptySince, $0.name) < ($1.isReady ? 1 : 0, $1.emptySince, $1.name) }
        let surplus = max(spares.count - spec.warmPods, live.count - draining.count - spec.maxPods)
        for place in spares.prefix(max(0, surplus)) {
            let left = Double(spec.idlePodSeconds) - now.seconds(since: place.emptySince)
            if left > 0 { lookAgain(left) } else { close(place) }
        }
    }

    private mutating func close(_ place: Place) {
        guard let node = place.node else { return delete.append(place.pod) }
        cordon.append(node)
        lookAgain(drainSeconds)
    }

    private mutating func remove(_ place: Place, idleFor idle: Double, _ spec: ResourcePoolSpec) {
        guard !place.isOutdated else { return delete.append(place.pod) }
        let left = Double(spec.idlePodSeconds) + drainSeconds - idle
        if left > 0 { lookAgain(min(left, drainSeconds)) } else { delete.append(place.pod) }
    }
}

/// What the first pod that says so lacks.
private func trouble(of live: [Place]) -> String? {
    live.sorted { $0.name < $1.name }.lazy.compactMap { place in
        place.node?.trouble.map { " \(place.name): \($0)" }
    }.first
}

private func status(of pool: ResourcePool, live: [Place], now: Timestamp) -> ResourcePoolStatus? {
    var status = ResourcePoolStatus()
    status.observedGeneration = pool.metadata.generation
    status.pods = live.count
    status.readyPods = live.count(where: \.isReady)
    status.warmPods = live.count { $0.isReady && $0.isSpare }
    status.sandboxes = live.reduce(0) { $0 + $1.sandboxes }
    status.conditions = pool.status.conditions
    let isIdle = pool.spec.warmPods == 0 && live.isEmpty
    let isReady = status.readyPods > 0 || isIdle
    status.conditions.set(
        Condition(
            type: "Ready", status: isReady ? .yes : .no,
            reason: isIdle ? "NoPodNeeded" : isReady ? "PodsReady" : "NoPodReady",
            message: isReady ? "" : "None of \(live.count) pods is ready." + (trouble(of: live) ?? ""),
            observedGeneration: pool.metadata.generation, lastTransitionTime: now.wholeSeconds))
    return status == pool.status ? nil : status
}
