import KubeAPI
import Testing

@testable import KubeServer

/// `x-kubernetes-validations`, from the schema's text to the error's.
@Suite struct RuleTests {
    static func schema(_ json: String) throws -> (schema: Schema, errors: [String]) {
        var errors: [FieldError] = []
        let schema = Schema.parse(try JSONReader.parse(Array(json.utf8)), at: "schema", errors: &errors)
        return (schema, errors.map(\.description))
    }

    static func value(_ json: String) throws -> JSONValue { try JSONReader.parse(Array(json.utf8)) }

    /// A schema whose `spec` is an object of some properties with rules.
    static func spec(_ properties: String, rules: String, more: String = "") -> String {
        """
        {"type": "object", "properties": {"spec": {"type": "object", \(more) "properties": {\(properties)},
          "x-kubernetes-validations": [\(rules)]}}}
        """
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let schema: String
        /// What was there before; nil: nothing.
        var old: String?
        let new: String
        let errors: [String]
    }

    static let ints = #""a": {"type": "integer"}, "b": {"type": "integer"}"#

    static let cases: [Case] = [
        Case(
            testDescription: "holds", schema: spec(ints, rules: #"{"rule": "self.a < self.b"}"#),
            new: #"{"spec": {"a": 1, "b": 2}}"#, errors: []),
        Case(
            testDescription: "fails without a message", schema: spec(ints, rules: #"{"rule": "self.a < self.b"}"#),
            new: #"{"spec": {"a": 2, "b": 2}}"#,
            errors: [#"spec: Invalid value: "object": failed rule: self.a < self.b"#]),
        Case(
            testDescription: "message",
            schema: spec(ints, rules: #"{"rule": "self.a < self.b", "message": " a first "}"#),
            new: #"{"spec": {"a": 2, "b": 2}}"#, errors: [#"spec: Invalid value: "object": a first"#]),
        Case(
            testDescription: "message expression",
            schema: spec(
                ints,
                rules: #"{"rule": "self.a < self.b", "messageExpression": "'%d is too much'.format([self.a])"}"#),
            new: #"{"spec": {"a": 2, "b": 2}}"#, errors: [#"spec: Invalid value: "object": 2 is too much"#]),
        Case(
            testDescription: "message expression that fails falls back",
            schema: spec(
                ints,
                rules:
                    #"{"rule": "self.a < self.b", "message": "m", "messageExpression": "string(self.a / 0)"}"#),
            new: #"{"spec": {"a": 2, "b": 2}}"#, errors: [#"spec: Invalid value: "object": m"#]),
        Case(
            testDescription: "message expression of two lines falls back",
            schema: spec(
                ints,
                rules:
                    #"{"rule": "self.a < self.b", "message": "m", "messageExpression": "'a\\nb'"}"#),
            new: #"{"spec": {"a": 2, "b": 2}}"#, errors: [#"spec: Invalid value: "object": m"#]),
        Case(
            testDescription: "reason and field path",
            schema: spec(
                ints,
                rules:
                    #"{"rule": "self.a < self.b", "message": "m", "reason": "FieldValueForbidden", "fieldPath": ".a"}"#),
            new: #"{"spec": {"a": 2, "b": 2}}"#, errors: ["spec.a: Forbidden: m"]),
        Case(
            testDescription: "reason required",
            schema: spec(
                ints,
                rules: #"{"rule": "has(self.a)", "message": "m", "reason": "FieldValueRequired", "fieldPath": ".a"}"#),
            new: #"{"spec": {}}"#, errors: ["spec.a: Required value: m"]),
        Case(
            testDescription: "reason duplicate",
            schema: spec(ints, rules: #"{"rule": "has(self.a)", "reason": "FieldValueDuplicate"}"#),
            new: #"{"spec": {}}"#, errors: [#"spec: Duplicate value: "object""#]),
        Case(
            testDescription: "an absent field is an error", schema: spec(ints, rules: #"{"rule": "self.a > 0"}"#),
            new: #"{"spec": {}}"#,
            errors: [#"spec: Invalid value: "object": no such key: a evaluating rule: self.a > 0"#]),
        Case(
            testDescription: "int-or-string of the wrong type",
            schema: spec(#""a": {"x-kubernetes-int-or-string": true}"#, rules: #"{"rule": "self.a > 0"}"#),
            new: #"{"spec": {"a": "x"}}"#,
            errors: [
                #"spec: Invalid value: "object": 'no such overload': call arguments did not match a supported operator, "#
                    + "function or macro signature for rule: self.a > 0"
            ]),
        Case(
            testDescription: "int-or-string of both types",
            schema: spec(
                #""a": {"x-kubernetes-int-or-string": true}"#,
                rules: #"{"rule": "type(self.a) == int ? self.a > 0 : self.a.endsWith('%')"}"#),
            new: #"{"spec": {"a": "5%"}}"#, errors: []),
        Case(
            testDescription: "a wrong type blocks rules", schema: spec(ints, rules: #"{"rule": "self.a > 0"}"#),
            new: #"{"spec": {"a": "x"}}"#,
            errors: [
                #"spec.a: Invalid value: "string": spec.a in body must be of type integer: "string""#,
                "<nil>: Invalid value: \"null\": some validation rules were not checked because the object was invalid; "
                    + "correct the existing errors to complete validation",
            ]),
        Case(
            testDescription: "a value out of range does not block rules",
            schema: spec(#""a": {"type": "integer", "maximum": 1}"#, rules: #"{"rule": "self.a < 0"}"#),
            new: #"{"spec": {"a": 2}}"#,
            errors: [
                "spec.a: Invalid value: 2: spec.a in body should be less than or equal to 1",
                #"spec: Invalid value: "object": failed rule: self.a < 0"#,
            ]),
        Case(
            testDescription: "scalar, map value and list item",
            schema: """
                {"type": "object", "properties": {
                  "n": {"type": "integer", "x-kubernetes-validations": [{"rule": "self > 0"}]},
                  "m": {"type": "object", "additionalProperties": {"type": "string",
                    "x-kubernetes-validations": [{"rule": "self != 'x'"}]}},
                  "l": {"type": "array", "items": {"type": "string",
                    "x-kubernetes-validations": [{"rule": "self.size() < 3"}]}}}}
                """,
            new: #"{"n": 0, "m": {"k": "x"}, "l": ["a", "long"]}"#,
            errors: [
                #"l[1]: Invalid value: "string": failed rule: self.size() < 3"#,
                #"m[k]: Invalid value: "string": failed rule: self != 'x'"#,
                #"n: Invalid value: "integer": failed rule: self > 0"#,
            ]),
        Case(
            testDescription: "the root sees its name",
            schema: """
                {"type": "object", "properties": {"a": {"type": "string"}},
                  "x-kubernetes-validations": [{"rule": "self.metadata.name == self.a && self.kind == 'K'"}]}
                """,
            new: #"{"kind": "K", "metadata": {"name": "x"}, "a": "y"}"#,
            errors: [#"Invalid value: "object": failed rule: self.metadata.name == self.a && self.kind == 'K'"#]),
        Case(
            testDescription: "names are escaped",
            schema: spec(
                #""a.b": {"type": "integer"}, "x-y": {"type": "integer"}, "namespace": {"type": "integer"}, "#
                    + #""p/q": {"type": "integer"}, "u__v": {"type": "integer"}"#,
                rules: #"{"rule": "self.a__dot__b + self.x__dash__y + self.__namespace__ + self.p__slash__q + "#
                    + #"self.u__underscores__v == 15"}"#),
            new: #"{"spec": {"a.b": 1, "x-y": 2, "namespace": 3, "p/q": 4, "u__v": 5}}"#, errors: []),
        Case(
            testDescription: "formats",
            schema: spec(
                #""t": {"type": "string", "format": "date-time"}, "d": {"type": "string", "format": "duration"}, "#
                    + #""b": {"type": "string", "format": "byte"}, "y": {"type": "string", "format": "date"}, "#
                    + #""n": {"type": "number"}"#,
                rules: #"{"rule": "self.t.getFullYear() == 2020 && self.d == duration('60s') && self.b == b'hi' && "#
                    + #"self.y < self.t && self.n == 1.0"}"#),
            new: #"{"spec": {"t": "2020-06-01T00:00:00Z", "d": "1m", "b": "aGk=", "y": "2020-01-01", "n": 1}}"#,
            errors: []),
        Case(
            testDescription: "sets and keyed lists are equal in any order",
            schema: spec(
                #""a": {"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "integer"}}, "#
                    + #""k": {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["n"], "#
                    + #""items": {"type": "object", "properties": {"n": {"type": "string"}, "v": {"type": "integer"}}}}"#,
                rules: #"{"rule": "self.a == [2, 1] && self.a + [2, 3] == [1, 2, 3]"}, {"rule": "self == oldSelf"}"#),
            old: #"{"spec": {"a": [2, 1], "k": [{"n": "x", "v": 1}, {"n": "y", "v": 2}]}}"#,
            new: #"{"spec": {"a": [1, 2], "k": [{"n": "y", "v": 2}, {"n": "x", "v": 1}]}}"#, errors: []),
        Case(
            testDescription: "nullable",
            schema: spec(
                #""a": {"type": "string", "nullable": true, "x-kubernetes-validations": [{"rule": "self == 'x'"}]}"#,
                rules: #"{"rule": "has(self.a)"}"#),
            new: #"{"spec": {"a": null}}"#, errors: []),
        Case(
            testDescription: "a transition does not run on creation",
            schema: spec(ints, rules: #"{"rule": "self.a == oldSelf.a"}"#), new: #"{"spec": {"a": 1}}"#, errors: []),
        Case(
            testDescription: "a transition runs on updates",
            schema: spec(ints, rules: #"{"rule": "self.a >= oldSelf.a", "message": "only up"}"#),
            old: #"{"spec": {"a": 2}}"#, new: #"{"spec": {"a": 1}}"#,
            errors: [#"spec: Invalid value: "object": only up"#]),
        Case(
            testDescription: "a transition of a field that was absent does not run",
            schema: spec(
                #""a": {"type": "integer", "x-kubernetes-validations": [{"rule": "self == oldSelf"}]}"#, rules: ""),
            old: #"{"spec": {}}"#, new: #"{"spec": {"a": 1}}"#, errors: []),
        Case(
            testDescription: "an optional old value",
            schema: spec(
                #""a": {"type": "integer", "x-kubernetes-validations": [{"rule": "self == oldSelf.orValue(7)", "#
                    + #""optionalOldSelf": true}]}"#, rules: ""),
            new: #"{"spec": {"a": 1}}"#,
            errors: [#"spec.a: Invalid value: "integer": failed rule: self == oldSelf.orValue(7)"#]),
        Case(
            testDescription: "a transition follows the keys of a list",
            schema: spec(
                #""l": {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["n"], "#
                    + #""items": {"type": "object", "properties": {"n": {"type": "string"}, "v": {"type": "integer"}}, "#
                    + #""x-kubernetes-validations": [{"rule": "self.v >= oldSelf.v"}]}}"#, rules: ""),
            old: #"{"spec": {"l": [{"n": "x", "v": 5}, {"n": "y", "v": 5}]}}"#,
            new: #"{"spec": {"l": [{"n": "z", "v": 1}, {"n": "y", "v": 4}, {"n": "x", "v": 5}]}}"#,
            errors: [#"spec.l[1]: Invalid value: "object": failed rule: self.v >= oldSelf.v"#]),
        Case(
            testDescription: "what has not changed may stay wrong",
            schema: spec(
                #""a": {"type": "object", "properties": {"x": {"type": "integer"}}, "x-kubernetes-validations": "#
                    + #"[{"rule": "self.x > 0"}]}, "b": {"type": "integer", "maximum": 1}, "c": {"type": "integer"}"#,
                rules: ""),
            old: #"{"spec": {"a": {"x": 0}, "b": 5, "c": 1}}"#, new: #"{"spec": {"a": {"x": 0}, "b": 5, "c": 2}}"#,
            errors: []),
        Case(
            testDescription: "what has changed must be right",
            schema: spec(
                #""a": {"type": "object", "properties": {"x": {"type": "integer"}}, "x-kubernetes-validations": "#
                    + #"[{"rule": "self.x > 0"}]}, "b": {"type": "integer", "maximum": 1}"#, rules: ""),
            old: #"{"spec": {"a": {"x": 0}, "b": 5}}"#, new: #"{"spec": {"a": {"x": -1}, "b": 6}}"#,
            errors: [
                "spec.b: Invalid value: 6: spec.b in body should be less than or equal to 1",
                #"spec.a: Invalid value: "object": failed rule: self.x > 0"#,
            ]),
        Case(
            testDescription: "an item with the same key that has not changed may stay wrong, another may not",
            schema: spec(
                #""l": {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["n"], "#
                    + #""items": {"type": "object", "properties": {"n": {"type": "string"}, "#
                    + #""v": {"type": "integer", "minimum": 3}}}}"#, rules: ""),
            old: #"{"spec": {"l": [{"n": "x", "v": 1}]}}"#,
            new: #"{"spec": {"l": [{"n": "y", "v": 1}, {"n": "x", "v": 1}]}}"#,
            errors: ["spec.l[0].v: Invalid value: 1: spec.l[0].v in body should be greater than or equal to 3"]),
        Case(
            testDescription: "an item of an atomic list has no past",
            schema: spec(#""l": {"type": "array", "items": {"type": "integer", "minimum": 3}}"#, rules: ""),
            old: #"{"spec": {"l": [1]}}"#, new: #"{"spec": {"l": [1, 4]}}"#,
            errors: ["spec.l[0]: Invalid value: 1: spec.l[0] in body should be greater than or equal to 3"]),
        Case(
            testDescription: "duplicates that were there may stay",
            schema: spec(
                #""l": {"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "integer"}}"#, rules: ""),
            old: #"{"spec": {"l": [1, 1]}}"#, new: #"{"spec": {"l": [1, 1, 2]}}"#, errors: []),
        Case(
            testDescription: "a transition is never forgiven",
            schema: spec(ints, rules: #"{"rule": "oldSelf.a > 5", "message": "m"}"#),
            old: #"{"spec": {"a": 1}}"#, new: #"{"spec": {"a": 1}, "x": 1}"#,
            errors: [#"spec: Invalid value: "object": m"#]),
    ]

    @Test(arguments: cases) func runs(_ example: Case) throws {
        let (schema, errors) = try Self.schema(example.schema)
        #expect(errors == [])
        let (new, old) = (try Self.value(example.new), try example.old.map(Self.value))
        let found = schema.validate(new, old: old)
        let all = found + schema.ruleErrors(in: new, old: old, after: found)
        #expect(all.map(\.description) == example.errors)
    }

    @Test(arguments: refusals) func refuses(_ refusal: Refusal) throws {
        let errors = try Self.schema(refusal.schema).errors
        #expect(errors.count == 1)
        #expect(errors.first?.contains(refusal.error) == true, "\(errors)")
    }

    /// A write of a status does not pay for the rules of its spec, unless they compare with what was before.
    @Test(arguments: [("self.a > 0", false), ("self.a >= oldSelf.a", true)])
    func rulesAreNotRunWhereNothingHasChanged(rule: String, isRun: Bool) throws {
        let (schema, errors) = try Self.schema(
            Self.spec(#""a": {"type": "integer"}"#, rules: "{\"rule\": \"\(rule)\"}"))
        #expect(errors == [])
        var old = try Self.value(#"{"spec": {"a": 1}}"#)
        old["status"] = 1
        var new = old
        new["status"] = 2
        var budget = 1000
        #expect(RuleCheck.errors(in: new, old: old, schema: schema, budget: &budget) == [])
        #expect((budget < 1000) == isRun)
        new["spec"]?["a"] = 2
        #expect(RuleCheck.errors(in: new, old: old, schema: schema, budget: &budget) == [])
        #expect(budget < 1000)
    }

    @Test func aRuleThatCostsTooMuchIsEnded() throws {
        let (schema, errors) = try Self.schema(
            Self.spec(
                #""l": {"type": "array", "items": {"type": "integer"}}"#,
                rules: #"{"rule": "self.l.all(a, self.l.all(b, self.l.all(c, a + b + c >= 0)))"}, {"rule": "false"}"#))
        #expect(errors == [])
        let list = Array(repeating: "1", count: 500).joined(separator: ",")
        let object = try Self.value("{\"spec\": {\"l\": [\(list)]}}")
        #expect(
            schema.ruleErrors(in: object, old: nil, after: []).map(\.description) == [
                "spec: Invalid value: \"object\": 'operation cancelled: actual cost limit exceeded': no further "
                    + "validation rules will be run due to call cost exceeds limit for rule: "
                    + "self.l.all(a, self.l.all(b, self.l.all(c, a + b + c >= 0)))"
            ])
        var budget = 5
        #expect(
            RuleCheck.errors(in: try Self.value(#"{"spec": {"l": [1]}}"#), old: nil, schema: schema, budget: &budget)
                .map(\.description) == [
                    "spec: Invalid value: \"object\": validation failed due to running out of cost budget, no further "
                        + "validation rules will be run"
                ])
    }
}
