/// One observed fact about an object (`metav1.Condition`).
public struct Condition: Codable, Sendable, Hashable {
    public enum Status: String, Codable, Sendable {
        case yes = "True"
        case no = "False"
        case unknown = "Unknown"
    }

    /// CamelCase, unique in its list.
    public var type: String
    public var status: Status
    /// The `metadata.generation` that was looked at.
    public var observedGeneration: Int64?
    /// When `status` last changed.
    public var lastTransitionTime: Timestamp
    /// CamelCase, for programs.
    public var reason: String
    /// For people.
    public var message: String

    public init(
        type: String, status: Status, reason: String, message: String = "", observedGeneration: Int64? = nil,
        lastTransitionTime: Timestamp
    ) {
        self.type = type
        self.status = status
        self.reason = reason
        self.message = message
        self.observedGeneration = observedGeneration
        self.lastTransitionTime = lastTransitionTime
    }
}

extension [Condition] {
    public subscript(type: String) -> Condition? { first { $0.type == type } }

    public func isTrue(_ type: String) -> Bool { self[type]?.status == .yes }

    /// Puts `new` in place of the condition of its type.
    ///
    /// The transition time is kept while the status stays the same.
    public mutating func set(_ new: Condition) {
        guard let index = firstIndex(where: { $0.type == new.type }) else { return append(new) }
        var merged = new
        if self[index].status == new.status { merged.lastTransitionTime = self[index].lastTransitionTime }
        self[index] = merged
    }
}
