/// A number for each domain: all nodes with the same value of a label are one.
///
/// What it says of a node takes one look-up a label, however many domains there are.
struct DomainCounts: Sendable {
    private var byKey: [String: [String: Int]] = [:]
    /// Of all domains.
    private(set) var total = 0

    var isEmpty: Bool { byKey.isEmpty }
    /// How many look-ups a node takes.
    var lookups: Int { byKey.count }

    subscript(key: String, value: String) -> Int { byKey[key]?[value] ?? 0 }

    mutating func add(_ count: Int, to key: String, _ value: String) {
        byKey[key, default: [:]][value, default: 0] += count
        total += count
    }

    /// The numbers of all domains that a node with such labels is in.
    func counts(at labels: [String: String]) -> some Sequence<Int> {
        byKey.lazy.compactMap { key, counts in labels[key].flatMap { counts[$0] } }
    }
}
