import KubeAPI
import NestAPI

/// The slices of one deployment, and what has to be written so that they list given endpoints.
///
/// An endpoint stays in the slice that has it, so that a change of one sandbox is a write of one slice. What is new goes
/// to slices that are written anyhow, then to the fullest slice that holds all of it, then to new ones. An empty
/// slice goes, except the first. Source: kubernetes `staging/src/k8s.io/endpointslice`, `reconcileByPortMapping`.
struct EndpointSlices {
    /// The most endpoints in one slice (`--max-endpoints-per-slice`).
    static let capacity = 100

    private struct Slice {
        /// Nil: it is new.
        var current: SandboxEndpoints?
        var endpoints: [Endpoint] = []
        var room: Int { capacity - endpoints.count }
        var isChanged: Bool { current.map { Set($0.endpoints) != Set(endpoints) } ?? true }
    }

    private let deployment: SandboxDeployment
    /// Whether a sandbox will come while none is ready.
    var holdsRequests = false
    /// What is in its way; the first slice says it.
    var trouble: EndpointsTrouble?
    /// The first is the one with the deployment's name.
    private var slices: [Slice]

    init(of deployment: SandboxDeployment, _ current: [SandboxEndpoints]) {
        self.deployment = deployment
        let first = current.first { $0.metadata.name == deployment.metadata.name }
        let others = current.filter { $0.metadata.name != deployment.metadata.name && $0.isSlice(of: deployment) }
            .sorted { $0.metadata.name < $1.metadata.name }
        slices = [Slice(current: first)] + others.map { Slice(current: $0) }
    }

    func writes(for endpoints: [Endpoint]) -> [EndpointsWrite] {
        var copy = self
        copy.place(endpoints)
        let writes = copy.slices.indices.compactMap { copy.write($0) }
        return writes.filter { !$0.isDelete } + writes.filter(\.isDelete)
    }

    private mutating func place(_ endpoints: [Endpoint]) {
        var left = Dictionary(endpoints.map { ($0.sandbox, $0) }, uniquingKeysWith: { first, _ in first })
        for index in slices.indices {
            for old in slices[index].current?.endpoints ?? [] where slices[index].room > 0 {
                if let kept = left.removeValue(forKey: old.sandbox) { slices[index].endpoints.append(kept) }
            }
        }
        var new = left.values.sorted { $0.sandbox < $1.sandbox }[...]
        for index in slices.indices where slices[index].isChanged { fill(index, from: &new) }
        while !new.isEmpty { fill(roomiest(for: new.count), from: &new) }
    }

    /// The fullest slice that has room for `count`, else any that has room, else a new one.
    private mutating func roomiest(for count: Int) -> Int {
        let open = slices.indices.filter { slices[$0].room > 0 }.sorted { slices[$0].room < slices[$1].room }
        if let index = open.first(where: { slices[$0].room >= count }) ?? open.last { return index }
        slices.append(Slice())
        return slices.count - 1
    }

    private mutating func fill(_ index: Int, from new: inout ArraySlice<Endpoint>) {
        let count = min(slices[index].room, new.count)
        slices[index].endpoints += new.prefix(count)
        new = new.dropFirst(count)
    }

    private func write(_ index: Int) -> EndpointsWrite? {
        let slice = slices[index]
        let endpoints = slice.endpoints.sorted { $0.sandbox < $1.sandbox }
        guard let current = slice.current else { return .create(made(endpoints, isFirst: index == 0)) }
        guard index == 0 || !endpoints.isEmpty else { return .delete(current) }
        var next = current
        next.endpoints = endpoints
        setTerms(of: &next, isFirst: index == 0)
        next.metadata.ownerReferences = [deployment.controllerReference]
        next.metadata.labels[NestGroup.deploymentLabel] = deployment.metadata.name
        return next == current ? nil : .update(next)
    }

    private func made(_ endpoints: [Endpoint], isFirst: Bool) -> SandboxEndpoints {
        let name = deployment.metadata.name
        let metadata = ObjectMeta(
            name: isFirst ? name : "", namespace: deployment.metadata.namespace,
            labels: [NestGroup.deploymentLabel: name], ownerReferences: [deployment.controllerReference],
            generateName: isFirst ? nil : name)
        var slice = SandboxEndpoints(metadata: metadata, endpoints: endpoints)
        setTerms(of: &slice, isFirst: isFirst)
        return slice
    }

    /// All that a gateway needs to know besides where the sandboxes are.
    private func setTerms(of slice: inout SandboxEndpoints, isFirst: Bool) {
        let template = deployment.spec.template.spec
        slice.timeoutSeconds = template.timeoutSeconds
        slice.startupTimeoutSeconds = template.startupTimeoutSeconds
        slice.concurrency = template.concurrency
        slice.holdsRequests = holdsRequests
        slice.trouble = isFirst ? trouble : nil
    }
}

extension SandboxEndpoints {
    fileprivate func isSlice(of deployment: SandboxDeployment) -> Bool {
        let owner = metadata.controller?.uid
        return (owner == nil || owner == deployment.metadata.uid) && metadata.deletionTimestamp == nil
    }
}

extension EndpointsWrite {
    fileprivate var isDelete: Bool { if case .delete = self { true } else { false } }
}
