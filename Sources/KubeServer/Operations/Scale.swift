import KubeAPI

/// The scale subresource: an object seen as autoscaling/v1 Scale.
enum Scale {
    /// The Scale of an object.
    ///
    /// Counts that are absent are 0.
    static func view(of object: JSONValue, _ paths: ResourceDefinition.ScalePaths) -> JSONValue {
        var metadata: [String: JSONValue] = [:]
        for field in ["name", "namespace", "uid", "resourceVersion", "creationTimestamp"] {
            metadata[field] = object["metadata"]?[field]
        }
        var status: JSONValue = ["replicas": .int(object[paths.statusReplicas]?.intValue ?? 0)]
        if let path = paths.labelSelector, let selector = object[path] { status["selector"] = selector }
        return [
            "kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": .object(metadata),
            "spec": ["replicas": .int(object[paths.specReplicas]?.intValue ?? 0)],
            "status": status,
        ]
    }

    /// An object with the number of replicas that a Scale asks for.
    static func apply(
        _ scale: JSONValue, to object: JSONValue, _ definition: ResourceDefinition,
        _ paths: ResourceDefinition.ScalePaths
    ) throws(Status) -> JSONValue {
        guard scale["kind"] == "Scale", scale["apiVersion"] == "autoscaling/v1" else {
            throw .badRequest("the body must be an autoscaling/v1 Scale")
        }
        if !scale.name.isEmpty, scale.name != object.name {
            throw .badRequest(
                "the name of the object (\(scale.name)) does not match the name on the URL (\(object.name))")
        }
        let replicas = scale["spec"]?["replicas"]?.intValue ?? 0
        guard replicas >= 0, replicas <= Int64(Int32.max) else {
            throw .invalid(
                definition.type, object.name,
                [.invalid("spec.replicas", .int(replicas), "must be greater than or equal to 0")])
        }
        var result = object
        result.set(.int(replicas), at: paths.specReplicas)
        if let version = scale.resourceVersion, !version.isEmpty {
            result.setMetadata("resourceVersion", .string(version))
        }
        return result
    }
}
