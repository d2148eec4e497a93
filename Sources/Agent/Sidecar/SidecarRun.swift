import KubeClient
import Logging
import NIOCore

/// The sidecar of a pod from the start of its process to its end: one `Sidecar` after another, each for one life of the shim.
///
/// All that outlives a shim is its sandboxes' sockets.
actor SidecarRun {
    private let configuration: SidecarConfiguration
    private let client: KubeClient
    private let group: any EventLoopGroup
    private let logger: Logger
    private let sockets = SocketStore()
    private var current: Sidecar?
    private var isEnding = false

    init(configuration: SidecarConfiguration, client: KubeClient, group: any EventLoopGroup, logger: Logger) {
        self.configuration = configuration
        self.client = client
        self.group = group
        self.logger = logger
    }

    /// Works until the task is cancelled.
    /// - Throws: when the shim has ended and none has come in its place.
    func run() async throws {
        while true {
            let sidecar = try Sidecar(
                configuration: configuration, client: client, group: group, logger: logger, sockets: sockets)
            current = sidecar
            do {
                try await sidecar.run()
                return
            } catch let closed as ShimClient.Closed {
                guard !isEnding, !Task.isCancelled else { throw closed }
                logger.warning("the shim has ended; \(sockets.count) sockets of its sandboxes are kept for the next")
            }
        }
    }

    func drainIfPodEnds() async {
        isEnding = true
        await current?.drainIfPodEnds()
    }
}
