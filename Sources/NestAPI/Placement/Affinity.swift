import KubeAPI

/// Where a sandbox wants to be (core/v1 `Affinity`).
public struct Affinity: Codable, Sendable, Hashable {
    public var nodeAffinity: NodeAffinity?
    /// Near other sandboxes of the namespace.
    public var sandboxAffinity: SandboxAffinity?
    /// Away from other sandboxes of the namespace.
    public var sandboxAntiAffinity: SandboxAffinity?

    public init(
        nodeAffinity: NodeAffinity? = nil, sandboxAffinity: SandboxAffinity? = nil,
        sandboxAntiAffinity: SandboxAffinity? = nil
    ) {
        self.nodeAffinity = nodeAffinity
        self.sandboxAffinity = sandboxAffinity
        self.sandboxAntiAffinity = sandboxAntiAffinity
    }
}

/// Which nodes, by their labels (core/v1 `NodeAffinity`).
public struct NodeAffinity: Codable, Sendable, Hashable {
    /// One of the terms must hold.
    public struct Selector: Codable, Sendable, Hashable {
        public var nodeSelectorTerms: [NodeSelectorTerm]

        public init(_ terms: [NodeSelectorTerm]) { nodeSelectorTerms = terms }
    }

    public struct Preference: Codable, Sendable, Hashable {
        /// From 1 to 100.
        public var weight: Int
        public var preference: NodeSelectorTerm

        public init(weight: Int, _ preference: NodeSelectorTerm) {
            self.weight = weight
            self.preference = preference
        }
    }

    public var requiredDuringSchedulingIgnoredDuringExecution: Selector?
    public var preferredDuringSchedulingIgnoredDuringExecution: [Preference]?

    public init(required: Selector? = nil, preferred: [Preference]? = nil) {
        requiredDuringSchedulingIgnoredDuringExecution = required
        preferredDuringSchedulingIgnoredDuringExecution = preferred
    }
}

/// Requirements of which all must hold; none: nothing matches (core/v1 `NodeSelectorTerm`).
public struct NodeSelectorTerm: Codable, Sendable, Hashable {
    public struct Requirement: Codable, Sendable, Hashable {
        public enum Operator: String, Codable, Sendable {
            case `in` = "In"
            case notIn = "NotIn"
            case exists = "Exists"
            case doesNotExist = "DoesNotExist"
            case greater = "Gt"
            case less = "Lt"
        }

        public var key: String
        public var `operator`: Operator
        /// One whole number for `Gt` and `Lt`; not empty for `In` and `NotIn`.
        public var values: [String]?

        public init(_ key: String, _ operator: Operator, _ values: [String]? = nil) {
            self.key = key
            self.operator = `operator`
            self.values = values
        }

        public func matches(_ labels: [String: String]) -> Bool {
            let found = labels[key]
            let values = values ?? []
            switch `operator` {
            case .in: return found.map(values.contains) ?? false
            case .notIn: return found.map { !values.contains($0) } ?? true
            case .exists: return found != nil
            case .doesNotExist: return found == nil
            case .greater, .less:
                guard let number = found.flatMap({ Int64($0) }), values.count == 1, let limit = Int64(values[0])
                else { return false }
                return `operator` == .greater ? number > limit : number < limit
            }
        }
    }

    public var matchExpressions: [Requirement]?

    public init(_ requirements: [Requirement]) { matchExpressions = requirements }

    public func matches(_ labels: [String: String]) -> Bool {
        let requirements = matchExpressions ?? []
        return !requirements.isEmpty && requirements.allSatisfy { $0.matches(labels) }
    }
}

/// Near, or away from, sandboxes by their labels (core/v1 `PodAffinity`, `PodAntiAffinity`).
public struct SandboxAffinity: Codable, Sendable, Hashable {
    /// The sandboxes that `labelSelector` matches, and how near: nodes with the same value of `topologyKey`.
    public struct Term: Codable, Sendable, Hashable {
        /// nil: none.
        public var labelSelector: LabelSelector?
        public var topologyKey: String

        public init(_ labelSelector: LabelSelector?, topologyKey: String) {
            self.labelSelector = labelSelector
            self.topologyKey = topologyKey
        }

        public func matches(_ labels: [String: String]) -> Bool { labelSelector?.matches(labels) ?? false }
    }

    public struct Preference: Codable, Sendable, Hashable {
        /// From 1 to 100.
        public var weight: Int
        public var sandboxAffinityTerm: Term

        public init(weight: Int, _ term: Term) {
            self.weight = weight
            sandboxAffinityTerm = term
        }
    }

    public var requiredDuringSchedulingIgnoredDuringExecution: [Term]?
    public var preferredDuringSchedulingIgnoredDuringExecution: [Preference]?

    public init(required: [Term]? = nil, preferred: [Preference]? = nil) {
        requiredDuringSchedulingIgnoredDuringExecution = required
        preferredDuringSchedulingIgnoredDuringExecution = preferred
    }
}
