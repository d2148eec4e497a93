import KubeAPI

/// A patch of one of the three kinds that are understood.
struct PatchBody: Sendable {
    private enum Kind { case merge, json, strategic }

    private let kind: Kind
    private let patch: JSONValue
    /// Members that the patch names twice.
    let duplicates: [String]

    /// - Parameters:
    ///   - call: the request.
    ///   - allowsStrategic: whether the resource takes strategic merge patches.
    /// - Throws: a 415 for other media types, a 400 for broken JSON.
    init(_ call: APICall, allowsStrategic: Bool) throws(Status) {
        var allowed = ["application/json-patch+json", "application/merge-patch+json"]
        if allowsStrategic { allowed.append("application/strategic-merge-patch+json") }
        switch call.mediaType {
        case "application/json-patch+json": kind = .json
        case "application/merge-patch+json": kind = .merge
        case "application/strategic-merge-patch+json" where allowsStrategic: kind = .strategic
        case "application/apply-patch+yaml", "application/apply-patch+cbor":
            var refusal = Status.unsupportedMediaType(call.mediaType, allowed: allowed)
            refusal.message += "; server-side apply is not supported by this server: use client-side apply"
            throw refusal
        default: throw .unsupportedMediaType(call.mediaType, allowed: allowed)
        }
        let (value, duplicates) = try call.json()
        if kind != .json, value.objectValue == nil { throw .badRequest("a merge patch must be a JSON object") }
        patch = value
        self.duplicates = duplicates
    }

    func apply(to object: JSONValue) throws(Status) -> JSONValue {
        switch kind {
        case .merge: return MergePatch.apply(patch, to: object)
        case .strategic: return StrategicMergePatch.apply(patch, to: object)
        case .json:
            do throws(JSONPatch.Failure) { return try JSONPatch.apply(patch, to: object) } catch {
                switch error {
                case .malformed(let why): throw .badRequest("error decoding patch: \(why)")
                case .doesNotApply(let why):
                    throw Status(
                        code: 422, reason: "Invalid",
                        message: "the server rejected our request due to an error in our request: \(why)")
                }
            }
        }
    }
}
