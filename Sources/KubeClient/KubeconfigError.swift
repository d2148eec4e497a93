/// Why a kubeconfig (or a pod's service account) does not say how to reach a server.
public struct KubeconfigError: Error, Equatable, CustomStringConvertible {
    /// What is wrong, where, and what to do.
    public let message: String

    public init(_ message: String) { self.message = message }

    public var description: String { message }
}
