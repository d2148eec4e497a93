import KubeAPI

/// A taint that a sandbox bears, for ever or for a while (core/v1 `Toleration`).
public struct Toleration: Codable, Sendable, Hashable {
    public enum Operator: String, Codable, Sendable {
        case equal = "Equal"
        case exists = "Exists"
    }

    /// nil, with `Exists`: every key.
    public var key: String?
    public var `operator`: Operator
    public var value: String?
    /// nil: every effect.
    public var effect: Taint.Effect?
    /// How long a `NoExecute` taint is borne; nil: for ever; not above 0: not at all.
    public var tolerationSeconds: Int64?

    public init(
        key: String? = nil, operator: Operator = .equal, value: String? = nil, effect: Taint.Effect? = nil,
        tolerationSeconds: Int64? = nil
    ) {
        self.key = key
        self.operator = `operator`
        self.value = value
        self.effect = effect
        self.tolerationSeconds = tolerationSeconds
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        key = try container.decodeIfPresent(String.self, forKey: .key)
        `operator` = try container.decode(.operator, default: .equal)
        value = try container.decodeIfPresent(String.self, forKey: .value)
        effect = try container.decodeIfPresent(Taint.Effect.self, forKey: .effect)
        tolerationSeconds = try container.decodeIfPresent(Int64.self, forKey: .tolerationSeconds)
    }

    /// Whether this is about `taint` (core/v1 `Toleration.ToleratesTaint`).
    public func tolerates(_ taint: Taint) -> Bool {
        if let effect, effect != taint.effect { return false }
        if let key, !key.isEmpty, key != taint.key { return false }
        switch `operator` {
        case .exists: return true
        case .equal: return !(key ?? "").isEmpty && (value ?? "") == (taint.value ?? "")
        }
    }
}

extension [Toleration] {
    public func tolerate(_ taint: Taint) -> Bool { contains { $0.tolerates(taint) } }
}
