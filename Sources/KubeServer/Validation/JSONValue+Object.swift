import KubeAPI

/// The parts of `metadata` that the server itself reads and writes.
extension JSONValue {
    var name: String { self["metadata"]?["name"]?.stringValue ?? "" }
    var namespace: String { self["metadata"]?["namespace"]?.stringValue ?? "" }
    var uid: String { self["metadata"]?["uid"]?.stringValue ?? "" }
    var resourceVersion: String? { self["metadata"]?["resourceVersion"]?.stringValue }
    var generation: Int64 { self["metadata"]?["generation"]?.intValue ?? 0 }
    var labels: [String: JSONValue] { self["metadata"]?["labels"]?.objectValue ?? [:] }
    var isBeingDeleted: Bool { self["metadata"]?["deletionTimestamp"] != nil }

    var finalizers: [String] {
        (self["metadata"]?["finalizers"]?.arrayValue ?? []).compactMap(\.stringValue)
    }

    /// The uids of the object's owners.
    var ownerUIDs: [String] {
        (self["metadata"]?["ownerReferences"]?.arrayValue ?? []).compactMap { $0["uid"]?.stringValue }
    }

    /// Sets or, with nil, removes one field of `metadata`.
    mutating func setMetadata(_ key: String, _ value: JSONValue?) {
        var metadata = take("metadata") ?? .object([:])
        metadata[key] = value
        self["metadata"] = metadata
    }

    mutating func setFinalizers(_ finalizers: [String]) {
        setMetadata("finalizers", finalizers.isEmpty ? .none : .some(.array(finalizers.map(JSONValue.string))))
    }

    /// Sets the value at a path of member names, making the objects on the way.
    mutating func set(_ value: JSONValue?, at path: some Collection<String>) {
        guard let first = path.first else { return }
        if path.count == 1 { return self[first] = value }
        var child = take(first) ?? .object([:])
        child.set(value, at: path.dropFirst())
        self[first] = child
    }
}
