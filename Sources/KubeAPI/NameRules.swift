/// The names that objects may have (apimachinery `validation`).
public enum NameRules {
    private static let labelMessage =
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and "
        + "end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is "
        + "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
    private static let subdomainMessage =
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must "
        + "start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
        + "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"

    /// What is wrong with `name` as a DNS label of at most 63 characters; nil when nothing is.
    public static func labelError(_ name: String) -> String? {
        if name.utf8.count > 63 { return "must be no more than 63 characters" }
        return isLabel(name[...]) ? nil : labelMessage
    }

    private static let letterMessage =
        "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic "
        + "character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for "
        + "validation is '[a-z]([-a-z0-9]*[a-z0-9])?')"

    /// What is wrong with `name` as a DNS label that starts with a letter; nil when nothing is.
    public static func labelErrorStartingWithLetter(_ name: String) -> String? {
        if name.utf8.count > 63 { return "must be no more than 63 characters" }
        let startsWithDigit = name.utf8.first.map { (48...57).contains($0) } ?? true
        return isLabel(name[...]) && !startsWithDigit ? nil : letterMessage
    }

    /// What is wrong with `name` as a DNS subdomain of at most 253 characters; nil when nothing is.
    public static func subdomainError(_ name: String) -> String? {
        if name.utf8.count > 253 { return "must be no more than 253 characters" }
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        return parts.allSatisfy(isLabel) ? nil : subdomainMessage
    }

    private static func isLabel(_ text: Substring) -> Bool {
        guard let first = text.utf8.first, let last = text.utf8.last, isAlphanumeric(first), isAlphanumeric(last) else {
            return false
        }
        return text.utf8.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (48...57).contains(byte)
    }
}

/// The keys and values that labels may have, and the keys of annotations.
public enum LabelRules {
    private static let nameMessage =
        "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "
        + "alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
        + "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
    private static let valueMessage =
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must "
        + "start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used "
        + "for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"

    /// What is wrong with a label's or annotation's key; nil when nothing is.
    public static func keyError(_ key: String) -> String? {
        let parts = key.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let name = parts.last else { return nameMessage }
        if parts.count == 2, let error = NameRules.subdomainError(String(parts[0])) { return "prefix part \(error)" }
        if name.utf8.count > 63 { return "name part must be no more than 63 characters" }
        return isName(name) ? nil : nameMessage
    }

    /// What is wrong with a label's value; nil when nothing is.
    public static func valueError(_ value: String) -> String? {
        if value.utf8.count > 63 { return "must be no more than 63 characters" }
        return value.isEmpty || isName(value[...]) ? nil : valueMessage
    }

    private static func isName(_ text: Substring) -> Bool {
        guard let first = text.utf8.first, let last = text.utf8.last, isAlphanumeric(first), isAlphanumeric(last) else {
            return false
        }
        return text.utf8.allSatisfy {
            isAlphanumeric($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: ".")
        }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (65...90).contains(byte) || (97...122).contains(byte) || (48...57).contains(byte)
    }
}
