import KubeAPI
import NestAPI

/// Everything that a decision about the endpoints of one SandboxDeployment looks at.
public struct EndpointsObserved: Sendable, Equatable {
    public var deployment: SandboxDeployment
    /// Those that carry the deployment's name as their label.
    public var sandboxes: [Sandbox]
    /// Node name → value of its `topology.kubernetes.io/zone` label.
    public var zones: [String: String]
    /// Its slices, and whatever has its name.
    public var slices: [SandboxEndpoints]
    /// Whether an autoscaler brings sandboxes up when requests come.
    public var isAutoscaled: Bool

    public init(
        deployment: SandboxDeployment, sandboxes: [Sandbox], zones: [String: String] = [:],
        slices: [SandboxEndpoints] = [], isAutoscaled: Bool = false
    ) {
        self.deployment = deployment
        self.sandboxes = sandboxes
        self.zones = zones
        self.slices = slices
        self.isAutoscaled = isAutoscaled
    }
}

/// One write that the slices of a deployment need.
public enum EndpointsWrite: Sendable, Equatable {
    /// With `generateName` the shell gives the slice a name that no deployment has.
    case create(SandboxEndpoints)
    case update(SandboxEndpoints)
    case delete(SandboxEndpoints)
}

/// Lists where a deployment's sandboxes can be reached, in slices, each ordered by sandbox name so that equal facts are
/// equal bytes.
///
/// A sandbox without an address is not listed. One on its way out is listed as `terminating`, and `serving` while it
/// still answers, so that gateways can finish what they have there. A node whose heartbeat is missing changes nothing:
/// the sandboxes may well answer, and a gateway finds out at once when they do not. While none is ready the slices say
/// whether one will be, and what is known to be in the way. Source: kubernetes `pkg/controller/endpointslice`,
/// `podToEndpoint`.
/// - Returns: nothing when what is there is right already. What is added comes before what is removed.
public func plan(_ seen: EndpointsObserved) -> [EndpointsWrite] {
    let deployment = seen.deployment
    guard deployment.metadata.deletionTimestamp == nil else { return [] }
    let sandboxes = seen.sandboxes.filter { deployment.spec.selector.matches($0.metadata.labels) }
    let endpoints = sandboxes.compactMap { endpoint($0, zones: seen.zones) }
    var slices = EndpointSlices(of: deployment, seen.slices)
    slices.holdsRequests = deployment.spec.replicas > 0 || seen.isAutoscaled
    if !endpoints.contains(where: \.conditions.ready) { slices.trouble = trouble(of: sandboxes) }
    return slices.writes(for: endpoints)
}

/// Of several that do not work the first by name speaks, so that equal facts are equal bytes.
private func trouble(of sandboxes: [Sandbox]) -> EndpointsTrouble? {
    let troubled = sandboxes.filter { $0.trouble != nil }.min { $0.metadata.name < $1.metadata.name }
    return troubled?.trouble.map { EndpointsTrouble(reason: $0.reason, message: $0.message) }
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
