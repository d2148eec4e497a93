import KubeAPI
import Testing

@testable import KubeServer

/// What says where a sandbox may be, judged as core/v1 judges it of pods.
extension NestRuleTests {
    private static func spec(_ members: String, _ errors: String...) -> Case {
        Case(plural: "sandboxes", patch: "{\"spec\": {\(members)}}", errors: errors)
    }

    /// What follows an error that leaves nothing for rules to look at.
    static let unchecked =
        "<nil>: Invalid value: \"null\": some validation rules were not checked because the object was invalid; correct "
        + "the existing errors to complete validation"

    private static func toleration(_ members: String, _ error: String? = nil, blocks: Bool = false) -> Case {
        let errors = (error.map { ["spec.tolerations[0].\($0)"] } ?? []) + (blocks ? [unchecked] : [])
        return Case(plural: "sandboxes", patch: "{\"spec\": {\"tolerations\": [{\(members)}]}}", errors: errors)
    }

    /// One requirement of a selector, wherever there is one.
    private static func requirement(
        _ members: String, _ error: String? = nil, ofNodes: Bool = false
    ) -> [Case] {
        let required = "requiredDuringSchedulingIgnoredDuringExecution"
        let preferred = "preferredDuringSchedulingIgnoredDuringExecution"
        let list = "\"matchExpressions\": [{\(members)}]"
        let term = "\"labelSelector\": {\(list)}, \"topologyKey\": \"z\""
        let places: [(String, String)] =
            ofNodes
            ? [
                (
                    "\"affinity\": {\"nodeAffinity\": {\"\(required)\": {\"nodeSelectorTerms\": [{\(list)}]}}}",
                    "affinity.nodeAffinity.\(required).nodeSelectorTerms[0]"
                ),
                (
                    "\"affinity\": {\"nodeAffinity\": {\"\(preferred)\": [{\"weight\": 1, \"preference\": {\(list)}}]}}",
                    "affinity.nodeAffinity.\(preferred)[0].preference"
                ),
            ]
            : [("\"topologySpreadConstraints\": [{\(term)}]", "topologySpreadConstraints[0].labelSelector")]
                + ["sandboxAffinity", "sandboxAntiAffinity"].flatMap { kind in
                    [
                        (
                            "\"affinity\": {\"\(kind)\": {\"\(required)\": [{\(term)}]}}",
                            "affinity.\(kind).\(required)[0].labelSelector"
                        ),
                        (
                            "\"affinity\": {\"\(kind)\": {\"\(preferred)\": [{\"weight\": 1, \"sandboxAffinityTerm\": {\(term)}}]}}",
                            "affinity.\(kind).\(preferred)[0].sandboxAffinityTerm.labelSelector"
                        ),
                    ]
                }
        return places.map { members, path in
            Case(
                plural: "sandboxes", patch: "{\"spec\": {\(members)}}",
                errors: error.map { ["spec.\(path).matchExpressions[0].\($0)"] } ?? [])
        }
    }

    private static let needsValues = "values: Required value: must be specified when `operator` is 'In' or 'NotIn'"
    private static let takesNone =
        "values: Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
    private static let needsOne =
        "values: Required value: must be specified single value when `operator` is 'Lt' or 'Gt'"

    private static let tolerations: [Case] =
        [
            toleration(#""key": "a", "operator": "Exists""#), toleration(#""operator": "Exists""#),
            toleration(#""key": "a", "value": "b", "effect": "NoExecute", "tolerationSeconds": 5"#),
            toleration(
                #""value": "b""#,
                #"operator: Invalid value: "object": operator must be Exists when `key` is empty, which means "match "#
                    + #"all values and all keys""#),
            toleration(
                #""key": "a", "operator": "Exists", "value": "b""#,
                #"operator: Invalid value: "object": value must be empty when `operator` is 'Exists'"#),
            toleration(
                #""key": "a", "effect": "NoSchedule", "tolerationSeconds": 5"#,
                #"effect: Invalid value: "object": effect must be 'NoExecute' when `tolerationSeconds` is set"#),
            toleration(
                #""key": "a", "tolerationSeconds": 5"#,
                #"effect: Invalid value: "object": effect must be 'NoExecute' when `tolerationSeconds` is set"#),
            toleration(
                #""key": "a", "operator": "In""#,
                #"operator: Unsupported value: "In": supported values: "Equal", "Exists""#, blocks: true),
            toleration(
                #""key": "a", "effect": "Never""#,
                #"effect: Unsupported value: "Never": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute""#,
                blocks: true),
        ]

    private static let spreadsAndResources: [Case] =
        [
            spec(
                #""topologySpreadConstraints": [{"topologyKey": "z", "minDomains": 2}]"#,
                #"spec.topologySpreadConstraints[0].minDomains: Invalid value: "object": can only use minDomains if "#
                    + "whenUnsatisfiable=DoNotSchedule, not ScheduleAnyway"),
            spec(
                #""topologySpreadConstraints": [{"topologyKey": "z", "minDomains": 2, "whenUnsatisfiable": "DoNotSchedule"}]"#
            ),
            spec(
                #""topologySpreadConstraints": [{"topologyKey": "z"}, {"topologyKey": "z", "maxSkew": 2}]"#,
                #"spec.topologySpreadConstraints[1]: Duplicate value: {"topologyKey":"z","whenUnsatisfiable":"ScheduleAnyway"}"#
            ),
            spec(
                #""topologySpreadConstraints": [{"maxSkew": 1}]"#,
                "spec.topologySpreadConstraints[0].topologyKey: Required value", unchecked),
            spec(#""resources": {"requests": {"memory": "16Ei"}}"#),
            spec(
                #""resources": {"requests": {"cpu": "-1m"}, "limits": {"memory": -1}}"#,
                #"spec.resources.limits.memory: Invalid value: "": must be greater than or equal to 0"#,
                #"spec.resources.requests.cpu: Invalid value: "": must be greater than or equal to 0"#),
        ]

    private static func requirements(ofNodes: Bool) -> [Case] {
        let cases: [[Case]] = [
            requirement(#""key": "a", "operator": "In", "values": ["b"]"#, ofNodes: ofNodes),
            requirement(#""key": "a", "operator": "Exists", "values": []"#, ofNodes: ofNodes),
            requirement(#""key": "a", "operator": "DoesNotExist""#, ofNodes: ofNodes),
            requirement(#""key": "a", "operator": "In""#, needsValues, ofNodes: ofNodes),
            requirement(#""key": "a", "operator": "NotIn", "values": []"#, needsValues, ofNodes: ofNodes),
            requirement(#""key": "a", "operator": "Exists", "values": ["b"]"#, takesNone, ofNodes: ofNodes),
        ]
        return cases.flatMap(\.self)
    }

    private static let comparisons: [[Case]] = [
        requirement(#""key": "a", "operator": "Gt", "values": ["1"]"#, ofNodes: true),
        requirement(#""key": "a", "operator": "Gt", "values": ["1", "2"]"#, needsOne, ofNodes: true),
        requirement(#""key": "a", "operator": "Lt""#, needsOne, ofNodes: true),
    ]

    private static let elsewhere: [Case] = [
        Case(
            plural: "sandboxdeployments",
            patch: #"{"spec": {"selector": {"matchExpressions": [{"key": "a", "operator": "In"}]}}}"#,
            errors: ["spec.selector.matchExpressions[0].\(needsValues)"]),
        Case(
            plural: "sandboxreplicasets",
            patch: #"{"spec": {"template": {"spec": {"tolerations": [{"key": "a", "tolerationSeconds": 5}]}}}}"#,
            errors: [
                #"spec.template.spec.tolerations[0].effect: Invalid value: "object": effect must be 'NoExecute' when "#
                    + "`tolerationSeconds` is set"
            ]),
    ]

    static let placements: [Case] = {
        let parts: [[Case]] =
            [tolerations, spreadsAndResources, requirements(ofNodes: false), requirements(ofNodes: true), elsewhere]
            + comparisons
        return parts.flatMap(\.self)
    }()
}
