import KubeAPI
import NestAPI

/// Everything that a decision about one SandboxEndpoints looks at.
public struct EndpointsObserved: Sendable, Equatable {
    public var deployment: SandboxDeployment
    /// Those that carry the deployment's name as their label.
    public var sandboxes: [Sandbox]
    /// Node name → value of its `topology.kubernetes.io/zone` label.
    public var zones: [String: String]
    /// What is there now; nil when nothing is.
    public var current: SandboxEndpoints?

    public init(
        deployment: SandboxDeployment, sandboxes: [Sandbox], zones: [String: String] = [:],
        current: SandboxEndpoints? = nil
    ) {
        self.deployment = deployment
        self.sandboxes = sandboxes
        self.zones = zones
        self.current = current
    }
}

/// The one write that a SandboxEndpoints needs.
public enum EndpointsWrite: Sendable, Equatable {
    case create(SandboxEndpoints)
    case update(SandboxEndpoints)
}

/// Lists where a deployment's sandboxes can be reached, ordered by sandbox name so that equal facts are equal bytes.
///
/// A sandbox without an address is not listed. One on its way out is listed as `terminating`, and `serving` while it
/// still answers, so that gateways can finish what they have there. A node whose heartbeat is missing changes nothing:
/// the sandboxes may well answer, and a gateway finds out at once when they do not. Source: kubernetes
/// `pkg/controller/endpointslice`, `podToEndpoint`.
/// - Returns: nil when what is there is right already.
public func plan(_ seen: EndpointsObserved) -> EndpointsWrite? {
    let deployment = seen.deployment
    guard deployment.metadata.deletionTimestamp == nil else { return nil }
    let endpoints = seen.sandboxes.filter { deployment.spec.selector.matches($0.metadata.labels) }
        .compactMap { endpoint($0, zones: seen.zones) }
        .sorted { $0.sandbox < $1.sandbox }
    let timeout = deployment.spec.template.spec.timeoutSeconds
    guard var next = seen.current else {
        let metadata = ObjectMeta(
            name: deployment.metadata.name, namespace: deployment.metadata.namespace,
            labels: [NestGroup.deploymentLabel: deployment.metadata.name],
            ownerReferences: [deployment.controllerReference])
        return .create(SandboxEndpoints(metadata: metadata, endpoints: endpoints, timeoutSeconds: timeout))
    }
    next.endpoints = endpoints
    next.timeoutSeconds = timeout
    next.metadata.ownerReferences = [deployment.controllerReference]
    next.metadata.labels[NestGroup.deploymentLabel] = deployment.metadata.name
    return next == seen.current ? nil : .update(next)
}

private func endpoint(_ sandbox: Sandbox, zones: [String: String]) -> Endpoint? {
    guard !sandbox.isFinished, let node = sandbox.spec.nodeName, let port = sandbox.status.port,
        let address = sandbox.status.podIP, !address.isEmpty
    else { return nil }
    let isTerminating = sandbox.isTerminating || sandbox.status.phase == .terminating
    return Endpoint(
        sandbox: sandbox.metadata.name, revision: sandbox.metadata.labels[NestGroup.templateHashLabel] ?? "",
        address: address, port: port, node: node, zone: zones[node],
        conditions: Endpoint.Conditions(
            ready: sandbox.isReady && !isTerminating, serving: sandbox.isReady, terminating: isTerminating))
}
