/// Why a rollout verb cannot do what it was asked to, in kubectl's words.
public struct RolloutError: Error, Sendable, Equatable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
}
