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

    /// Reads a `labelSelector` parameter.
    ///
    /// - Throws: a 400 that says what was found and what was expected.
    static func parse(_ text: String) throws(Status) -> LabelQuery {
        var parser = LabelQueryParser(text)
        do throws(LabelQueryParser.Failure) { return try parser.parse() } catch { throw .badRequest(error.message) }
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

extension String {
    var trimmed: String { String(self[...].trimmed) }
}
