import FoundationEssentials
import KubeAPI
import Testing

@Suite struct JSONValueTests {
    @Test(
        arguments: [
            ("null", JSONValue.null), ("true", true), ("0", 0), ("-9223372036854775808", .int(.min)),
            ("9223372036854775808", .double(9_223_372_036_854_775_808)), ("1.5", 1.5), ("\"a\\nb\"", "a\nb"),
            ("[]", []), ("{}", [:]), ("{\"a\":[1,{\"b\":null}]}", ["a": [1, ["b": nil]]]), ("\"1\"", "1"),
            ("\"true\"", "true"),
        ] as [(String, JSONValue)])
    func parsesAndWrites(_ text: String, _ value: JSONValue) throws {
        #expect(try JSONValue(parsing: Data(text.utf8)) == value)
        #expect(try JSONValue(parsing: value.serialized()) == value)
    }

    @Test(arguments: ["", "{", "nul", "{\"a\" 1}", "\"", "1 2"])
    func refusesWhatIsNotJSON(_ text: String) {
        #expect(throws: (any Error).self) { try JSONValue(parsing: Data(text.utf8)) }
    }

    @Test func writesKeysInOrder() throws {
        let value: JSONValue = ["b": 1, "a": ["d": "/", "c": 2]]
        #expect(String(decoding: try value.serialized(), as: UTF8.self) == #"{"a":{"c":2,"d":"/"},"b":1}"#)
    }

    @Test func membersAreReachedByPath() {
        var value: JSONValue = ["a": ["b": 1]]
        #expect(value[["a", "b"]] == 1)
        #expect(value[["a", "x", "b"]] == nil)
        value["a"] = nil
        #expect(value == [:])
        value["c"] = "d"
        #expect(value == ["c": "d"])
    }
}

@Suite struct MergePatchTests {
    @Test(arguments: [
        (#"{"a": 1}"#, #"{"a": 1}"#, #"{}"#),
        (#"{"a": 1}"#, #"{"b": 2}"#, #"{"a": null, "b": 2}"#),
        (#"{"a": {"x": 1, "y": 2}}"#, #"{"a": {"x": 1, "z": 3}}"#, #"{"a": {"y": null, "z": 3}}"#),
        (#"{"a": [1, 2], "b": {"x": 1}}"#, #"{"a": [2], "b": 5}"#, #"{"a": [2], "b": 5}"#),
        (#"{"a": 5}"#, #"{"a": {"x": 1}}"#, #"{"a": {"x": 1}}"#),
    ]) func saysOnlyWhatDiffers(before: String, after: String, patch: String) throws {
        let values = try [before, after, patch].map { try JSONValue(parsing: Array($0.utf8)) }
        #expect(values[0].mergePatch(to: values[1]) == values[2])
    }
}
