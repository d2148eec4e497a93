import KubeAPI
import Testing

@testable import KubeServer

/// What a few megabytes of hostile input may come to.
@Suite(.timeLimit(.minutes(1))) struct BoundsTests {
    private static func copy(_ from: String, _ path: String) -> JSONValue {
        ["op": "copy", "from": .string(from), "path": .string(path)]
    }

    @Test(arguments: [
        // Each copies the whole into itself: one deeper every time.
        ("deep", JSONValue.array(Array(repeating: copy("/spec", "/spec/a"), count: 5000))),
        // Each doubles what is there.
        ("large", .array((0..<60).map { copy("/spec", $0.isMultiple(of: 2) ? "/spec/a" : "/spec/b") })),
        (
            "many",
            .array(Array(repeating: ["op": "test", "path": "/spec/x", "value": "x"] as JSONValue, count: 10_001))
        ),
    ])
    func aPatchIsBounded(_ name: String, _ patch: JSONValue) {
        let target: JSONValue = ["spec": ["x": "x"]]
        #expect(throws: JSONPatch.Failure.self, "\(name)") { try JSONPatch.apply(patch, to: target) }
    }

    private static func nested(_ depth: Int) -> JSONValue {
        (0..<depth).reduce(JSONValue.string("x")) { inner, _ in ["a": inner] }
    }

    private static func pod(_ name: String, depth: Int) -> JSONValue {
        [
            "apiVersion": "v1", "kind": "Pod", "metadata": ["name": .string(name)],
            "spec": ["containers": [["name": "c", "image": "i"]], "x": nested(depth)],
        ]
    }

    /// An object that lists and events could not wrap any more would blind whoever reads them.
    @Test func anObjectIsNotDeeperThanItsReadersBear() async throws {
        let pods = "/api/v1/namespaces/default/pods"
        try await TestServer.run { test in
            let fine = try await test.request("POST", pods, Self.pod("fine", depth: 150))
            let deep = try await test.request("POST", pods, Self.pod("deep", depth: 220))
            let list = try await test.request("GET", pods)
            #expect(fine.code == 201 && deep.code == 413 && list.code == 200)
        }
    }

    @Test func duplicatesAreToldBriefly() throws {
        let key = String(repeating: "k", count: 100_000)
        let text = "{\"\(key)\":{" + Array(repeating: "\"a\":1", count: 10_000).joined(separator: ",") + "}}"
        let read = try JSONReader.parseReportingDuplicates(text.utf8)
        #expect(read.duplicates.count == 100)
        #expect(read.duplicates.allSatisfy { $0.count <= 1000 })
    }

    private static func schema(_ yaml: String) throws -> Schema {
        var errors: [FieldError] = []
        let schema = Schema.parse(try YAML.value(of: yaml), at: "schema", errors: &errors)
        #expect(errors == [])
        return schema
    }

    @Test(arguments: [
        "{type: object, properties: {a: {type: array, items: {type: string}}}}",
        "{type: object, properties: {a: {type: array, x-kubernetes-list-type: set, items: {type: integer}}}}",
        "{type: object, properties: {a: {type: array, items: {type: integer, x-kubernetes-validations: [{rule: self > 1}]}}}}",
        "{type: object, properties: {a: {type: array, items: {type: integer, anyOf: [{minimum: 5}, {minimum: 9}]}}}}",
    ])
    func aMessageNamesSoManyErrors(_ schema: String) throws {
        let schema = try Self.schema(schema)
        let object: JSONValue = ["a": .array(Array(repeating: 1, count: 50_000))]
        let found = schema.validate(object)
        let errors = found + schema.ruleErrors(in: object, old: nil, after: found)
        #expect(errors.count > FieldError.most && errors.count < 2 * FieldError.most + 10)
        #expect(errors.told.count == FieldError.most + 1)
        #expect(errors.told.last?.body.contains("too many errors: mend these 100 to see the others") == true)
    }

    /// All texts of an object have one budget: ten thousand of them cost no more than one.
    @Test func patternsOfOneObjectShareABudget() throws {
        let schema = try Self.schema(
            "{type: object, properties: {a: {type: array, items: {type: string, pattern: '^(a?){400}(a|b)*c$'}}}}")
        let text = JSONValue.string(String(repeating: "a", count: 5000))
        var fuel = 3_000_000
        let errors = schema.validate(["a": .array(Array(repeating: text, count: 10_000))], fuel: &fuel)
        #expect(errors.contains { $0.body.contains("is too long to be matched with") })
        #expect(fuel < 0 && fuel > -100_000)
    }

    private static let wrongProperties: [String] = {
        func many(_ text: (Int) -> String) -> String { (0..<5000).map(text).joined(separator: ", ") }
        let types = many { _ in "{type: string}" }
        let keys = many { "k\($0)" }
        return [
            many { "p\($0): {description: x}" }, "a: {type: string, anyOf: [\(types)]}",
            "a: {type: array, items: {type: object}, x-kubernetes-list-type: map, x-kubernetes-list-map-keys: [\(keys)]}",
            many { "p\($0): {type: string, default: 1}" },
        ]
    }()

    @Test(arguments: wrongProperties)
    func aDefinitionIsToldOfSoManyErrors(_ properties: String) throws {
        let json = try YAML.value(of: "{type: object, properties: {\(properties)}}")
        let errors = StructuralRules.errors(in: json, at: "schema") + DefaultRules.errors(in: json, at: "schema")
        #expect(errors.count > FieldError.most && errors.count < FieldError.most + 20)
    }

    /// Long names in a deep schema would make every error as long as the schema.
    @Test func pathsOfSchemasStayReadable() {
        let long = String(repeating: "k", count: 10_000)
        let wrong: JSONValue = ["type": "object", "properties": ["x": ["description": "no type"]]]
        let schema = (0..<100).reduce(wrong) { inner, _ in ["type": "object", "properties": [long: inner]] }
        let errors = StructuralRules.errors(in: schema, at: "schema")
        #expect(errors.count == 1 && errors.allSatisfy { $0.path.utf8.count < 3000 })
    }

    @Test func pathsStayReadable() {
        let long = String(repeating: "k", count: 100_000)
        var path = ""
        for _ in 0..<1000 { path = FieldPath.member(path, long) }
        #expect(path.utf8.count < 3000)
    }

    /// What is read once must equal what is read again: a whole double is written without a fraction.
    @Test(arguments: ["3.0", "1e2", "-0.0", "9007199254740993", "1.5", "1e300"])
    func numbersAreReadAsTheyAreWritten(_ text: String) throws {
        let value = try JSONReader.parse(text.utf8)
        #expect(try JSONReader.parse(value.serializedBytes()) == value)
    }

    @Test func noTimeIsTooLongAgo() {
        #expect(Timestamp.now().adding(seconds: -1e30) < Timestamp.now())
        #expect(Timestamp.now().adding(seconds: 1e30) > Timestamp.now())
    }
}
