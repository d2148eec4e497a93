import ControllerRuntime
import KubeAPI
import NestAPI
import Planning

extension Sidecar {
    /// How often what is to be followed is looked at anew.
    private static let followInterval = Duration.seconds(1)

    /// Keeps watching what running sandboxes follow.
    func followReferences() async {
        var followed: Set<ReferenceWatch.Reference> = []
        while true {
            let wanted = informer.lister.list(.following, IndexName.any).reduce(into: Set<ReferenceWatch.Reference>()) {
                all, sandbox in
                if !sandbox.isTerminating { all.formUnion(ReferenceWatch.Reference.followed(by: sandbox)) }
            }
            if wanted != followed { await references.follow(wanted) }
            followed = wanted
            guard (try? await Task.sleep(for: Self.followInterval)) != nil else { break }
        }
        await references.follow([])
    }

    /// A Secret or ConfigMap has changed, or is seen for the first time: finds the sandboxes that were started with
    /// other values.
    func recheckValues(of reference: ReferenceWatch.Reference) async {
        for object in informer.lister.list(.reference, reference.description) {
            let key = Key(object: object.key, uid: object.metadata.uid)
            // Without an answer, or with a reference to nothing, it runs on as it is.
            guard let digest = try? await currentDigest(of: object), let report = works[key]?.report,
                report.state == .running, let old = report.valuesDigest, old != digest
            else { continue }
            works[key]?.outdated = SandboxObservation.Failure(
                reason: "ValuesChanged",
                message: "\(reference.kind.rawValue) \(object.metadata.namespace)/\(reference.name) has changed "
                    + "(onUpdate: Restart).")
            queue.add(key)
        }
    }

    private func currentDigest(of object: Sandbox) async throws -> String {
        let values = try await EnvironmentResolver(client: client).resolve(
            object, podName: configuration.podName, address: configuration.address)
        return EnvironmentResolver.digest(values, of: object)
    }
}
