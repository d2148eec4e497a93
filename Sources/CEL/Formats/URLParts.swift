import KubeAPI

/// An absolute URL or absolute path, taken apart as Go's `url.ParseRequestURI` does.
public struct URLParts: Sendable, Hashable {
    public var scheme = ""
    /// With the port, and brackets around an IPv6 address.
    public var host = ""
    /// The path with its escapes.
    public var path = ""
    public var query = ""

    /// nil when the text is neither an absolute URL nor an absolute path.
    public init?(_ text: String) {
        guard !text.isEmpty, text.utf8.allSatisfy({ $0 > 32 && $0 != 127 }) else { return nil }
        var rest = text[...]
        if !rest.hasPrefix("/") {
            guard let colon = rest.firstIndex(of: ":"), Self.isScheme(rest[..<colon]) else { return nil }
            scheme = rest[..<colon].lowercased()
            rest = rest[rest.index(after: colon)...]
            // `mailto:x` has neither path nor host, which a request cannot use.
            guard rest.hasPrefix("/") else { return nil }
        }
        if let mark = rest.firstIndex(of: "?") {
            query = String(rest[rest.index(after: mark)...])
            rest = rest[..<mark]
        }
        if rest.hasPrefix("//"), !scheme.isEmpty {
            rest = rest.dropFirst(2)
            let end = rest.firstIndex(of: "/") ?? rest.endIndex
            var authority = rest[..<end]
            rest = rest[end...]
            if let at = authority.lastIndex(of: "@") { authority = authority[authority.index(after: at)...] }
            guard Self.isHost(authority) else { return nil }
            host = String(authority)
        }
        guard Self.hasGoodEscapes(rest) else { return nil }
        path = String(rest)
    }

    private static func isScheme(_ text: Substring) -> Bool {
        guard let first = text.first, first.isASCII, first.isLetter else { return false }
        return text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "+-.".contains($0)) }
    }

    private static func isHost(_ text: Substring) -> Bool {
        if text.hasPrefix("[") {
            guard let end = text.lastIndex(of: "]") else { return false }
            return isPort(text[text.index(after: end)...]) && !text[..<end].isEmpty
        }
        let colon = text.firstIndex(of: ":") ?? text.endIndex
        let name = text[..<colon]
        return isPort(text[colon...]) && hasGoodEscapes(name) && !name.contains { "<>\"^`{}|\\[] ".contains($0) }
    }

    private static func isPort(_ text: Substring) -> Bool {
        text.isEmpty || (text.hasPrefix(":") && text.dropFirst().utf8.allSatisfy { (48...57).contains($0) })
    }

    private static func hasGoodEscapes(_ text: Substring) -> Bool {
        let bytes = Array(text.utf8)
        for (index, byte) in bytes.enumerated() where byte == 37 {
            guard index + 2 < bytes.count, PercentEncoding.hexValue(bytes[index + 1]) != nil,
                PercentEncoding.hexValue(bytes[index + 2]) != nil
            else { return false }
        }
        return true
    }

    /// Bytes of text.
    var size: Int { scheme.utf8.count + host.utf8.count + path.utf8.count + query.utf8.count }

    /// The host without port and brackets.
    var hostname: String {
        if host.hasPrefix("["), let end = host.firstIndex(of: "]") { return String(host[..<end].dropFirst()) }
        return String(host.prefix { $0 != ":" })
    }

    var port: String {
        let rest = host.hasPrefix("[") ? host.drop { $0 != "]" } : host[...]
        return rest.firstIndex(of: ":").map { String(rest[rest.index(after: $0)...]) } ?? ""
    }

    /// The path with everything escaped that must be.
    var escapedPath: String { Escaping.path(path) }

    /// The values of the query by name, decoded.
    var queryValues: [String: [String]] {
        var values: [String: [String]] = [:]
        for pair in query.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = PercentEncoding.decode(parts[0], plusIsSpace: true),
                let value = PercentEncoding.decode(parts.count > 1 ? parts[1] : "", plusIsSpace: true)
            else { continue }
            values[name, default: []].append(value)
        }
        return values
    }
}

extension URLParts: CustomStringConvertible {
    public var description: String {
        (scheme.isEmpty ? "" : "\(scheme)://") + host + escapedPath + (query.isEmpty ? "" : "?\(query)")
    }
}

/// Escapes as Go's `url` writes them.
enum Escaping {
    /// A path whose bytes beyond those that may stand in one are escaped; its escapes stay.
    static func path(_ text: String) -> String {
        let plain = Set("-_.~!$&'()*+,;=:@/%[]".utf8)
        var result = ""
        for byte in text.utf8 {
            let isPlain =
                (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                || plain.contains(byte)
            if isPlain {
                result.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                result += "%" + String(byte >> 4, radix: 16).uppercased() + String(byte & 15, radix: 16).uppercased()
            }
        }
        return result
    }
}
