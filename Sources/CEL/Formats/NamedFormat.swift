import KubeAPI

/// The formats that `format.named` gives (Kubernetes' `format` library), each with what is wrong with a text.
enum NamedFormat {
    static let all: [String: @Sendable (String) -> String?] = [
        "dns1123Label": NameRules.labelError,
        "dns1123Subdomain": NameRules.subdomainError,
        "dns1035Label": NameRules.labelErrorStartingWithLetter,
        "dns1123LabelPrefix": { NameRules.labelError(name(beginningWith: $0)) },
        "dns1123SubdomainPrefix": { NameRules.subdomainError(name(beginningWith: $0)) },
        "dns1035LabelPrefix": { NameRules.labelErrorStartingWithLetter(name(beginningWith: $0)) },
        "qualifiedName": LabelRules.keyError,
        "labelValue": LabelRules.valueError,
        "uri": { StringFormat.accepts($0, format: "uri") ? nil : "must be a valid URI" },
        "uuid": { StringFormat.accepts($0, format: "uuid") ? nil : "does not match the UUID format" },
        "byte": { StringFormat.accepts($0, format: "byte") ? nil : "invalid base64" },
        "date": { StringFormat.accepts($0, format: "date") ? nil : "invalid date" },
        "datetime": { StringFormat.accepts($0, format: "datetime") ? nil : "invalid datetime" },
    ]

    /// A prefix may end with the `-` after which a name generator goes on.
    private static func name(beginningWith prefix: String) -> String {
        prefix.hasSuffix("-") ? prefix.dropLast() + "a" : prefix
    }
}
