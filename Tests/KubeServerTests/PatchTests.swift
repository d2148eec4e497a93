import KubeAPI
import Testing

@testable import KubeServer

private func json(_ text: String) -> JSONValue { (try? JSONReader.parse(Array(text.utf8))) ?? "unparsable" }

@Suite struct PatchTests {
    /// The examples of RFC 7386, appendix A.
    @Test(arguments: [
        (#"{"a":"b"}"#, #"{"a":"c"}"#, #"{"a":"c"}"#), (#"{"a":"b"}"#, #"{"b":"c"}"#, #"{"a":"b","b":"c"}"#),
        (#"{"a":"b"}"#, #"{"a":null}"#, "{}"), (#"{"a":["b"]}"#, #"{"a":"c"}"#, #"{"a":"c"}"#),
        (#"{"a":{"b":"c"}}"#, #"{"a":{"b":"d","c":null}}"#, #"{"a":{"b":"d"}}"#),
        (#"{"e":null}"#, #"{"a":1}"#, #"{"e":null,"a":1}"#), (#"[1,2]"#, #"{"a":"b","c":null}"#, #"{"a":"b"}"#),
        ("{}", #"{"a":{"bb":{"ccc":null}}}"#, #"{"a":{"bb":{}}}"#),
    ])
    func mergePatch(target: String, patch: String, result: String) {
        #expect(MergePatch.apply(json(patch), to: json(target)) == json(result))
    }

    @Test(arguments: [
        (#"{"foo":"bar"}"#, #"[{"op":"add","path":"/baz","value":"qux"}]"#, #"{"baz":"qux","foo":"bar"}"#),
        (#"{"foo":["a"]}"#, #"[{"op":"add","path":"/foo/0","value":"b"}]"#, #"{"foo":["b","a"]}"#),
        (#"{"foo":["a"]}"#, #"[{"op":"add","path":"/foo/-","value":"b"}]"#, #"{"foo":["a","b"]}"#),
        (#"{"a/b":1,"c":2}"#, #"[{"op":"remove","path":"/a~1b"}]"#, #"{"c":2}"#),
        (#"{"a":1}"#, #"[{"op":"test","path":"/a","value":1},{"op":"replace","path":"/a","value":2}]"#, #"{"a":2}"#),
        (#"{"a":{"b":1},"c":{}}"#, #"[{"op":"move","from":"/a/b","path":"/c/d"}]"#, #"{"a":{},"c":{"d":1}}"#),
        (#"{"a":[1]}"#, #"[{"op":"copy","from":"/a","path":"/b"}]"#, #"{"a":[1],"b":[1]}"#),
    ])
    func jsonPatch(target: String, patch: String, result: String) throws {
        #expect(try JSONPatch.apply(json(patch), to: json(target)) == json(result))
    }

    @Test(arguments: [
        (#"{"a":1}"#, #"[{"op":"test","path":"/a","value":2}]"#), (#"{"a":1}"#, #"[{"op":"remove","path":"/b"}]"#),
        (#"{"a":[]}"#, #"[{"op":"add","path":"/a/1","value":2}]"#),
        (#"{"a":1}"#, #"[{"op":"replace","path":"/b","value":1}]"#),
        (#"{"a":1}"#, #"[{"op":"frob","path":"/a"}]"#), (#"{"a":1}"#, #"[{"op":"add","path":"a","value":1}]"#),
        (#"{"a":{"b":1}}"#, #"[{"op":"move","from":"/a","path":"/a/b"}]"#), (#"{"a":1}"#, #"{"op":"add"}"#),
    ])
    func jsonPatchThatDoesNotApply(target: String, patch: String) {
        #expect(throws: JSONPatch.Failure.self) { try JSONPatch.apply(json(patch), to: json(target)) }
    }

    @Test(arguments: [
        ("replace", "/spec/nope/x"), ("add", "/spec/list/3/x"), ("remove", "/spec/nope"), ("replace", "/spec/a/b/c"),
        ("add", "/spec/list/x"),
    ])
    func whatIsMissingIsNamedByItsWholePath(operation: String, path: String) {
        let patch = json(#"[{"op":"\#(operation)","path":"\#(path)","value":1}]"#)
        #expect(throws: JSONPatch.Failure.doesNotApply("the path \(path) does not exist in the object")) {
            try JSONPatch.apply(patch, to: json(#"{"spec":{"a":1,"list":[]}}"#))
        }
    }

    @Test(arguments: [
        (
            #"{"spec":{"containers":[{"name":"a","image":"1"},{"name":"b"}]}}"#,
            #"{"spec":{"containers":[{"name":"a","image":"2"},{"name":"c"}]}}"#,
            #"{"spec":{"containers":[{"name":"a","image":"2"},{"name":"b"},{"name":"c"}]}}"#
        ),
        (
            #"{"containers":[{"name":"a"},{"name":"b"}]}"#, #"{"containers":[{"name":"a","$patch":"delete"}]}"#,
            #"{"containers":[{"name":"b"}]}"#
        ),
        (#"{"finalizers":["a"]}"#, #"{"finalizers":["b"]}"#, #"{"finalizers":["a","b"]}"#),
        (#"{"finalizers":["a","b"]}"#, #"{"$deleteFromPrimitiveList/finalizers":["a"]}"#, #"{"finalizers":["b"]}"#),
        (#"{"args":["a"]}"#, #"{"args":["b"]}"#, #"{"args":["b"]}"#),
        (#"{"data":{"a":"1","b":"2"}}"#, #"{"data":{"$patch":"replace","c":"3"}}"#, #"{"data":{"c":"3"}}"#),
    ])
    func strategicMergePatch(target: String, patch: String, result: String) {
        #expect(StrategicMergePatch.apply(json(patch), to: json(target)) == json(result))
    }
}
