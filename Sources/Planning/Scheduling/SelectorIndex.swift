import KubeAPI

/// One label as a selector may ask for it.
struct Label: Hashable, Sendable {
    var key: String
    var value: String
}

/// Which groups' selectors may match given labels, found without looking at every group.
struct SelectorIndex: Sendable {
    private var byLabel: [Label: Set<Int>] = [:]
    /// Those with a selector that asks for no label by its value.
    private var open: Set<Int> = []

    mutating func insert(_ id: Int, _ selectors: [LabelSelector]) {
        for selector in selectors {
            guard let labels = selector.asked.first else {
                open.insert(id)
                continue
            }
            for label in labels { byLabel[label, default: []].insert(id) }
        }
    }

    mutating func remove(_ id: Int, _ selectors: [LabelSelector]) {
        open.remove(id)
        for label in selectors.lazy.compactMap(\.asked.first).joined() {
            byLabel[label]?.remove(id)
            if byLabel[label]?.isEmpty == true { byLabel[label] = nil }
        }
    }

    func candidates(_ labels: [String: String]) -> Set<Int> {
        labels.reduce(into: open) { found, label in
            if let ids = byLabel[Label(key: label.key, value: label.value)] { found.formUnion(ids) }
        }
    }
}

extension LabelSelector {
    /// For each of its requirements that names values: the labels of which one must be there.
    ///
    /// Always in the same order.
    var asked: [[Label]] {
        let one = matchLabels.sorted { $0.key < $1.key }.map { [Label(key: $0.key, value: $0.value)] }
        let some = matchExpressions.filter { $0.operator == .in }.map { requirement in
            requirement.values.map { Label(key: requirement.key, value: $0) }
        }
        return one + some
    }
}
