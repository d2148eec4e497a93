import FoundationEssentials
import KubeAPI
import KubeClient

/// What each verb of the API does to the store.
extension FakeStore {
    mutating func serve(_ request: KubeRequest) throws -> JSONValue {
        let target = try FakeTarget(path: request.path)
        let body = try request.body.map { try JSONValue(parsing: $0) } ?? [:]
        switch (request.method, target.name) {
        case ("GET", nil):
            let items = list(target, FakeSelection(request))
            return ["metadata": ["resourceVersion": .string("\(revision)")], "items": .array(items)]
        case ("GET", _): return try get(target)
        case ("POST", nil): return try create(target, body)
        case ("PUT", .some): return try update(target, body)
        case ("PATCH", .some):
            let old = try get(target)
            let isMerge = request.contentType == "application/merge-patch+json"
            return try update(target, isMerge ? old.merging(body) : try old.applying(operations: body))
        case ("DELETE", .some): return try delete(target, options: body)
        default:
            throw Status(
                code: 405, reason: "MethodNotAllowed", message: "\(request.method) \(request.path) is not served")
        }
    }

    private mutating func create(_ target: FakeTarget, _ body: JSONValue) throws -> JSONValue {
        var target = target
        var object = body
        if object[["metadata", "name"]] == nil, let prefix = object[["metadata", "generateName"]]?.stringValue {
            object["metadata"]?["name"] = .string("\(prefix)\(revision + 1)")
        }
        target.name = object[["metadata", "name"]]?.stringValue
        if (try? get(target)) != nil {
            throw Status(
                code: 409, reason: "AlreadyExists", message: "\(target.collection) \"\(target.key)\" already exists")
        }
        object["metadata"]?["uid"] = .string(newUID())
        object["metadata"]?["generation"] = 1
        object["metadata"]?["creationTimestamp"] = .string(
            Timestamp(seconds: 1_700_000_000 + Int64(revision)).description)
        object["status"] = nil
        return try put(target, object)
    }

    private mutating func update(_ target: FakeTarget, _ body: JSONValue) throws -> JSONValue {
        let old = try get(target)
        let version = body[["metadata", "resourceVersion"]]
        if let version, version != old[["metadata", "resourceVersion"]] { throw Self.conflict(target) }
        var new = target.subresource == "status" ? old : body
        new["status"] = target.subresource == "status" ? body["status"] : old["status"]
        for field in ["uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation"] {
            new["metadata"]?[field] = old[["metadata", field]]
        }
        if new["spec"] != old["spec"] {
            new["metadata"]?["generation"] = .int((old[["metadata", "generation"]]?.intValue ?? 0) + 1)
        }
        new["metadata"]?["resourceVersion"] = old[["metadata", "resourceVersion"]]
        if new == old { return old }
        let stored = try put(target, new)
        guard Self.isDeleting(stored), !Self.hasFinalizers(stored) else { return stored }
        return try remove(target)
    }

    private mutating func delete(_ target: FakeTarget, options: JSONValue) throws -> JSONValue {
        var object = try get(target)
        for field in ["uid", "resourceVersion"] {
            guard let expected = options[["preconditions", field]] else { continue }
            guard expected == object[["metadata", field]] else { throw Self.conflict(target) }
        }
        guard Self.hasFinalizers(object) else { return try remove(target) }
        guard !Self.isDeleting(object) else { return object }
        object["metadata"]?["deletionTimestamp"] = .string(
            Timestamp(seconds: 1_700_000_000 + Int64(revision)).description)
        object["metadata"]?["deletionGracePeriodSeconds"] = options["gracePeriodSeconds"] ?? 0
        return try put(target, object)
    }

    private static func hasFinalizers(_ object: JSONValue) -> Bool {
        !(object[["metadata", "finalizers"]]?.arrayValue ?? []).isEmpty
    }

    private static func isDeleting(_ object: JSONValue) -> Bool { object[["metadata", "deletionTimestamp"]] != nil }

    private static func conflict(_ target: FakeTarget) -> Status {
        Status(
            code: 409, reason: "Conflict",
            message: "\(target.collection) \"\(target.key)\": the object has been modified; try again")
    }
}
