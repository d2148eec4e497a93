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

        public init(name: String, version: String = "", idle: Int = 0, failure: String? = nil) {
            self.name = name
            self.version = version
            self.idle = idle
            self.failure = failure
        }

        /// Hosts of it have never booted, and do not.
        var isBroken: Bool { failure != nil && version.isEmpty }
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
    ///   - isClosed: the pod ends.
    public init(_ runtimes: [Runtime], pool: [ResourcePoolSpec.Runtime], isClosed: Bool) {
        let known = runtimes.sorted { $0.name < $1.name }
        let broken = known.filter(\.isBroken)
        let expected = Set(pool.filter { $0.prewarmed > 0 }.map(\.name))
        let isBooting =
            known.isEmpty && !expected.isEmpty
            || known.contains { expected.contains($0.name) && $0.version.isEmpty && !$0.isBroken }
        let isUseless = !known.isEmpty && broken.count == known.count
        isReady = !isClosed && !isBooting && !isUseless
        reason =
            isClosed ? "PodTerminating" : isUseless ? "RuntimeFailed" : isBooting ? NodeReason.booting : "SidecarReady"
        let failures = known.compactMap { runtime in runtime.failure.map { "\(runtime.name): \($0)" } }
        message = String(failures.joined(separator: "; ").prefix(1000))
        self.runtimes = known.filter { !$0.isBroken }.map {
            .init(name: $0.name, version: $0.version, prewarmed: $0.idle)
        }
    }
}
