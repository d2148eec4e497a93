import KubeAPI
import TestProcesses
import Testing

/// A CustomResourceDefinition of a group that only one test has.
struct CustomKind: Sendable {
    let space: Space
    let group: String
    let plural: String

    static let definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"

    var client: APIClient { space.client }
    /// A category that no other test's kinds have.
    var category: String { "c" + group.prefix(9) }
    var name: String { "\(plural).\(group)" }
    var definition: String { "\(Self.definitions)/\(name)" }

    /// Where its objects are.
    func path(_ name: String? = nil, version: String = "v1") -> String {
        space.path("\(group)/\(version)", plural, name)
    }

    /// An object of it.
    func object(_ name: String, _ spec: JSONValue = [:], version: String = "v1") -> JSONValue {
        [
            "apiVersion": .string("\(group)/\(version)"), "kind": "Widget", "metadata": ["name": .string(name)],
            "spec": spec,
        ]
    }

    @discardableResult
    func create(_ name: String, _ spec: JSONValue = [:]) async throws -> JSONValue {
        try await client.post(path(), object(name, spec)).expecting(201)
    }

    /// The definition as it would be sent.
    func manifest(_ versions: [JSONValue], scope: String = "Namespaced") -> JSONValue {
        [
            "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "metadata": ["name": .string(name)],
            "spec": [
                "group": .string(group), "scope": .string(scope),
                "names": [
                    "plural": .string(plural), "singular": "widget", "kind": "Widget",
                    "shortNames": [.string("w" + group.prefix(9))], "categories": [.string(category)],
                ],
                "versions": .array(versions),
            ],
        ]
    }

    /// One version of it.
    static func version(
        _ name: String = "v1", served: Bool = true, storage: Bool = true, spec: JSONValue, status: JSONValue? = nil,
        extra: [String: JSONValue] = [:]
    ) -> JSONValue {
        var properties: JSONValue = ["spec": spec]
        if let status { properties["status"] = status }
        var version: JSONValue = [
            "name": .string(name), "served": .bool(served), "storage": .bool(storage),
            "schema": ["openAPIV3Schema": ["type": "object", "properties": properties]],
        ]
        for (key, value) in extra { version[key] = value }
        return version
    }

    /// Runs `body` with a kind of those versions that is established; the definition is deleted afterwards.
    static func run(
        versions: [JSONValue], scope: String = "Namespaced", _ body: @Sendable (CustomKind) async throws -> Void
    ) async throws {
        try await Cluster.run { space in
            let kind = CustomKind(space: space, group: "g\(Name.random()).conformance.nest.dev", plural: "widgets")
            try await space.client.post(definitions, kind.manifest(versions, scope: scope)).expecting(201)
            do {
                try await kind.waitUntilServed()
                try await body(kind)
            } catch {
                _ = try? await space.client.delete(kind.definition)
                throw error
            }
            _ = try await space.client.delete(kind.definition)
        }
    }

    /// Runs `body` with one version whose spec has that schema.
    static func run(
        spec: JSONValue, _ body: @Sendable (CustomKind) async throws -> Void
    ) async throws {
        try await run(versions: [version(spec: spec)], body)
    }

    func waitUntilServed(version: String = "v1") async throws {
        try await Eventually.holds("\(name) is established and served") {
            let crd = try await client.get(definition).expecting(200)
            guard crd.condition("Established") == "True" else { return false }
            return try await client.get("/apis/\(group)/\(version)/\(plural)").code == 200
        }
    }
}

/// That an answer is a Status of kind Failure with all that a client reads.
func expectFailure(
    _ answer: Answer, _ code: Int, _ reason: String, field: String? = nil, saying words: String? = nil,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    let body = answer.body
    var wrong: [String] = []
    if answer.code != code || body["code"] != .int(Int64(code)) { wrong.append("its code is not \(code)") }
    if body["kind"] != "Status" || body["apiVersion"] != "v1" || body["status"] != "Failure" {
        wrong.append("it is no Status of a failure")
    }
    if body["reason"] != .string(reason) { wrong.append("its reason is not \(reason)") }
    let message = body["message"]?.stringValue ?? ""
    if message.isEmpty { wrong.append("it has no message") }
    if let field, !answer.blamedFields.contains(field) {
        wrong.append("it blames \(answer.blamedFields), not \(field)")
    }
    if let words, !message.contains(words) { wrong.append("it does not say '\(words)'") }
    if !wrong.isEmpty {
        Issue.record(
            "\(answer.request): \(wrong.joined(separator: ", ")): \(answer.code) \(answer.text.prefix(800))",
            sourceLocation: sourceLocation)
    }
}
