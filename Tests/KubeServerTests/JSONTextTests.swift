import KubeAPI
import Testing

@testable import KubeServer

@Suite struct JSONTextTests {
    private static let object: JSONValue = [
        "apiVersion": "v1", "kind": "Thing",
        "metadata": [
            "annotations": ["tricky": "\"resourceVersion\":\"1\" } ] \\", "resourceVersion": "no"],
            "name": "a", "resourceVersion": "12",
        ],
        "spec": ["empty": [:], "list": [1, [2, ["nodeName": "wrong"]], "]"], "nodeName": "right", "none": nil],
        "status": 7.5,
    ]

    @Test(arguments: [
        ["apiVersion"], ["metadata"], ["metadata", "annotations", "tricky"], ["metadata", "resourceVersion"],
        ["spec", "nodeName"], ["spec", "empty"], ["spec", "list"], ["spec", "none"], ["status"], [],
        ["spec", "missing"], ["status", "deeper"], ["spec", "empty", "x"], ["nodeName"],
    ])
    func findsWhatParsingFinds(path: [String]) {
        #expect(JSONText.value(at: path, in: Self.object.serializedBytes()) == Self.object[path])
    }

    @Test func replacesOneValueAndNothingElse() throws {
        let text = JSONText.replacing(["metadata", "resourceVersion"], with: "345", in: Self.object.serializedBytes())
        var wanted = Self.object
        wanted.setMetadata("resourceVersion", "345")
        #expect(text == wanted.serializedBytes())
        #expect(JSONText.replacing(["nothing"], with: 1, in: text) == text)
    }

    @Test(arguments: [1, 12, 1_234_567_890_123])
    func theRevisionComesIntoTextThatWasMadeBefore(revision: Int64) {
        var wanted = Self.object
        wanted.setMetadata("resourceVersion", .string(String(revision)))
        #expect(UnversionedText(Self.object).bytes(revision: revision) == wanted.serializedBytes())
    }

    @Test func aTextThatIsCutOffOrRunsOnIsNoObject() throws {
        let text = Self.object.serializedBytes()
        #expect(JSONText.isWhole(text))
        for length in 0..<text.count { #expect(!JSONText.isWhole(Array(text[..<length]))) }
        #expect(!JSONText.isWhole(text + Array("}".utf8)))
        #expect(!JSONText.isWhole(text + text))
        #expect(throws: JSONError.self) {
            try StoredObject(bytes: Array(text.dropLast()), resource: "things", revision: 1)
        }
        #expect(throws: JSONError.self) {
            try StoredObject(bytes: Array("{\"kind\":\"Thing\"}".utf8), resource: "things", revision: 1)
        }
    }

    @Test func anObjectOfTheDatabaseIsKnownByItsMetadata() throws {
        let text = Self.object.serializedBytes()
        let stored = try StoredObject(bytes: text, resource: "things", revision: 12)
        #expect(stored.key == ObjectKey(namespace: "", name: "a"))
        #expect(stored.value == Self.object)
    }

    @Test func anObjectReadsTheSameParsedAndUnparsed() throws {
        let stored = StoredObject(Self.object, resource: "things", revision: 12)
        #expect(stored.field(["spec", "nodeName"]) == "right")
        let parsed = stored.parsed()
        #expect(parsed.value == Self.object)
        #expect(stored.field(["spec", "nodeName"]) == "right")
        var definition = BuiltIns.namespaces
        #expect(definition.text(of: stored) == stored.bytes)
        definition.type = ResourceType(group: "", version: "v2", kind: "Thing", plural: "things")
        let other = try JSONReader.parse(definition.text(of: stored, at: 99))
        #expect(other["apiVersion"] == "v2" && other.resourceVersion == "99" && other["spec"] == Self.object["spec"])
    }
}
