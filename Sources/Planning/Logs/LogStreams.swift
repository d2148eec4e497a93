import KubeAPI
import NestAPI

/// Which pods' logs have to be read for some sandboxes: one stream for each pod.
public struct LogStreams: Sendable, Equatable {
    /// By pod: the sandboxes in it, and when each was made.
    public var pods: [String: [String: Timestamp?]] = [:]
    /// Those that no pod has yet, in the order of their names.
    public var waiting: [String] = []

    public init(_ sandboxes: some Sequence<Sandbox>) {
        for sandbox in sandboxes {
            if let pod = sandbox.spec.nodeName {
                pods[pod, default: [:]].updateValue(sandbox.metadata.creationTimestamp, forKey: sandbox.metadata.name)
            } else {
                waiting.append(sandbox.metadata.name)
            }
        }
        waiting.sort()
    }

    /// How many sandboxes are read.
    public var count: Int { pods.values.reduce(0) { $0 + $1.count } }
}
