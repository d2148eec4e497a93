import FoundationEssentials
import KubeAPI

extension KubeClient {
    /// The changes after `resourceVersion`, in order, until the server ends the watch (after 5 to 10 minutes, as
    /// client-go asks for), the connection breaks or the iterating task is cancelled.
    ///
    /// Nothing is sent before the first event is asked for, and no more is read than is asked for. An ERROR event
    /// ends the stream by throwing its `Status`: `isExpired` means that the version is gone and to list again.
    public func watch<T: KubeObject>(
        _ type: T.Type = T.self, namespace: String? = nil, labelSelector: String? = nil, fieldSelector: String? = nil,
        resourceVersion: String
    ) -> AsyncThrowingStream<WatchEvent<T>, any Error> {
        let scope = KubeRequest.Scope(
            namespace: namespace, labelSelector: labelSelector, fieldSelector: fieldSelector)
        let timeout = Int.random(in: 300...600)
        let reader = WatchReader<T>(transport: transport, server: server) {
            try KubeRequest.watch(T.resource, scope, resourceVersion: resourceVersion, timeoutSeconds: timeout)
        }
        return AsyncThrowingStream { try await reader.next() }
    }
}
