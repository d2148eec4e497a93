import KubeAPI

/// The questions about oneself that kubectl asks (`auth can-i`, `auth whoami`).
///
/// Whoever holds the token may do everything, so the answers do not depend on the question.
enum Review: CaseIterable, Sendable {
    case access, rules, identity

    static let user: JSONValue = ["username": "nest:admin", "groups": ["system:masters", "system:authenticated"]]

    var type: ResourceType {
        let (group, kind) =
            switch self {
            case .access: ("authorization.k8s.io", "SelfSubjectAccessReview")
            case .rules: ("authorization.k8s.io", "SelfSubjectRulesReview")
            case .identity: ("authentication.k8s.io", "SelfSubjectReview")
            }
        return ResourceType(
            group: group, version: "v1", kind: kind, plural: "\(kind.lowercased())s", isNamespaced: false)
    }

    var schema: JSONValue {
        let open: JSONValue = ["type": "object", "x-kubernetes-preserve-unknown-fields": true]
        var properties: [String: JSONValue] = ["status": open]
        if self != .identity { properties["spec"] = open }
        return [
            "type": "object",
            "description": .string("\(type.kind) asks what the client itself may do, or who it is."),
            "properties": .object(properties),
        ]
    }

    private var status: JSONValue {
        switch self {
        case .access: ["allowed": true, "reason": "the holder of the token may do everything"]
        case .rules:
            [
                "resourceRules": [["verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]]],
                "nonResourceRules": [["verbs": ["*"], "nonResourceURLs": ["*"]]], "incomplete": false,
            ]
        case .identity: ["userInfo": Self.user]
        }
    }

    /// The question with its answer.
    func answer(_ question: JSONValue) -> JSONValue {
        var answer = question
        answer["kind"] = .string(type.kind)
        answer["apiVersion"] = .string(type.apiVersion)
        answer["metadata"] = question["metadata"] ?? .object([:])
        answer["status"] = status
        return answer
    }
}
