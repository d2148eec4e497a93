import NestAPI

/// Whether a pod can take sandboxes, by what its shim says of the runtimes.
public struct NodeReadiness: Sendable, Equatable {
    /// One runtime, as it is.
    public struct Runtime: Sendable, Equatable {
        public var name: String
        /// Empty until a host has booted.
        public var version: String
        /// Booted, empty hosts.
        public var idle: Int
        /// Why hosts do not boot; nil when they do.
        public var failure: String?
        /// Nil when it preloads nothing.
        public var preload: Preload?

        public init(
            name: String, version: String = "", idle: Int = 0, failure: String? = nil, preload: Preload? = nil
        ) {
            self.name = name
            self.version = version
            self.idle = idle
            self.failure = failure
            self.preload = preload
        }

        /// Hosts of it have never booted, and do not.
        var isBroken: Bool { failure != nil && version.isEmpty }
    }

    /// What hosts have loaded of the layers that the pool preloads.
    public struct Preload: Sendable, Equatable {
        /// A host has loaded them.
        public var isDone: Bool
        /// Why hosts do not load them; nil when they do.
        public var failure: String?

        public init(isDone: Bool, failure: String? = nil) {
            self.isDone = isDone
            self.failure = failure
        }
    }

    public let isReady: Bool
    /// Of the condition `Ready`.
    public let reason: String
    /// What is wrong with each runtime that does not boot.
    public let message: String
    /// What sandboxes can ask for here, by name.
    public let runtimes: [SandboxNodeStatus.Runtime]

    /// One runtime that is broken takes nothing from the others.
    ///
    /// - Parameters:
    ///   - runtimes: what the shim has said so far.
    ///   - pool: what the pool wants.
    ///   - layers: what has become of the layers that it preloads.
    ///   - isClosed: the pod ends.
    public init(
        _ runtimes: [Runtime], pool: [ResourcePoolSpec.Runtime], layers: LayerPreload.State = .nothing, isClosed: Bool
    ) {
        let known = runtimes.sorted { $0.name < $1.name }
        let broken = known.filter(\.isBroken)
        let expected = Set(pool.filter { $0.prewarmed > 0 }.map(\.name))
        let isBooting =
            known.isEmpty && !expected.isEmpty
            || known.contains { expected.contains($0.name) && $0.version.isEmpty && !$0.isBroken }
        let isUseless = !known.isEmpty && broken.count == known.count
        let loads = known.filter { expected.contains($0.name) && !$0.isBroken }
        let preload = Self.preload(layers, loads)
        isReady = !isClosed && !isBooting && !isUseless && preload.reason == nil
        reason =
            isClosed
            ? "PodTerminating"
            : isUseless
                ? "RuntimeFailed" : isBooting ? NodeReason.booting : preload.reason ?? "SidecarReady"
        let failures = known.compactMap { runtime in runtime.failure.map { "\(runtime.name): \($0)" } }
        message = String((preload.messages + failures).joined(separator: "; ").prefix(1000))
        self.runtimes = known.filter { !$0.isBroken }.map {
            .init(name: $0.name, version: $0.version, prewarmed: $0.idle)
        }
    }

    /// Why the pod is not warm yet, nil when it is; and what is wrong.
    private static func preload(
        _ layers: LayerPreload.State, _ runtimes: [Runtime]
    ) -> (reason: String?, messages: [String]) {
        switch layers {
        case .failed(let message): return ("PreloadFailed", [message])
        case .fetching: return ("Preloading", ["the layers that the pool preloads are being fetched"])
        case .nothing, .fetched: break
        }
        let messages = runtimes.compactMap { runtime in
            runtime.preload?.failure.map { "\(runtime.name): the layers were not preloaded: \($0)" }
        }
        let missing = runtimes.filter { $0.preload?.isDone == false }
        if missing.isEmpty { return (nil, messages) }
        return missing.contains { $0.preload?.failure != nil } ? ("PreloadFailed", messages) : ("Preloading", messages)
    }
}
