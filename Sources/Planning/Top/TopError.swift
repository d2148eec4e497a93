/// What is wrong with what `nest top` was asked for.
public struct TopError: Error, Sendable, Equatable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
}
