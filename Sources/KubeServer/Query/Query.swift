import KubeAPI

/// The parameters of a request's URL, percent-decoded.
struct Query: Sendable {
    private var values: [String: [String]] = [:]

    init() {}

    /// - Parameter text: what stands after the `?`.
    init(_ text: String) {
        for part in text.split(separator: "&") {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let key = PercentEncoding.decode(pair[0], plusIsSpace: true) ?? String(pair[0])
            let value = pair.count > 1 ? PercentEncoding.decode(pair[1], plusIsSpace: true) ?? String(pair[1]) : ""
            values[key, default: []].append(value)
        }
    }

    subscript(key: String) -> String? { values[key]?.first }

    /// True for `1`, `true` and the like; absent is false.
    func flag(_ key: String) -> Bool { ["1", "true", "True", "TRUE", "t"].contains(self[key] ?? "") }

    func int(_ key: String) throws(Status) -> Int64? {
        guard let text = self[key], !text.isEmpty else { return nil }
        guard let value = Int64(text) else { throw .badRequest("\(key) must be a whole number, not \"\(text)\"") }
        return value
    }

    func isDryRun() throws(Status) -> Bool {
        guard let wanted = values["dryRun"]?.filter({ !$0.isEmpty }), !wanted.isEmpty else { return false }
        guard wanted == ["All"] else {
            let given = JSONValue.array(wanted.map(JSONValue.string))
            throw .invalidOptions([.notSupported("dryRun", given, allowed: ["All"])])
        }
        return true
    }

    func writeOptions() throws(Status) -> WriteOptions {
        var options = WriteOptions(isDryRun: try isDryRun())
        if let text = self["fieldValidation"], !text.isEmpty {
            guard let validation = FieldValidation(rawValue: text) else {
                let known: [JSONValue] = ["Ignore", "Warn", "Strict"]
                throw .invalidOptions([.notSupported("fieldValidation", .string(text), allowed: known)])
            }
            options.validation = validation
        }
        return options
    }
}

extension Status {
    /// Parameters of a write that mean nothing.
    static func invalidOptions(_ errors: [FieldError], kind: String = "CreateOptions") -> Status {
        let type = ResourceType(group: "meta.k8s.io", version: "v1", kind: kind, plural: kind.lowercased())
        return .invalid(type, "", errors)
    }
}
