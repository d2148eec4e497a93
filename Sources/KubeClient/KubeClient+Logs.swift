import FoundationEssentials
import KubeAPI

extension KubeClient {
    /// More than a line of any container runtime, which cut them at 16 KiB and join the pieces.
    private static let logLineLimit = 4 << 20

    /// Reads the log of a container.
    ///
    /// Nothing is sent before the first line is asked for, and no more is read than is asked for. Empty lines are left
    /// out. An open stream that is silent for 11 minutes ends with `KubeClientError.Code.timedOut`.
    ///
    /// - Parameters:
    ///   - pod: the pod's name.
    ///   - container: the container's.
    ///   - namespace: of the pod.
    ///   - query: of core/v1's `PodLogOptions`, all but `container`.
    /// - Returns: the lines without their ends, until the log's end, which of one that is followed is the container's.
    public func logLines(
        of pod: String, container: String, namespace: String, query: [(String, String)]
    ) -> AsyncThrowingStream<Data, any Error> {
        lines(
            path: Pod.resource.path(
                namespace: KubeRequest.encode(namespace), name: KubeRequest.encode(pod), subresource: "log"),
            query: [("container", container)] + query, limit: Self.logLineLimit)
    }
}
