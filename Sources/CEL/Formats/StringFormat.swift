import KubeAPI

/// The string formats of schemas (kube-openapi `strfmt`), and those that rules name (Kubernetes' `format` library).
public enum StringFormat {
    /// Whether a text has a format.
    ///
    /// A format that is not known takes any text, as upstream does.
    public static func accepts(_ text: String, format: String) -> Bool {
        switch format {
        case "date-time", "datetime": Instant(text.replacingSpace) != nil
        case "date": Instant(date: text) != nil
        case "duration": GoDuration.parseLenient(text) != nil
        case "byte": Base64.decode(text) != nil
        case "uuid": isUUID(text, version: nil)
        case "uuid3": isUUID(text, version: 3)
        case "uuid4": isUUID(text, version: 4)
        case "uuid5": isUUID(text, version: 5)
        case "ipv4": IPAddress.four(text[...]) != nil
        case "ipv6": IPAddress.six(text) != nil
        case "cidr": CIDRBlock(text) != nil
        case "mac": isMAC(text)
        case "hostname": isHostname(text)
        case "email": isEmail(text)
        case "uri": URLParts(text) != nil
        case "bsonobjectid": text.utf8.count == 24 && isHex(text[...])
        case "isbn": isISBN10(text) || isISBN13(text)
        case "isbn10": isISBN10(text)
        case "isbn13": isISBN13(text)
        case "creditcard": isCreditCard(text)
        case "ssn": matches(Patterns.ssn, text)
        case "hexcolor": matches(Patterns.hexColor, text)
        case "rgbcolor": matches(Patterns.rgbColor, text)
        default: true
        }
    }

    /// Expressions that formats are told by.
    private enum Patterns {
        static let ssn = try? RegularExpression(#"^\d{3}[- ]?\d{2}[- ]?\d{4}$"#)
        static let hexColor = try? RegularExpression("^#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$")
        static let rgbColor = try? RegularExpression(
            #"^rgb\(\s*(0|[1-9]\d?|1\d\d?|2[0-4]\d|25[0-5])\s*,\s*(0|[1-9]\d?|1\d\d?|2[0-4]\d|25[0-5])\s*,"#
                + #"\s*(0|[1-9]\d?|1\d\d?|2[0-4]\d|25[0-5])\s*\)$"#)
    }

    private static func matches(_ expression: RegularExpression?, _ text: String) -> Bool {
        (try? expression?.matches(text)) == true
    }

    private static func isHex(_ text: Substring) -> Bool {
        text.utf8.allSatisfy { PercentEncoding.hexValue($0) != nil }
    }

    /// With or without hyphens; `version` also asks for its variant.
    private static func isUUID(_ text: String, version: Int?) -> Bool {
        var digits = Array(text.utf8)
        if digits.count == 36 {
            guard [8, 13, 18, 23].allSatisfy({ digits[$0] == 45 }) else { return false }
            for index in [23, 18, 13, 8] { digits.remove(at: index) }
        }
        guard digits.count == 32, digits.allSatisfy({ PercentEncoding.hexValue($0) != nil }) else { return false }
        guard let version else { return true }
        let hasVariant = version == 3 || [8, 9, 10, 11].contains(PercentEncoding.hexValue(digits[16]) ?? 0)
        return digits[12] == UInt8(48 + version) && hasVariant
    }

    /// Six, eight or twenty bytes with `:` or `-` between, or groups of four digits with dots.
    private static func isMAC(_ text: String) -> Bool {
        guard let separator = text.first(where: { ":-.".contains($0) }) else { return false }
        let parts = text.split(separator: separator, omittingEmptySubsequences: false)
        let width = separator == "." ? 4 : 2
        let counts: Set<Int> = separator == "." ? [3, 4, 10] : [6, 8, 20]
        return counts.contains(parts.count) && parts.allSatisfy { $0.utf8.count == width && isHex($0) }
    }

    private static func isHostname(_ text: String) -> Bool {
        guard !text.isEmpty, text.utf8.count <= 255 else { return false }
        let name = text.hasSuffix(".") ? text.dropLast() : text[...]
        return name.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
            guard (1...63).contains(label.utf8.count), !label.hasPrefix("-"), !label.hasSuffix("-") else {
                return false
            }
            return label.allSatisfy { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" }
        }
    }

    private static func isEmail(_ text: String) -> Bool {
        var address = text[...]
        if address.hasSuffix(">"), let open = address.lastIndex(of: "<") {
            address = address[address.index(after: open)...].dropLast()  // `Name <name@host>`
        }
        guard let at = address.lastIndex(of: "@") else { return false }
        let (local, domain) = (address[..<at], address[address.index(after: at)...])
        let isQuoted = local.count > 2 && local.hasPrefix("\"") && local.hasSuffix("\"")
        let special = "()<>[]:;@\\,\" "
        guard !local.isEmpty, isQuoted || !local.contains(where: { special.contains($0) }),
            isQuoted || !(local.hasPrefix(".") || local.hasSuffix(".") || local.contains(".."))
        else { return false }
        return !domain.isEmpty && !domain.contains { special.contains($0) } && !domain.hasPrefix(".")
            && !domain.hasSuffix(".") && !domain.contains("..")
    }

    private static func isISBN10(_ text: String) -> Bool {
        let digits = text.filter { $0 != "-" && $0 != " " }
        guard digits.count == 10 else { return false }
        var sum = 0
        for (index, digit) in digits.enumerated() {
            guard let value = digit == "X" && index == 9 ? 10 : digit.isASCII ? digit.wholeNumberValue : nil else {
                return false
            }
            sum += (index + 1) * value
        }
        return sum % 11 == 0
    }

    private static func isISBN13(_ text: String) -> Bool {
        let digits = text.filter { $0 != "-" && $0 != " " }
        guard digits.count == 13 else { return false }
        var sum = 0
        for (index, digit) in digits.enumerated() {
            guard digit.isASCII, let value = digit.wholeNumberValue else { return false }
            sum += index % 2 == 0 ? value : 3 * value
        }
        return sum % 10 == 0
    }

    private static func isCreditCard(_ text: String) -> Bool {
        let digits = text.compactMap { $0.isASCII ? $0.wholeNumberValue : nil }
        guard (13...16).contains(digits.count) else { return false }
        let sum = digits.reversed().enumerated().reduce(0) { total, pair in
            let value = pair.offset % 2 == 1 ? pair.element * 2 : pair.element
            return total + (value > 9 ? value - 9 : value)
        }
        return sum % 10 == 0
    }
}

extension String {
    /// RFC 3339 lets a space stand for the `T`.
    fileprivate var replacingSpace: String {
        guard utf8.count > 10 else { return self }
        let place = utf8.index(utf8.startIndex, offsetBy: 10)
        return utf8[place] == 32 ? self[..<place] + "T" + self[utf8.index(after: place)...] : self
    }
}
