import KubeAPI

/// How evenly sandboxes spread over a topology (core/v1 `TopologySpreadConstraint`).
public struct TopologySpreadConstraint: Codable, Sendable, Hashable {
    public enum Action: String, Codable, Sendable {
        case doNotSchedule = "DoNotSchedule"
        case scheduleAnyway = "ScheduleAnyway"
    }

    /// Whether nodes that the sandbox could not go to anyway count as domains.
    public enum NodePolicy: String, Codable, Sendable {
        case honor = "Honor"
        case ignore = "Ignore"
    }

    public var topologyKey: String
    /// The most that a domain may have more than the emptiest one.
    public var maxSkew: Int
    public var whenUnsatisfiable: Action
    /// Which sandboxes are counted; nil: those of the same deployment.
    public var labelSelector: LabelSelector?
    /// Labels whose values on the sandbox itself narrow the selector, such as the template's hash.
    public var matchLabelKeys: [String]
    /// While there are fewer domains than this, the emptiest one counts as empty.
    public var minDomains: Int?
    /// For `nodeSelector` and node affinity; nil: `Honor`.
    public var nodeAffinityPolicy: NodePolicy?
    /// For taints; nil: `Ignore`.
    public var nodeTaintsPolicy: NodePolicy?

    private enum CodingKeys: String, CodingKey {
        case topologyKey, maxSkew, whenUnsatisfiable, labelSelector, matchLabelKeys, minDomains, nodeAffinityPolicy
        case nodeTaintsPolicy
    }

    public init(
        topologyKey: String, maxSkew: Int = 1, whenUnsatisfiable: Action = .scheduleAnyway,
        labelSelector: LabelSelector? = nil
    ) {
        self.topologyKey = topologyKey
        self.maxSkew = maxSkew
        self.whenUnsatisfiable = whenUnsatisfiable
        self.labelSelector = labelSelector
        matchLabelKeys = []
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        topologyKey = try container.decode(String.self, forKey: .topologyKey)
        maxSkew = try container.decode(.maxSkew, default: 1)
        whenUnsatisfiable = try container.decode(.whenUnsatisfiable, default: .scheduleAnyway)
        labelSelector = try container.decodeIfPresent(LabelSelector.self, forKey: .labelSelector)
        matchLabelKeys = try container.decode(.matchLabelKeys, default: [])
        minDomains = try container.decodeIfPresent(Int.self, forKey: .minDomains)
        nodeAffinityPolicy = try container.decodeIfPresent(NodePolicy.self, forKey: .nodeAffinityPolicy)
        nodeTaintsPolicy = try container.decodeIfPresent(NodePolicy.self, forKey: .nodeTaintsPolicy)
    }

    /// What is unset is left out: see `SandboxTemplateSpec.encode`.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(topologyKey, forKey: .topologyKey)
        try container.encode(maxSkew, forKey: .maxSkew)
        try container.encode(whenUnsatisfiable, forKey: .whenUnsatisfiable)
        try container.encodeIfPresent(labelSelector, forKey: .labelSelector)
        if !matchLabelKeys.isEmpty { try container.encode(matchLabelKeys, forKey: .matchLabelKeys) }
        try container.encodeIfPresent(minDomains, forKey: .minDomains)
        try container.encodeIfPresent(nodeAffinityPolicy, forKey: .nodeAffinityPolicy)
        try container.encodeIfPresent(nodeTaintsPolicy, forKey: .nodeTaintsPolicy)
    }
}
