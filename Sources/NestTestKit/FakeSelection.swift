import KubeAPI
import KubeClient

/// The label and field selectors of a request.
struct FakeSelection: Sendable {
    static let everything = FakeSelection(labels: nil, fields: nil)

    private let labels: [Term]
    private let fields: [Term]

    fileprivate struct Term {
        var key: String
        /// Nil: the key must only exist.
        var value: String?
        var isNegated: Bool
    }

    init(_ request: KubeRequest) {
        self.init(labels: request.queryValue("labelSelector"), fields: request.queryValue("fieldSelector"))
    }

    /// Reads `a=b,c!=d,e,!f`; set-based terms are not understood.
    private init(labels: String?, fields: String?) {
        self.labels = Self.terms(labels)
        self.fields = Self.terms(fields)
    }

    func matches(_ object: JSONValue) -> Bool {
        let present = object[["metadata", "labels"]]
        return labels.allSatisfy { $0.matches(present?[$0.key]?.stringValue) }
            && fields.allSatisfy { term in
                term.matches(object[term.key.split(separator: ".").map(String.init)]?.stringValue ?? "")
            }
    }

    private static func terms(_ text: String?) -> [Term] {
        (text ?? "").split(separator: ",").map { part in
            if part.hasPrefix("!") { return Term(key: String(part.dropFirst()), value: nil, isNegated: true) }
            guard let equals = part.firstIndex(of: "=") else {
                return Term(key: String(part), value: nil, isNegated: false)
            }
            let isNegated = part[..<equals].hasSuffix("!")
            let key = part[..<equals].filter { $0 != "!" }
            let value = part[equals...].drop { $0 == "=" }
            return Term(key: key, value: String(value), isNegated: isNegated)
        }
    }
}

extension FakeSelection.Term {
    fileprivate func matches(_ found: String?) -> Bool {
        guard let value else { return (found != nil) != isNegated }
        return (found == value) != isNegated
    }
}
