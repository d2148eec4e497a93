/// The formats that `format.named` gives (Kubernetes' `format` library), each with what is wrong with a text.
enum NamedFormat {
    static let all: [String: @Sendable (String) -> String?] = [
        "dns1123Label": { label($0, prefix: false) },
        "dns1123Subdomain": { subdomain($0, prefix: false) },
        "dns1035Label": { startingWithLetter($0, prefix: false) },
        "dns1123LabelPrefix": { label($0, prefix: true) },
        "dns1123SubdomainPrefix": { subdomain($0, prefix: true) },
        "dns1035LabelPrefix": { startingWithLetter($0, prefix: true) },
        "qualifiedName": qualifiedName,
        "labelValue": labelValue,
        "uri": { StringFormat.accepts($0, format: "uri") ? nil : "must be a valid URI" },
        "uuid": { StringFormat.accepts($0, format: "uuid") ? nil : "does not match the UUID format" },
        "byte": { StringFormat.accepts($0, format: "byte") ? nil : "invalid base64" },
        "date": { StringFormat.accepts($0, format: "date") ? nil : "invalid date" },
        "datetime": { StringFormat.accepts($0, format: "datetime") ? nil : "invalid datetime" },
    ]

    private static func isLower(_ byte: UInt8) -> Bool { (48...57).contains(byte) || (97...122).contains(byte) }

    /// A prefix may end with the `-` after which a name generator goes on.
    private static func label(_ text: String, prefix: Bool) -> String? {
        let bytes = Array((prefix && text.hasSuffix("-") ? text.dropLast() : text[...]).utf8)
        if bytes.count > 63 { return "must be no more than 63 bytes" }
        guard let first = bytes.first, let last = bytes.last, isLower(first), isLower(last),
            bytes.allSatisfy({ isLower($0) || $0 == 45 })
        else {
            return
                "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start "
                + "and end with an alphanumeric character"
        }
        return nil
    }

    private static func subdomain(_ text: String, prefix: Bool) -> String? {
        if text.utf8.count > 253 { return "must be no more than 253 bytes" }
        let name = prefix && text.hasSuffix("-") ? text.dropLast() : text[...]
        let labels = name.split(separator: ".", omittingEmptySubsequences: false)
        guard
            labels.allSatisfy({ label in
                guard let first = label.utf8.first, let last = label.utf8.last else { return false }
                return isLower(first) && isLower(last) && label.utf8.allSatisfy { isLower($0) || $0 == 45 }
            })
        else {
            return "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and "
                + "must start and end with an alphanumeric character"
        }
        return nil
    }

    private static func startingWithLetter(_ text: String, prefix: Bool) -> String? {
        if label(text, prefix: prefix) == nil, let first = text.utf8.first, (97...122).contains(first) { return nil }
        return "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic "
            + "character, and end with an alphanumeric character"
    }

    private static func isName(_ text: Substring) -> Bool {
        func isAlphanumeric(_ byte: UInt8) -> Bool { isLower(byte) || (65...90).contains(byte) }
        guard (1...63).contains(text.utf8.count), let first = text.utf8.first, let last = text.utf8.last else {
            return false
        }
        return isAlphanumeric(first) && isAlphanumeric(last)
            && text.utf8.allSatisfy { isAlphanumeric($0) || [45, 46, 95].contains($0) }
    }

    private static func qualifiedName(_ text: String) -> String? {
        let parts = text.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
        if parts.count <= 2, let name = parts.last, isName(name),
            parts.count == 1 || subdomain(String(parts[0]), prefix: false) == nil
        {
            return nil
        }
        return
            "a qualified name must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "
            + "alphanumeric character, with an optional DNS subdomain prefix and '/'"
    }

    private static func labelValue(_ text: String) -> String? {
        if text.isEmpty || isName(text[...]) { return nil }
        return "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must "
            + "start and end with an alphanumeric character"
    }
}
