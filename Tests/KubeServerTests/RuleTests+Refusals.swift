import Testing

extension RuleTests {
    /// A schema that is refused, and a part of the error.
    struct Refusal: Sendable, CustomTestStringConvertible {
        let schema: String
        let error: String
        var testDescription: String { error }
    }

    static let refusals: [Refusal] = [
        Refusal(
            schema: spec(ints, rules: #"{"rule": "self.c > 0"}"#),
            error: #"schema.properties[spec].x-kubernetes-validations[0].rule: Invalid value: "#
                + #"apiextensions.ValidationRule{Rule:"self.c > 0", Message:"", MessageExpression:"", "#
                + #"Reason:(*apiextensions.FieldValueErrorReason)(nil), FieldPath:"", OptionalOldSelf:(*bool)(nil)}: "#
                + "compilation failed: ERROR: <input>:1:5: undefined field 'c'\n | self.c > 0\n | ....^"),
        Refusal(
            schema: spec(ints, rules: #"{"rule": "self.a"}"#), error: "cel expression must evaluate to a bool"),
        Refusal(schema: spec(ints, rules: #"{"rule": " "}"#), error: "Required value: rule is not specified"),
        Refusal(schema: spec(ints, rules: #"{"rule": "self.a >"}"#), error: "Syntax error: mismatched input '<EOF>'"),
        Refusal(schema: spec(ints, rules: #"{"rule": "foo(self.a)"}"#), error: "undeclared reference to 'foo'"),
        Refusal(
            schema: spec(ints, rules: #"{"rule": "size(self.a, 1) > 0"}"#),
            error: "found no matching overload for 'size' applied to '(int, int)'"),
        Refusal(
            schema: spec(ints, rules: #"{"rule": "true", "messageExpression": "self.a"}"#),
            error: "[0].messageExpression: Invalid value: apiextensions.ValidationRule{"),
        Refusal(
            schema: spec(ints, rules: #"{"rule": "true", "message": " "}"#),
            error: "message must be non-empty if specified"),
        Refusal(
            schema: spec(ints, rules: #"{"rule": "true", "message": "a\nb"}"#),
            error: "message must not contain line breaks"),
        Refusal(
            schema: spec(ints, rules: #"{"rule": "true\n&& true"}"#),
            error: "message must be specified if rule contains line breaks"),
        Refusal(
            schema: spec(ints, rules: #"{"rule": "true", "reason": "Because"}"#),
            error: "[0].reason: Unsupported value: \"Because\""),
        Refusal(
            schema: spec(ints, rules: #"{"rule": "true", "fieldPath": ".c"}"#),
            error: "fieldPath must be a valid path: does not refer to a valid field"),
        Refusal(
            schema: spec(ints, rules: #"{"rule": "true", "fieldPath": "a"}"#), error: "expected [ or . but got: a"),
        Refusal(
            schema: spec(
                #""l": {"type": "array", "items": {"type": "integer", "x-kubernetes-validations": "#
                    + #"[{"rule": "self == oldSelf"}]}}"#, rules: ""),
            error: "oldSelf cannot be used on the uncorrelatable portion of the schema within "
                + "schema.properties[spec].properties[l]"),
        Refusal(
            schema: spec(
                #""l": {"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "integer", "#
                    + #""x-kubernetes-validations": [{"rule": "self == oldSelf"}]}}"#, rules: ""),
            error: "oldSelf cannot be used on the uncorrelatable portion"),
        Refusal(
            schema: #"{"type": "object", "x-kubernetes-validations": [{"rule": "self.metadata.labels.size() > 0"}]}"#,
            error: "undefined field 'labels'"),
        Refusal(
            schema: spec(
                #""f": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}"#,
                rules: #"{"rule": "self.f.x == 1"}"#), error: "undefined field 'x'"),
        Refusal(
            schema: #"{"type": "object", "properties": {"a": {"type": "string", "pattern": "(?=x)"}}}"#,
            error: "must be a valid regular expression, but isn't: error parsing regexp: invalid or unsupported Perl "
                + "syntax: `(?=`"),
        Refusal(
            schema: #"{"type": "object", "allOf": [{"x-kubernetes-validations": [{"rule": "true"}]}]}"#,
            error: "schema.allOf[0].x-kubernetes-validations: Forbidden: must be empty to be structural"),
    ]
}
