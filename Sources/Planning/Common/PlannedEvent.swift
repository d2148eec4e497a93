import KubeAPI

/// A core/v1 Event that a decision wants recorded on the object that it was about.
public struct PlannedEvent: Sendable, Equatable {
    public var type: Event.Kind
    /// CamelCase, for programs.
    public var reason: String
    /// For people.
    public var message: String

    public init(_ type: Event.Kind = .normal, reason: String, message: String) {
        self.type = type
        self.reason = reason
        self.message = message
    }
}
