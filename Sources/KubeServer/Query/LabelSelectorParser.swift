import KubeAPI

/// A label selector as `kubectl -l` and the `labelSelector` parameter have it, with every operator.
///
/// Source: apimachinery `labels.Parse`.
struct LabelQuery: Sendable, Equatable {
    enum Test: Sendable, Equatable {
        case isIn(Set<String>)
        case notIn(Set<String>)
        case exists
        case doesNotExist
        case greaterThan(Int64)
        case lessThan(Int64)
    }

    struct Requirement: Sendable, Equatable {
        var key: String
        var test: Test

        func matches(_ labels: [String: JSONValue]) -> Bool {
            let value = labels[key]?.stringValue
            switch test {
            case .isIn(let values): return value.map(values.contains) ?? false
            case .notIn(let values): return value.map { !values.contains($0) } ?? true
            case .exists: return value != nil
            case .doesNotExist: return value == nil
            case .greaterThan(let limit): return value.flatMap { Int64($0) }.map { $0 > limit } ?? false
            case .lessThan(let limit): return value.flatMap { Int64($0) }.map { $0 < limit } ?? false
            }
        }
    }

    var requirements: [Requirement] = []

    /// Whether an object with these `metadata.labels` is chosen.
    func matches(_ labels: [String: JSONValue]) -> Bool { requirements.allSatisfy { $0.matches(labels) } }

    static func parse(_ text: String) throws(Status) -> LabelQuery {
        var query = LabelQuery()
        for part in try split(text) {
            query.requirements.append(try requirement(part, in: text))
        }
        return query
    }

    /// The parts between commas that are not in parentheses.
    private static func split(_ text: String) throws(Status) -> [Substring] {
        if text.allSatisfy(\.isWhitespace) { return [] }
        var parts: [Substring] = []
        var start = text.startIndex
        var depth = 0
        for index in text.indices {
            switch text[index] {
            case "(": depth += 1
            case ")": depth -= 1
            case "," where depth == 0:
                parts.append(text[start..<index])
                start = text.index(after: index)
            default: break
            }
        }
        guard depth == 0 else { throw unparsable(text, "unbalanced parentheses") }
        return parts + [text[start...]]
    }

    private static func requirement(_ part: Substring, in text: String) throws(Status) -> Requirement {
        let trimmed = part.trimmed
        if trimmed.hasPrefix("!") { return try make(trimmed.dropFirst().trimmed, .doesNotExist, text) }
        if let open = trimmed.firstIndex(of: "("), trimmed.hasSuffix(")") {
            let words = trimmed[..<open].split(separator: " ")
            let values = trimmed[trimmed.index(after: open)...].dropLast().split(
                separator: ",", omittingEmptySubsequences: false
            ).map { String($0.trimmed) }
            guard words.count == 2 else { throw unparsable(text, "expected 'key in (values)'") }
            switch words[1] {
            case "in": return try make(words[0], .isIn(Set(values)), text)
            case "notin": return try make(words[0], .notIn(Set(values)), text)
            default: throw unparsable(text, "unknown operator '\(words[1])'")
            }
        }
        for (sign, isNegated) in [("!=", true), ("==", false), ("=", false)] {
            guard let range = trimmed.firstRange(of: sign) else { continue }
            let value = String(trimmed[range.upperBound...].trimmed)
            guard LabelRules.valueError(value) == nil else { throw unparsable(text, "'\(value)' is no label value") }
            return try make(trimmed[..<range.lowerBound].trimmed, isNegated ? .notIn([value]) : .isIn([value]), text)
        }
        for sign in [">", "<"] as [Character] {
            guard let at = trimmed.firstIndex(of: sign) else { continue }
            guard let limit = Int64(trimmed[trimmed.index(after: at)...].trimmed) else {
                throw unparsable(text, "'\(sign)' needs a whole number")
            }
            return try make(trimmed[..<at].trimmed, sign == ">" ? .greaterThan(limit) : .lessThan(limit), text)
        }
        return try make(trimmed, .exists, text)
    }

    private static func make(_ key: Substring, _ test: Test, _ text: String) throws(Status) -> Requirement {
        guard LabelRules.keyError(String(key)) == nil else { throw unparsable(text, "'\(key)' is no label key") }
        return Requirement(key: String(key), test: test)
    }

    private static func unparsable(_ text: String, _ why: String) -> Status {
        .badRequest("unable to parse the label selector \"\(text)\": \(why)")
    }
}

extension Substring {
    var trimmed: Substring {
        var text = self
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return text
    }
}
